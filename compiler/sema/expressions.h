#pragma once

// Expressions and calls against the types expected of them. Internal to sema.

#include <optional>
#include <string>
#include <string_view>

#include "compiler/sema/context.h"

namespace upgraph::sema {

// What a value is for, in messages: "`to` of `files.link`", borrowed; and where that was declared,
// if anywhere.
struct Expectation {
  Type type;  // kError: whatever it is
  std::string_view what;
  SourceRange declared;
};

// Whether arguments of calls, and what Constant() reads, may depend on parameters. They may where
// the steps of a step are judged for any arguments; what comes out is of no use then.
enum class Parameters { kRefused, kAllowed };

class Expressions {
 public:
  Expressions(Context* context, uint32_t module, const Scope* scope,
              Parameters parameters = Parameters::kRefused)
      : context_(*context), module_(module), scope_(*scope), parameters_(parameters) {}

  // Of type kError when a diagnostic was emitted. Folded to a constant when no parameter is in it.
  Formula Analyze(const ast::Expr& expr, const Expectation& expected);
  // A handle's type may have members that only some of its makers give: a database may be a file or
  // not. An effect on one that is missing is none, so effects may name them.
  void AllowLackingMembers() { may_lack_members_ = true; }
  // The next expression may be a value that waits for the host even if no step could take it, as a
  // fact that is true or false.
  void AllowWaiting() { may_wait_ = true; }
  // What a fact is called that the next expression asks for.
  void NameFact(const std::string& name) { fact_name_ = name; }
  // The same where only a constant will do; nothing after an error.
  std::optional<plan::Value> Constant(const ast::Expr& expr, const Expectation& expected);

  // A call of a declaration of kind `wanted`; `use` says what the place holds: "a phase holds calls
  // of steps". Nothing after an error. Arguments must be constant or wait for the host.
  std::optional<Call> AnalyzeCall(const ast::Expr& expr, DeclarationKind wanted,
                                  const std::string& use);
  // The keys of a map, as a list in byte order.
  Formula KeysOf(Formula map, SourceRange range);
  // The expression as it is written, on one line.
  std::string OneLineOf(const ast::Expr& expr) const { return Title(expr); }

  // A call of the step that ends what the step at hand issues, over the parameters of the latter.
  std::optional<EndFormula> AnalyzeEnd(const ast::Expr& expr);
  // The step that an expression calls, if it calls one; says nothing.
  std::optional<DeclarationId> FindStep(const ast::Expr& expr) const;

 private:
  // Of any type.
  Formula Untyped(const ast::Expr& expr, const Expectation& expected, bool may_wait,
                  const std::string& fact_name);
  Formula Text(const ast::Expr& expr, const Expectation& expected);
  Formula Name(const ast::DottedName& name);
  // The operands of an operator; false after an error.
  bool Operands(const ast::Expr& expr, const Expectation& expected, std::vector<Formula>* operands);
  Formula Operator(const ast::Expr& expr, Operation operation, const Expectation& expected);
  Formula Map(const ast::Expr& expr, const Expectation& expected);
  // `at` and `keys` of a map; nothing when it is a call of something else.
  std::optional<Formula> MapCall(const ast::Expr& expr);
  Formula MapMember(Formula base, const ast::Name& key);
  Formula FunctionCall(const ast::Expr& expr, DeclarationId id,
                       const std::optional<Formula>& receiver);
  // A constant when all operands are; an error at `range` where there is no value.
  Formula Fold(Formula formula, SourceRange range);
  Formula List(const ast::Expr& expr, const Expectation& expected);
  bool IsFact(const ast::DottedName& callee) const;
  Formula FactCall(const ast::Expr& expr, bool may_wait, const std::string& fact_name);
  Formula NoWaiting(SourceRange range, const Type& type);
  Formula ValueCall(const ast::Expr& expr);
  Formula HandleCall(const ast::Expr& expr, DeclarationId id,
                     const std::optional<Formula>& receiver);
  Formula Member(Formula base, const ast::DottedName& name, size_t part);
  Formula ConfigMember(Formula base, const ast::DottedName& name, size_t part);
  Formula WrongType(const ast::Expr& expr, const Type& given, const Expectation& expected);
  void CheckText(const ast::Expr& expr, const Formula& formula);

  // The declaration that a callee names. For `x.f(…)` on a handle `receiver` becomes x.
  std::optional<DeclarationId> FindCallee(const ast::DottedName& callee,
                                          std::optional<Formula>* receiver);
  std::optional<Call> BindCall(const ast::Expr& expr, DeclarationId id,
                               const std::optional<Formula>& receiver, DeclarationKind wanted,
                               const std::string& use);
  bool BindArguments(const ast::Expr& expr, const Declaration& declaration,
                     const std::optional<Formula>& receiver, Call* call);
  Formula AnalyzeArgument(const ast::Expr& expr, const Parameter& parameter, const Call& call);
  void ReportMissing(const ast::Expr& expr, const Declaration& declaration,
                     const Parameter& parameter);
  bool SortArguments(const ast::Expr& expr, const Declaration& declaration, size_t first,
                     std::vector<const ast::Argument*>* by_parameter);
  Type KeyValueType(const Call& call) const;
  std::string Title(const ast::Expr& expr) const;
  void AppendTitle(const ast::Expr& expr, std::string* title) const;
  std::string CallTitle(const ast::Expr& expr, const Call& call) const;
  // Whether a name in it differs from one unrolled statement to the next.
  bool IsUnrolled(const ast::Expr& expr) const;
  bool IsUnrolled(const ast::DottedName& name) const;

  Context& context_;
  uint32_t module_;
  const Scope& scope_;
  Parameters parameters_;
  bool saw_parameter_ = false;  // in the arguments of a call
  bool may_lack_members_ = false;
  bool may_wait_ = false;
  std::string fact_name_;
};

Formula ErrorFormula();

}  // namespace upgraph::sema
