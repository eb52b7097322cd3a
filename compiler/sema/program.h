#pragma once

// What names and types found out: every call resolved to its declaration, every argument a typed
// value. Plain data that needs neither the tree nor the text it came from; Dump() shows it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "compiler/ast/boxed.h"
#include "compiler/sema/formula.h"
#include "compiler/sema/type.h"
#include "compiler/source/source_range.h"
#include "plan/plan.h"
#include "plan/scenario.h"

namespace upgraph::sema {

struct DeclarationTag;
using DeclarationId = Id<DeclarationTag>;

enum class DeclarationKind : uint8_t {
  kStep,
  kFact,
  kHandle,
  kLock,
  kResource,
  kSignal,
  kFunction
};
const char* DeclarationKindName(DeclarationKind kind);  // "step"

struct Parameter {
  std::string name;
  Type type;
  std::optional<Formula> default_value;  // over the parameters before it
  source::SourceRange range;
  std::string what;  // in messages: "`to` of `files.link`"
};

struct EffectFormula {
  plan::EffectKind kind = plan::EffectKind::kReads;
  DeclarationId resource_id;
  std::vector<Formula> arguments;
};

// `ends close(port)`: the step that ends what a step issues, with arguments over the parameters of
// the step that issues it.
struct EndFormula {
  DeclarationId declaration_id;
  std::vector<Formula> arguments;  // every parameter, in declared order
  source::SourceRange range;
};

// What only a step declares.
struct StepTraits {
  std::array<bool, plan::kPhaseCount> phases{};
  std::vector<EffectFormula> effects;
  plan::UndoClass undo = plan::UndoClass::kObserves;
  std::string undo_reason;
  plan::Repeat repeat = plan::Repeat::kSafe;
  bool is_shared = false;
  bool waits = false;
  Formula takes;
  std::optional<Formula> undo_takes;  // else as `takes`
  Formula timeout;
  uint32_t attempts_max = 1;
  int64_t retry_wait_ms = 0;
  // Argument vectors; of a native step all are empty.
  std::vector<Formula> apply_command;
  std::vector<Formula> undo_command;
  std::vector<Formula> observe_command;
  std::optional<EndFormula> ends;  // where the step has a result
};

// Anything that can be called.
struct Declaration {
  DeclarationKind kind = DeclarationKind::kStep;
  std::string name;    // as plans and messages say it: "systemd.rename", "build_routes"
  std::string native;  // empty: a step of commands, or a resource
  std::vector<Parameter> parameters;
  Type result;  // of facts and handles; of a step: what it issues, temporary; else kError
  StepTraits step;
  std::vector<Formula> signal_command;               // of signals that a command reads
  bool has_history = false;                          // of signals: their past can be asked for
  plan::Overlap overlap = plan::Overlap::kSameName;  // of resources
  std::string within;         // of resources: the kind that they are a part of
  uint32_t within_count = 0;  // the first parameters, which name the whole
  source::SourceRange range;  // of the name
  std::string doc;            // of steps: the text of the `///` lines before it
};

struct Call {
  DeclarationId declaration_id;
  std::vector<plan::Field> arguments;                // every parameter, in declared order
  std::vector<source::SourceRange> argument_ranges;  // beside them; of a default: the call's name
  std::string title;                                 // on one line, as written
  source::SourceRange range;
};

enum class StatementKind : uint8_t {
  kStep,
  kParallel,  // children in no order
  kBlock,     // children in sequence
  kLock,      // children in sequence, under `locks`
  kGate,      // `gate`
  kCommit,    // `reason`
  kWhen,      // children are its arms: blocks with `arm`
};

// When the statements of a `when` run: none of the arms before it does, and the condition holds.
// When those of a turn of a `for` do: the host's list has as many elements.
struct Arm {
  std::string title;  // as written: when from < v4.6, else
  plan::Predicate condition;
  plan::Value element;  // of a turn: the template that stands for it
};

inline constexpr uint32_t kNoTemporary = UINT32_MAX;

struct Statement {
  StatementKind kind = StatementKind::kStep;
  uint32_t issues = kNoTemporary;  // of kStep: index in Edge::temporaries
  uint32_t ends = kNoTemporary;    // of kStep: the one that it ends
  std::string label;               // as written, or empty
  std::vector<std::string> after;  // labels of earlier children of the same `parallel`
  Call call;                       // of kStep
  std::vector<Call> locks;         // of kLock
  ast::Boxed<plan::Gate> gate;     // of kGate
  ast::Boxed<std::string> reason;  // of kCommit
  ast::Boxed<Arm> arm;             // of a child of kWhen, and of a kBlock that is a turn
  int64_t within_ms = 0;           // 0: not given
  int64_t hold_ms = 0;             // 0: not given
  std::vector<Statement> children;
  source::SourceRange range;
};

// What a step issues for the time of the upgrade. In values its number is its index.
struct Temporary {
  std::string type;
  Call end;               // as it is derived
  bool is_ended = false;  // a statement ends it, so no end is derived
  std::string kept;       // why it is handed over and never ended
  source::SourceRange keep_range;
};

// `cleanup after 7d { … }`
struct DeferredCleanup {
  int64_t delay_ms = 0;
  bool waits_for_retain = false;  // of a `cleanup` without a time: the part that waits
  std::vector<Statement> statements;
};

// `watch 3d every 5m { … } else { … }`
struct Watch {
  plan::Gate gate;
  std::vector<Statement> otherwise;  // what `else` holds
  source::SourceRange range;
};

// One event of `announce to page { … }`.
struct Announcement {
  plan::Announcement announcement;
  source::SourceRange range;  // of the text's path
};

// One edge of the version graph.
struct Edge {
  plan::Upgrade upgrade;
  std::vector<Temporary> temporaries;  // in the order of the text
  std::array<std::vector<Statement>, plan::kPhaseCount> phases;
  std::vector<DeferredCleanup> deferred;  // by their delays
  std::vector<Watch> watches;             // in the order of the text
  std::vector<Announcement> announcements;
};

struct Program {
  std::string stdlib_digest;
  std::vector<Declaration> declarations;
  plan::Product product;
  std::vector<plan::Fact> facts;
  std::vector<DeclarationId> fact_declarations;  // beside the facts
  std::vector<plan::Config> configs;
  std::vector<std::string> people;
  std::vector<plan::SiteInput> inputs;
  std::string purpose;                // what the spec says of itself
  std::vector<Edge> edges;            // in the order of the text, one at least
  std::vector<plan::Scenario> tests;  // steps stand in them as they are named

  const Declaration& declaration(DeclarationId id) const { return declarations[id.index()]; }
};

// As FindTextFault() of a type; a path of the host, at the start of a text, is absolute there.
std::optional<std::string> FindTextFault(const Program& program, TypeKind kind,
                                         const std::string& text);

// The canonical name of a lock, by which locks are ordered: files.lock(/var/lib/dten)
std::string LockName(const Declaration& declaration, const Call& call);

}  // namespace upgraph::sema
