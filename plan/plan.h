#pragma once

// The plan: the contract between compiler and runtime, a step graph as plain data.
// The compiler makes it, the runtime executes it, and nothing in it needs the language.
// A Plan in memory may be wrong in any way; Verify() (plan/verify.h) says whether it holds.

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/rare_text.h"
#include "plan/value.h"

namespace upgraph::plan {

struct StepTag;
struct ResourceTag;
struct LockScopeTag;
struct GateTag;
struct ArmTag;
using StepId = Id<StepTag>;
using ResourceId = Id<ResourceTag>;
using LockScopeId = Id<LockScopeTag>;
using GateId = Id<GateTag>;
using ArmId = Id<ArmTag>;

// Raised when a reader of an older number could misread the bytes.
inline constexpr uint32_t kPlanFormatVersion = 1;

// Where it stands in the source, as plain data. Lines and columns count from 1, columns in bytes.
struct SourcePosition {
  std::string path;  // as given to the compiler, or "std/files.upg"
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t length = 1;  // bytes to mark, on one line
  friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

// In the order in which they run. Numbers are frozen.
enum class Phase : uint8_t { kPreflight = 0, kPrepare = 1, kSwitch = 2, kVerify = 3, kCleanup = 4 };
const char* PhaseName(Phase phase);  // "preflight"
inline constexpr int kPhaseCount = 5;

// How a step reverses. Numbers are frozen.
enum class UndoClass : uint8_t {
  kObserves = 0,        // changes nothing, so there is nothing to undo
  kExactly = 1,         // the old state comes back, byte for byte
  kByCompensation = 2,  // a second act makes up for the first
  kWithLoss = 3,        // it reverses, but loses what `undo_reason` says
  kNever = 4,           // no way back; `undo_reason` says why
};
const char* UndoClassName(UndoClass undo);  // "exactly"

// What happens when it is applied twice. Numbers are frozen.
enum class Repeat : uint8_t { kSafe = 0, kKeyed = 1, kOnce = 2 };

// Two resources of one kind overlap when their arguments are equal; for kPath the last argument is
// a path, and it is enough that one path is the other or lies below it. Resources of different
// kinds never overlap, but for a whole and its parts. Numbers are frozen.
enum class Overlap : uint8_t { kSameName = 0, kPath = 1 };

struct Resource {
  std::string kind;                    // "file", "unit", "key", …
  std::vector<std::string> arguments;  // canonical text of each
  bool is_template = false;            // an argument waits for Resolve()
  // The arguments from the first "*" on are any, or known on no host before the run: it overlaps
  // all of its kind that have the same arguments before that one. key(settings, *) is every key
  // of settings. With no "*" it overlaps all of its kind.
  bool is_unknown = false;
  Overlap overlap = Overlap::kSameName;
  // The kind that this one is a part of, and how many of the arguments name the whole: a database
  // covers its tables. Empty: of none.
  std::string within;
  uint32_t within_count = 0;

  // file(/opt/dten). Different arguments never give the same name: one that is empty or holds a
  // comma, a quote or a control character stands in quotes.
  std::string Name() const;
  friend bool operator==(const Resource&, const Resource&) = default;
};

// Numbers are frozen.
enum class EffectKind : uint8_t {
  kReads = 0,
  kWrites = 1,
  kNeeds = 2,   // must be alive while the step runs, and while it reverts
  kStarts = 3,  // is alive afterwards: a service that serves again. Beside kWrites of the same
  kStops = 4,   // is not alive afterwards, until something starts it. Beside kWrites of the same
};
const char* EffectKindName(EffectKind kind);  // "writes"

// Whether a change of one may be seen in the other: by the rules above, and a template overlaps all
// of its kind. plan/overlap.h tells the rules as data.
bool Overlaps(const Resource& a, const Resource& b);

struct Effect {
  EffectKind kind = EffectKind::kReads;
  ResourceId resource_id;
  friend bool operator==(const Effect&, const Effect&) = default;
};

// Numbers are frozen.
enum class StepKind : uint8_t {
  kNative = 0,   // `native` names the code of the runtime
  kCommand = 1,  // `apply`, `undo`, `observe` are argument vectors, run without a shell
  kJoin = 2,    // nothing: all of `after` are done; keeps the edges between two parallel blocks few
  kGate = 3,    // `gate_id`: its conditions hold for all of its time
  kCommit = 4,  // the point of no return, in switch; `undo_reason` says why there
  // Looks at the conditions of `gate_id` again and again after the commit. Steps with its id as
  // their `watch_id` are for the case that one does not hold.
  kWatch = 5,
};

struct Step {
  // Stable and unique: phase, then position counted from 1, then label or position in each nested
  // block: "switch/3", "switch/5/network". In a spec with several edges the edge's target comes
  // first: "v4.8.3/switch/3". The name in journal, reports and messages.
  std::string path;
  RareText label;      // as written, or empty
  std::string name;    // what is called: "systemd.rename"
  std::string title;   // the call on one line: systemd.rename("a.service", to: "b.service")
  std::string native;  // "systemd.rename"
  std::vector<Value> apply_command;  // texts, templates allowed
  std::vector<Value> undo_command;   // empty: no way back
  // Exit 0 after, 1 before, 2 neither, else unknown; may be empty.
  std::vector<Value> observe_command;
  std::vector<Field> arguments;  // every parameter, defaults filled in, in declared order
  std::vector<Effect> effects;
  std::vector<StepId> after;  // direct predecessors, ascending, each smaller than this step's id
  RareText undo_reason;       // of kWithLoss and kNever
  RareText issues;            // the type of the temporary that it makes, or empty
  RareText kept;              // of a temporary that is handed over and not ended: why
  int64_t takes_ms = 0;       // estimate, forward
  int64_t undo_takes_ms = 0;  // estimate, back
  int64_t timeout_ms = 0;     // bounds each of apply and revert; always > 0 but for joins
  int64_t retry_wait_ms = 0;  // before the second attempt; doubled each time
  int64_t delay_ms = 0;       // of a cleanup: how long after the commit it is due
  SourcePosition position;
  // From here on those that take the least room: a plan may have a hundred thousand steps.
  uint32_t attempts_max = 1;  // 1: no retry
  uint32_t hop = 0;           // index in Plan::hops; 0 where there are none
  StepId ends;                // the step whose temporary this one ends, if any
  LockScopeId lock_scope_id;  // innermost
  ArmId arm_id;               // innermost arm of a `when` around it
  GateId gate_id;             // of kGate and kWatch; each gate belongs to one step
  StepId watch_id;            // done only when that watch found a condition that does not hold
  StepKind kind = StepKind::kNative;
  Phase phase = Phase::kPreflight;
  uint8_t allowed_phases = 0;  // as declared; bit 1 << Phase
  UndoClass undo = UndoClass::kObserves;
  Repeat repeat = Repeat::kSafe;
  bool is_shared = false;         // writes something that several hosts share
  bool waits = false;             // for something outside of the run: an answer, a person
  bool waits_for_retain = false;  // of a cleanup: it is due when the upgrade is retained no longer
  friend bool operator==(const Step&, const Step&) = default;
};

// The step that reboots the host. The run does not live through it: the runner ends with the step,
// and the next one goes on in another boot.
inline constexpr const char* kRebootNative = "host.reboot";
inline bool IsReboot(const Step& step) { return step.native == kRebootNative; }

struct Lock {
  std::string name;    // canonical, the sort key: files.lock(/var/lib/dten)
  std::string native;  // "files.lock"
  std::vector<Field> arguments;
  friend bool operator==(const Lock&, const Lock&) = default;
};

// `lock a, b within 30s hold 5m { … }`. Taken when its first step is reached, all or none, in
// byte order of the names; freed after its last step. Back: taken again before the first revert.
struct LockScope {
  std::vector<Lock> locks;  // in byte order of their names
  int64_t within_ms = 0;    // bound of the wait; 0: not given
  int64_t hold_ms = 0;      // bound of the hold; 0: not given
  LockScopeId parent_id;
  SourcePosition position;
  friend bool operator==(const LockScope&, const LockScope&) = default;
};

// What a gate looks at: a number, a text or a truth that can be read again and again.
struct Signal {
  std::string title;   // the call on one line: prom.p99("edge")
  std::string native;  // "http.number"; empty: `command`
  std::vector<Field> arguments;
  std::vector<Value> command;  // an argument vector that prints the value; templates allowed
  ValueKind type = ValueKind::kFloat;
  // Whether its source can be asked about the past; else a baseline is measured before the first
  // change, which takes as long as it is.
  bool has_history = false;
  friend bool operator==(const Signal&, const Signal&) = default;
};

// Numbers are frozen.
enum class Comparison : uint8_t {
  kEqual = 0,
  kNotEqual = 1,
  kLess = 2,
  kLessEqual = 3,
  kGreater = 4,
  kGreaterEqual = 5,
};
const char* ComparisonName(Comparison comparison);  // "<="

// `signal <= 1.1 * baseline + 5`: the signal against baseline_factor * baseline + bound.
struct Condition {
  Signal signal;
  Comparison comparison = Comparison::kEqual;
  double baseline_factor = 0;  // 0: the bound alone
  Value bound;                 // of the signal's type; beside a baseline what is added to it
  std::string title;           // as written, on one line
  SourcePosition position;
  friend bool operator==(const Condition&, const Condition&) = default;
};

// What a sample that could not be taken means. Numbers are frozen.
enum class Missing : uint8_t {
  kUnsaid = 0,  // counts as kFails
  kFails = 1,   // as a sample that does not hold
  kWaits = 2,   // says nothing: the gate goes on that much longer, up to the step's timeout
  kPasses = 3,  // as a sample that holds
};
const char* MissingName(Missing missing);  // "fails"

// `gate edge for 10m, every 15s, baseline 1h, missing fails { … }`. All conditions hold at each
// sample, but for `tolerated` of the samples. Also what a watch looks at, for `for_ms` from the
// commit on.
struct Gate {
  std::string name;
  int64_t settle_ms = 0;  // before the first sample
  int64_t for_ms = 0;
  int64_t every_ms = 0;
  int64_t baseline_ms = 0;  // how far back, from before the run's first change; 0: not given
  Missing missing = Missing::kUnsaid;
  uint32_t tolerated = 0;  // samples that may fail
  std::vector<Condition> conditions;
  SourcePosition position;
  friend bool operator==(const Gate&, const Gate&) = default;
};

// Numbers are frozen.
enum class PredicateKind : uint8_t {
  kCompare = 0,  // `comparison` of values[0] and values[1]
  kIn = 1,       // values[0] is one of the other values
  kAll = 2,      // all `operands` hold; true without any
  kAny = 3,      // one of the `operands` holds; false without any
  kNot = 4,      // operands[0] does not hold
};

// A condition on facts, decided on the host before anything is touched. A value that waits for the
// host is the template of one name: ${arch}.
struct Predicate {
  PredicateKind kind = PredicateKind::kAll;
  Comparison comparison = Comparison::kEqual;
  std::vector<Value> values;  // all of one kind
  std::vector<Predicate> operands;
  friend bool operator==(const Predicate&, const Predicate&);
};

// Numbers are frozen.
enum class ArmState : uint8_t {
  kOpen = 0,  // not decided
  kTaken = 1,
  kLeftOut = 2,  // its steps are joins
};

// One arm of a `when`: taken when the arm around it is, none of the arms before it in the same
// `when` is, and its condition holds. An `else` is an arm whose condition always holds.
// Or one turn of a `for` over a list that the host gives: an arm that stands alone, and is taken
// where there are as many elements.
struct Arm {
  std::string title;  // as written, on one line: when installed < v4.6, else
  Predicate condition;
  ArmId before_id;  // the arm before it in the same `when`
  ArmId parent_id;  // the arm around the `when`
  ArmState state = ArmState::kOpen;
  SourcePosition position;
  // Of a turn. The paths of its steps begin with `path`, which ends in the turn's number; on a host
  // that takes the turn the element stands in its place.
  Value element;  // the template ${jobs.3}; kNone: of a `when`
  std::string path;
  friend bool operator==(const Arm&, const Arm&) = default;
};

// One key of a configuration and its life over the releases. Versions without v; empty: not said.
struct ConfigKey {
  std::string name;  // server.listen
  ValueKind type = ValueKind::kString;
  std::string unit;     // how a Duration or Size is spelled in the file: "ms"; empty: as in a spec
  Value default_value;  // the product's own; kNone when not said
  std::string since;
  std::string deprecated;
  std::string removed;
  std::string becomes;  // another key's name
  std::string reason;
  SourcePosition position;
  friend bool operator==(const ConfigKey&, const ConfigKey&) = default;
};

struct Config {
  std::string name;  // settings
  Value handle;      // config.ini("/etc/dten/dten.ini")
  std::vector<ConfigKey> keys;
  SourcePosition position;
  friend bool operator==(const Config&, const Config&) = default;
};

// What differs from site to site, as it was settled when the plan was made: `input domain : Url`.
struct SiteInput {
  std::string name;
  Value value;              // of no fact
  bool is_default = false;  // nothing was given: what the spec says stands
  SourcePosition position;
  std::string meaning;  // what the spec says of it, for people
  friend bool operator==(const SiteInput&, const SiteInput&) = default;
};

// A question to the host, asked once at the start of a run.
struct Fact {
  std::string name;    // "installed" is the product's installed version
  std::string native;  // "files.first_line"
  std::vector<Field> arguments;
  SourcePosition position;
  // Of a question for a list: a host with more elements is refused. 0: the answer is one value.
  uint32_t elements_max = 0;
  friend bool operator==(const Fact&, const Fact&) = default;
};

// A version v with lower <= v < upper; or, when upper is empty, exactly lower.
struct VersionRange {
  std::string lower;
  std::string upper;
  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};

struct Withdrawn {
  std::string version;
  std::string reason;
  SourcePosition position;
  friend bool operator==(const Withdrawn&, const Withdrawn&) = default;
};

// `stops v4.8.3 "why"`: a run that comes by on its way up ends there; the rest of the way is a run
// of its own.
struct Stop {
  std::string version;
  std::string reason;
  SourcePosition position;
  friend bool operator==(const Stop&, const Stop&) = default;
};

struct Product {
  std::string name;
  std::string scheme = "semver";              // how versions compare: plan/version.h
  std::vector<std::string> ignored_suffixes;  // taken off before a version is read
  std::vector<std::string> releases;
  std::vector<Withdrawn> withdrawn;
  std::vector<Stop> stops;
  SourcePosition position;
  friend bool operator==(const Product&, const Product&) = default;
};

// What a check finds that the author has looked at: `allow no-estimate because "…"`.
struct Allowance {
  std::string check;
  std::string reason;
  SourcePosition position;
  friend bool operator==(const Allowance&, const Allowance&) = default;
};

// An upgrade of which nobody said how long it is retained: plans from before that could be said.
inline constexpr int64_t kRetainWithoutEnd = -1;

// The head of one edge of the version graph. Of a host's plan: of all its hops together.
struct Upgrade {
  std::vector<VersionRange> from;
  std::string to;
  bool is_downgrade = false;  // it leads down: `downgrade v5.0.0 -> v4.8.3`
  std::string ticket;
  int64_t window_ms = 0;    // start to commit, or to the end of rollback; 0: not said
  int64_t downtime_ms = 0;  // what is promised for the whole of `switch`; 0: not said
  // `downtime 5m up when CONDITION`: what holds where the service serves again; one or none.
  // Without a baseline. Of a host: with its hops.
  std::vector<Condition> up_when;
  // From the commit on: how long `rollback` finds what it needs. Of several hops the longest.
  int64_t retain_ms = kRetainWithoutEnd;
  std::vector<std::string> approvals;
  std::vector<std::string> accepts_loss;
  std::vector<Allowance> allows;
  std::string purpose;  // what the spec says of it, for people; of a host: of all its hops
  SourcePosition position;
  SourcePosition window_position;
  SourcePosition downtime_position;
  SourcePosition approvals_position;
  SourcePosition retain_position;  // empty: it is the default
  friend bool operator==(const Upgrade&, const Upgrade&) = default;
};

// What may be told to others. Numbers are frozen.
enum class AnnouncedEvent : uint8_t {
  kStarted = 0,
  kDone = 1,
  kRolledBack = 2,
  kStuck = 3,
  kWatchBreached = 4,
  kLate = 5,         // the window is over and the run is not
  kInterrupted = 6,  // a runner was cut off, and another one has found that
};
inline constexpr int kAnnouncedEventCount = 7;
const char* AnnouncedEventName(AnnouncedEvent event);  // "rolled_back"

// `announce to status_page { started "payload/started.md" }`: one for each event.
struct Announcement {
  std::string to;  // as the spec calls the channel
  Value channel;   // a handle: channels.file("/srv/status.md")
  AnnouncedEvent event = AnnouncedEvent::kStarted;
  std::string text;  // the payload path of what is said
  SourcePosition position;
  friend bool operator==(const Announcement&, const Announcement&) = default;
};

// What is done on one edge of the version graph, or in one run on a host.
struct StepGraph {
  Upgrade upgrade;
  // In byte order of their names, each once; at the same name those that hold templates, then those
  // that are unknown, come later.
  std::vector<Resource> resources;
  std::vector<LockScope> lock_scopes;  // parents before children
  std::vector<Gate> gates;             // in the order of their steps
  std::vector<Arm> arms;               // each after the one before it and the one around it
  // A topological order; stages ascend. Stages are barriers and the edges say so: every step comes
  // after all steps of all earlier stages, directly or through others.
  std::vector<Step> steps;
  std::vector<Announcement> announcements;  // in the order of the text
  std::vector<std::string> payload;  // every payload path that a step names, sorted, each once

  const Step& step(StepId id) const { return steps[id.index()]; }
  const Resource& resource(ResourceId id) const { return resources[id.index()]; }
  const LockScope& lock_scope(LockScopeId id) const { return lock_scopes[id.index()]; }
  const Gate& gate(GateId id) const { return gates[id.index()]; }
  const Arm& arm(ArmId id) const { return arms[id.index()]; }
  friend bool operator==(const StepGraph&, const StepGraph&) = default;
};

// What a step's declaration says of it, for people: its first paragraph.
struct Meaning {
  std::string step_name;  // Step::name
  std::string text;
  friend bool operator==(const Meaning&, const Meaning&) = default;
};

// What is kept of what a spec says for people; longer texts are cut.
inline constexpr size_t kPurposeBytesMax = 4096;

// One edge on the way of a run, as it was chosen on the host. Versions without v.
struct Hop {
  std::string from;
  std::string to;
  int64_t window_ms = 0;           // of the edge; 0: not said
  int64_t downtime_ms = 0;         // of the edge; 0: not said
  std::vector<Condition> up_when;  // of the edge
  friend bool operator==(const Hop&, const Hop&) = default;
};

// Of a spec or a package: all edges of the version graph, the first one in place, and no hops. A
// check of one edge, a report about one edge take EdgePlan() (plan/edges.h).
// Of a host, made by Resolve(): one graph with the steps of all hops, and no other edges.
struct Plan : StepGraph {
  uint32_t format_version = kPlanFormatVersion;
  std::string tool_version;
  std::string stdlib_digest;  // hex SHA-256 over the library that gave the steps
  Product product;
  std::vector<Fact> facts;
  std::vector<Config> configs;
  std::vector<std::string> people;  // who may be asked to approve
  std::vector<SiteInput> inputs;    // in the order of the text
  std::string purpose;              // what the spec says of itself, for people
  std::vector<Meaning> meanings;    // of the steps that it has, in byte order of their names
  std::vector<StepGraph> other_edges;
  std::vector<Hop> hops;  // in the order of the run; Step::hop counts them

  friend bool operator==(const Plan&, const Plan&) = default;
};

// Where a step stands in a run: all preflights come first, then each hop's prepare, switch and
// verify, then, after the one commit, all cleanups hop by hop.
struct Stage {
  uint8_t part = 0;  // 0 before anything is touched, 1 up to the commit, 2 after it
  uint32_t hop = 0;
  Phase phase = Phase::kPreflight;
  friend auto operator<=>(const Stage&, const Stage&) = default;
};
Stage StageOf(const Step& step);
// The version to which a step leads: of its hop, or of the plan's upgrade where no hops were chosen
// yet.
const std::string& TargetOf(const Plan& plan, const Step& step);
// `downtime … up when` of a hop, or of the plan's upgrade where no hops were chosen yet.
const std::vector<Condition>& UpWhenOf(const Plan& plan, uint32_t hop);
// All of them: of each hop, or of the plan's upgrade where no hops were chosen yet.
std::vector<const std::vector<Condition>*> AllUpWhen(const Plan& plan);

}  // namespace upgraph::plan
