#pragma once

// What the parts of the analysis share: the program in the making, the modules, and the scopes.
// Internal to sema.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/diagnostics/position.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/sema/analyze.h"
#include "compiler/sema/program.h"
#include "compiler/source/source_manager.h"

namespace upgraph::sema {

using diagnostics::Kind;
using diagnostics::SuggestHint;
using source::SourceRange;

enum class SymbolKind : uint8_t {
  kModule,       // `index` in Context::modules
  kDeclaration,  // `index` of a Declaration
  kParameter,    // `index` in the declaration at hand, of `type`
  kConstant,     // `value` of `type`; configurations and the hop's versions too
};

struct Symbol {
  SymbolKind kind = SymbolKind::kConstant;
  uint32_t index = 0;
  Type type;
  plan::Value value;
  SourceRange range;  // of the name; without a buffer for what the language itself gives
  // Of a `for` or of a call of a step that is made of others: titles show its value, not its name.
  bool is_unrolled = false;
};

// Nothing shadows: a name may be declared only where no enclosing scope has it.
class Scope {
 public:
  explicit Scope(const Scope* parent = nullptr) : parent_(parent) {}
  const Symbol* Find(std::string_view name) const;
  void Add(const std::string& name, Symbol symbol) { names_[name] = std::move(symbol); }
  // Of this scope and those around it.
  std::vector<std::string> Names() const;

 private:
  const Scope* parent_;
  std::map<std::string, Symbol, std::less<>> names_;
};

struct Module {
  std::string name;  // empty: the spec
  const ast::Tree* tree = nullptr;
  bool is_library = false;
  Scope scope = Scope();
  std::vector<uint32_t> imports;           // indexes of modules
  std::vector<SourceRange> import_ranges;  // beside them
  std::map<std::string, DeclarationId, std::less<>> resources;
  std::vector<DeclarationId> declaration_ids;  // beside tree->declarations
  // The values that the tree declares, wherever; filled by the first error that asks.
  std::optional<std::map<std::string_view, const ast::Name*>> values;
};

// A type that handles make.
struct HandleType {
  uint32_t module = 0;  // the first to declare one
  std::vector<DeclarationId> makers;
};

// `type Token`: what only steps make.
struct OpaqueType {
  uint32_t module = 0;
  SourceRange range;  // of the name
};

class Expressions;

// Names are looked up as long as somebody may still read the answer.
inline constexpr uint32_t kSuggestionsMax = 100;

// A step that is made of others: its text is read once for any arguments, to be judged, and once
// for each call, with the call's arguments in place of the parameters.
struct Composite {
  const ast::Declaration* tree = nullptr;
  uint32_t module = 0;
  // Which composites its steps call, and where.
  std::vector<std::pair<DeclarationId, SourceRange>> calls;
  bool is_broken = false;  // a mistake in it was reported: its calls are not read
};

// A function is read when it is first called, so that functions may stand in any order.
struct Function {
  enum class State { kNew, kOpen, kDone };
  const ast::Declaration* tree = nullptr;
  uint32_t module = 0;
  State state = State::kNew;
  std::shared_ptr<const Formula> body;  // null after an error
};

struct Context {
  const Input& input;
  const source::SourceManager& sources;
  diagnostics::Emitter& emitter;
  Program program;
  std::vector<Module> modules;  // [0] is the spec
  std::vector<uint32_t> order;  // of modules: each behind those that it imports
  std::map<std::string, HandleType, std::less<>> handle_types;
  std::map<std::string, OpaqueType, std::less<>> opaque_types;
  std::map<DeclarationId, Composite> composites;
  std::map<DeclarationId, Function> functions;
  // That are being read: each is called by the one before it, and where.
  std::vector<std::pair<DeclarationId, SourceRange>> open_functions;
  // Each expression may take some steps to be worked out, and all together so many.
  uint32_t evaluation_steps_left = 20'000'000;
  std::map<std::string, const ast::Let*, std::less<>> given;  // by the input's name
  std::string target;  // of the upgrade at hand: what `to` stands for
  // The calls that led to the steps at hand, outermost first: noted at every error.
  std::vector<SourceRange> call_sites;

  // Of each configuration by name: the positions of its keys.
  std::map<std::string, std::map<std::string, size_t, std::less<>>, std::less<>> keys;

  // Null when there is none. Good until a configuration is added.
  const plan::Config* FindConfig(std::string_view name) const;
  const plan::ConfigKey* FindKey(std::string_view config, std::string_view key) const;
  bool wants_suggestions() const { return emitter.error_count() <= kSuggestionsMax; }
  // What was meant by `word`, as a hint. `names` gives all that it can be: only few errors ask,
  // since both may be as many as the spec is long.
  template <typename Names>
  std::string Suggest(std::string_view word, const Names& names) const {
    return wants_suggestions() ? diagnostics::SuggestHint(word, names()) : "";
  }
  // The same for an error that may be mended by the name.
  template <typename Names>
  std::vector<std::string> Candidates(const Names& names) const {
    return wants_suggestions() ? names() : std::vector<std::string>{};
  }
  diagnostics::Diagnostic& Error(Kind kind, SourceRange range, std::string message) {
    auto& error = emitter.Emit(kind, range, std::move(message));
    for (auto site = call_sites.rbegin(); site != call_sites.rend(); ++site) {
      error.AddNote(*site, "called here");
    }
    return error;
  }
  // False, with an error, when the name is taken in `scope` or around it.
  bool Declare(Scope* scope, const ast::Name& name, Symbol symbol);
  Declaration& declaration(DeclarationId id) { return program.declarations[id.index()]; }
  std::string Text(SourceRange range) const { return std::string(sources.Text(range)); }
  plan::SourcePosition Position(SourceRange range) const {
    return diagnostics::PositionOf(sources, range);
  }
};

// -- modules.cpp --
// Imports, names of declarations, types that handles make, parameters and results. False when
// modules import each other in a circle: then nothing more can be said.
bool CollectModules(Context* context);
// The type, or an error and kError. `module` is where the type is written.
Type ResolveType(Context* context, const Module& module, const ast::TypeRef& type);
// The resource of that name that `module` can see, or none.
std::optional<DeclarationId> FindResource(const Context& context, const Module& module,
                                          std::string_view name);
std::vector<std::string> VisibleResources(const Context& context, const Module& module);

// -- declarations.cpp --
// Fills in what the properties of the module's declarations say.
void AnalyzeDeclarations(Context* context, uint32_t module);

// -- imports.cpp --
// What modules import; their order. False after an error that leaves none.
bool CollectImports(Context* context);
// What only a spec may declare, in modules.
void CheckModuleContents(Context* context);

// -- constants.cpp --
// `let`, `input` and `config`, in the order of the text, of one module after the other.
void AnalyzeConstants(Context* context);
// A `let` of the module; its value may depend on parameters where `expressions` lets it.
void AnalyzeLet(Context* context, uint32_t module, const ast::Let& let, Expressions* expressions,
                Scope* scope);
// False, with an error, when the text is no version.
bool CheckVersion(Context* context, SourceRange range, const std::string& text);

// -- inputs.cpp --
// Which given value counts for which input; an error for each that belongs to none.
void MatchGiven(Context* context);
void ReportUnknownInput(Context* context, const std::string& name, SourceRange range);
// Declares the input as a constant: what was given, or else its default.
void AnalyzeInput(Context* context, const ast::HostInput& tree);

// -- upgrade.cpp --
// How versions are read: before anything that holds one.
void AnalyzeScheme(Context* context);
void AnalyzeProduct(Context* context);
// `people product, support`
void AnalyzePeople(Context* context);
// Of each upgrade the head, then its phases.
void AnalyzeUpgrades(Context* context);

// -- tests.cpp --
void AnalyzeTests(Context* context);

// -- temporaries.cpp --
// The property `ends close(port)` of a step that issues something temporary.
void ReadEnds(Context* context, uint32_t module, const Scope& scope, const ast::Property& property,
              DeclarationId id);
// What can be judged of the ends once all declarations are read.
void CheckEnds(Context* context);

// -- functions.cpp --
// Reads it if it has not been read. Null when there is a mistake in it, or after an error at
// `range`, where it is called.
const Function* PrepareFunction(Context* context, DeclarationId id, SourceRange range);
// Those that nobody calls are judged as well.
void AnalyzeFunctions(Context* context);

// -- composites.cpp --
// The steps of the steps that are made of others, for any arguments; none calls itself.
void AnalyzeComposites(Context* context);

// -- announcements.cpp --
// `announce to status_page { started "payload/started.md" }`
void AnalyzeAnnouncements(Context* context, const ast::ItemBlock& block, Edge* edge);

// -- phases.cpp --
void AnalyzePhases(Context* context, const ast::Upgrade& upgrade, Edge* edge);

}  // namespace upgraph::sema
