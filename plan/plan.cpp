#include "plan/plan.h"

#include <algorithm>

#include "base/check.h"
#include "plan/edges.h"

namespace upgraph::plan {

const char* PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kPreflight:
      return "preflight";
    case Phase::kPrepare:
      return "prepare";
    case Phase::kSwitch:
      return "switch";
    case Phase::kVerify:
      return "verify";
    case Phase::kCleanup:
      return "cleanup";
  }
  UPGRAPH_UNREACHABLE("phase");
}

const char* UndoClassName(UndoClass undo) {
  switch (undo) {
    case UndoClass::kObserves:
      return "observes";
    case UndoClass::kExactly:
      return "exactly";
    case UndoClass::kByCompensation:
      return "by compensation";
    case UndoClass::kWithLoss:
      return "with loss";
    case UndoClass::kNever:
      return "never";
  }
  UPGRAPH_UNREACHABLE("undo class");
}

const char* EffectKindName(EffectKind kind) {
  switch (kind) {
    case EffectKind::kReads:
      return "reads";
    case EffectKind::kWrites:
      return "writes";
    case EffectKind::kNeeds:
      return "needs";
    case EffectKind::kStarts:
      return "starts";
    case EffectKind::kStops:
      return "stops";
  }
  UPGRAPH_UNREACHABLE("effect kind");
}

const char* ComparisonName(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return "==";
    case Comparison::kNotEqual:
      return "!=";
    case Comparison::kLess:
      return "<";
    case Comparison::kLessEqual:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterEqual:
      return ">=";
  }
  UPGRAPH_UNREACHABLE("comparison");
}

const char* AnnouncedEventName(AnnouncedEvent event) {
  switch (event) {
    case AnnouncedEvent::kStarted:
      return "started";
    case AnnouncedEvent::kDone:
      return "done";
    case AnnouncedEvent::kRolledBack:
      return "rolled_back";
    case AnnouncedEvent::kStuck:
      return "stuck";
    case AnnouncedEvent::kWatchBreached:
      return "watch_breached";
    case AnnouncedEvent::kLate:
      return "late";
    case AnnouncedEvent::kInterrupted:
      return "interrupted";
  }
  UPGRAPH_UNREACHABLE("announced event");
}

const char* MissingName(Missing missing) {
  switch (missing) {
    case Missing::kUnsaid:
      return "unsaid";
    case Missing::kFails:
      return "fails";
    case Missing::kWaits:
      return "waits";
    case Missing::kPasses:
      return "passes";
  }
  UPGRAPH_UNREACHABLE("missing");
}

namespace {

// Names must tell arguments apart: "a, b" is one, a and b are two.
bool NeedsQuotes(const std::string& argument) {
  return argument.empty() || std::any_of(argument.begin(), argument.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7f || c == ',' || c == '"';
         });
}

}  // namespace

std::string Resource::Name() const {
  size_t size = kind.size() + 2;
  for (const std::string& argument : arguments) {
    size += argument.size() + 2;
  }
  std::string name;
  name.reserve(size);
  name += kind;
  name += '(';
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) {
      name.append(", ", 2);
    }
    if (NeedsQuotes(arguments[i])) {
      name += FormatValue({ValueKind::kString, false, 0, 0, arguments[i], {}});
    } else {
      name += arguments[i];
    }
  }
  name += ')';
  return name;
}

Plan EdgePlan(const Plan& plan, size_t index) {
  Plan one;
  static_cast<StepGraph&>(one) = EdgeGraph(plan, index);
  one.format_version = plan.format_version;
  one.tool_version = plan.tool_version;
  one.stdlib_digest = plan.stdlib_digest;
  one.product = plan.product;
  one.facts = plan.facts;
  one.configs = plan.configs;
  one.people = plan.people;
  one.inputs = plan.inputs;
  one.purpose = plan.purpose;
  one.meanings = plan.meanings;
  one.hops = plan.hops;
  return one;
}

Stage StageOf(const Step& step) {
  const uint8_t part = step.phase == Phase::kPreflight ? 0 : step.phase == Phase::kCleanup ? 2 : 1;
  // The preflights of all hops run side by side.
  return {part, part == 0 ? 0 : step.hop, step.phase};
}

const std::string& TargetOf(const Plan& plan, const Step& step) {
  return step.hop < plan.hops.size() ? plan.hops[step.hop].to : plan.upgrade.to;
}

const std::vector<Condition>& UpWhenOf(const Plan& plan, uint32_t hop) {
  return hop < plan.hops.size() ? plan.hops[hop].up_when : plan.upgrade.up_when;
}

std::vector<const std::vector<Condition>*> AllUpWhen(const Plan& plan) {
  std::vector<const std::vector<Condition>*> all;
  for (uint32_t hop = 0; hop < std::max<size_t>(plan.hops.size(), 1); ++hop) {
    all.push_back(&UpWhenOf(plan, hop));
  }
  return all;
}

}  // namespace upgraph::plan
