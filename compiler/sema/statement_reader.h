#pragma once

// The statements of a phase, or of a step that is made of others: `for` is unrolled, and calls of
// such steps are replaced by their steps. Internal to sema.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/sema/expressions.h"

namespace upgraph::sema {

// Steps that are made of steps may call each other so deep.
inline constexpr size_t kCallDepthMax = 64;
// Calls of such steps and turns of `for`, beyond kCallDepthMax for each step that comes of them.
inline constexpr uint32_t kIdleUnrollsMax = 10'000;

class StatementReader {
 public:
  // `composite` is the step whose statements these are, when they are judged for any arguments.
  StatementReader(Context* context, uint32_t module, Scope* scope, Composite* composite = nullptr)
      : context_(*context), module_(module), scope_(scope), composite_(composite) {}
  // What the statements issue is added to `temporaries`.
  StatementReader(Context* context, Scope* scope, std::vector<Temporary>* temporaries)
      : StatementReader(context, 0, scope) {
    temporaries_ = temporaries;
  }

  std::vector<Statement> ReadAll(const ast::List<ast::Statement>& trees, bool is_parallel);
  // Of the statements that are read from here on.
  void set_phase(plan::Phase phase) { phase_ = phase; }

 private:
  // Labels of the statements before one, with their places.
  using Labels = std::map<std::string, SourceRange, std::less<>>;

  // False when it comes to no statement of the program.
  bool Read(const ast::Statement& tree, bool is_parallel, Statement* statement);
  bool ReadCall(const ast::Statement& tree, Statement* statement);
  bool ReadCommit(const ast::Statement& tree, Statement* statement);
  bool ReadGate(const ast::Statement& tree, Statement* statement);
  bool ReadStep(const ast::Name* name, const ast::TypeRef* type, Call call, Statement* statement);
  bool ReadLet(const ast::Let& let, Statement* statement);
  bool ReadIssue(const ast::Name* name, const ast::TypeRef* type, const Call& call,
                 Statement* statement);
  bool ReadEnd(const ast::Statement& tree, Statement* statement);
  void ReadKeep(const ast::Statement& tree);
  Temporary* FindTemporary(const ast::Name& name, const char* word);
  bool ReadWhen(const ast::Statement& tree, Statement* statement);
  std::optional<Statement> ReadArm(const ast::Statement& tree, const ast::WhenArm& tree_arm,
                                   std::optional<bool>* decided);
  bool ReadLock(const ast::Statement& tree, Statement* statement);
  void ReadFor(const ast::Statement& tree, bool is_parallel, Statement* statement);
  uint32_t ReadMax(const ast::Statement& tree);
  void ReadTurns(const ast::Statement& tree, const Formula& list, uint32_t max,
                 Statement* statement);
  void ReadIterations(const ast::Statement& tree, Symbol item, const plan::Value& list,
                      Statement* statement);
  void ReadChildren(const ast::Statement& tree, const char* word, Statement* statement);
  void ReadAfter(const ast::Statement& tree, bool is_parallel, const Labels& labels,
                 Statement* statement);
  bool Expand(const Call& call, Statement* statement);
  // False, with one error, when the plan would grow too large.
  bool CountStep(SourceRange range);
  bool CountUnroll(SourceRange range);
  int64_t Duration(const ast::Boxed<ast::Expr>& expr, const char* what);
  void CheckCall(const Call& call);
  bool CheckFormula(const Call& call, const Formula& formula);
  void CheckLockOrder(const std::string& name, SourceRange range);
  bool is_judged_only() const { return composite_ != nullptr; }
  Expressions MakeExpressions() {
    return Expressions(&context_, module_, scope_,
                       is_judged_only() ? Parameters::kAllowed : Parameters::kRefused);
  }

  Context& context_;
  uint32_t module_;
  Scope* scope_;
  Composite* composite_;
  std::vector<Temporary>* temporaries_ = nullptr;
  std::vector<std::pair<std::string, SourceRange>> held_;  // names of the locks around
  plan::Phase phase_ = plan::Phase::kPreflight;
  Labels gates_;        // of all phases
  SourceRange commit_;  // of `commit`, once it was read
  uint32_t depth_ = 0;  // 1: what is read stands in the phase itself
  uint64_t step_count_ = 0;
  uint64_t unroll_count_ = 0;
};

// The hop's versions as names: `from`, which waits for the host, and `to`.
void AddHop(const Context& context, Scope* scope);

}  // namespace upgraph::sema
