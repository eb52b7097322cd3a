#include <fmt/format.h>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kInverseTotalExplanation;
const char* const kInverseTotalExplanation = R"(Every step before the commit has a way back.

Up to the commit any failure turns the whole upgrade back. That only works when each step that
changes something says how it reverses: exactly, by compensation, or with a loss that the upgrade
accepts. A step without a way back belongs into `cleanup`, which runs after the commit.

Bad:
    step wipe(path: Path) {
      phases prepare
      writes file(path)
      reverses never "nothing is kept"
      ...
    }
    prepare { wipe("/var/cache/dten") }

Good:
    prepare { files.remove("/var/cache/dten") }     // kept until the undo is removed
or
    cleanup { wipe("/var/cache/dten") }             // after the commit
)";

namespace {

// The first of its effects that writes, or null.
const Effect* WrittenBy(const Step& step) {
  for (const Effect& effect : step.effects) {
    if (effect.kind == EffectKind::kWrites) {
      return &effect;
    }
  }
  return nullptr;
}

}  // namespace

void RunInverseTotal(const Plan& plan, std::vector<Finding>* findings) {
  for (const Step& step : plan.steps) {
    if (step.phase == Phase::kCleanup || step.kind == StepKind::kCommit) {
      return;  // what comes after it needs no way back
    }
    if (step.kind == StepKind::kJoin) {
      continue;
    }
    Finding finding{"inverse-total", FindingSeverity::kError, "", step.position, "", {}, ""};
    if (step.undo == UndoClass::kNever) {
      finding.message =
          fmt::format("`{}` cannot be undone ({}); every step before the commit needs a way back",
                      step.name, step.undo_reason.str());
      finding.hint = "move it to `cleanup`, give it an `undo`, or write `commit \"why\"` before it";
    } else if (step.undo == UndoClass::kWithLoss && plan.upgrade.accepts_loss.empty()) {
      finding.message =
          fmt::format("the way back of `{}` loses {}; a loss must be accepted by the upgrade",
                      step.name, step.undo_reason.str());
      finding.hint = "write `accepts loss \"why\"` in the upgrade";
    } else if (step.kind == StepKind::kCommand && step.undo != UndoClass::kObserves &&
               step.undo_command.empty()) {
      finding.message = fmt::format(
          "`{}` changes something and has no `undo` command; every step before the commit needs a "
          "way back",
          step.name);
      finding.hint = "declare `undo [...]`, a command that is safe to repeat";
    } else if (step.undo == UndoClass::kObserves && WrittenBy(step) != nullptr) {
      finding.message = fmt::format(
          "`{}` writes `{}` and reverses nothing; every step before the commit needs a way back",
          step.name, plan.resource(WrittenBy(step)->resource_id).Name());
      finding.hint = "say how it reverses: `exactly`, `by compensation` or `with loss`";
    } else {
      continue;
    }
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
