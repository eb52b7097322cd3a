#include <fmt/format.h>

#include <algorithm>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kPhaseEffectsExplanation;
const char* const kPhaseEffectsExplanation = R"(Each phase does only what belongs into it.

`preflight` and `verify` look and change nothing: preflight runs before anything can be undone, and
verify decides whether everything is. `prepare` and `switch` change what can be undone; `cleanup`
may be final. A step names the phases it is made for, and stands only there.

Bad:
    verify { files.install("payload/release", to: "/etc/dten/release") }

Good:
    switch { files.install("payload/release", to: "/etc/dten/release") }
    verify { files.expect("/etc/dten/release", contains: "5.0.0") }
)";

namespace {

std::string AllowedPhases(const Step& step) {
  std::string text;
  for (int i = 0; i < kPhaseCount; ++i) {
    if ((step.allowed_phases >> i & 1) != 0) {
      text += (text.empty() ? "`" : ", `") + std::string(PhaseName(static_cast<Phase>(i))) + "`";
    }
  }
  return text;
}

}  // namespace

void RunPhaseEffects(const Plan& plan, std::vector<Finding>* findings) {
  for (const Step& step : plan.steps) {
    if (step.kind == StepKind::kJoin) {
      continue;
    }
    Finding finding{"phase-effects", FindingSeverity::kError, "", step.position, "", {}, ""};
    bool only_observes = step.phase == Phase::kPreflight || step.phase == Phase::kVerify;
    auto write = std::find_if(step.effects.begin(), step.effects.end(), [](const Effect& effect) {
      return effect.kind == EffectKind::kWrites;
    });
    if (only_observes && write != step.effects.end()) {
      finding.message =
          fmt::format("`{}` writes `{}`; `{}` only looks", step.name,
                      plan.resource(write->resource_id).Name(), PhaseName(step.phase));
      finding.hint = "move it to `prepare` or `switch`";
    } else if (only_observes && step.undo != UndoClass::kObserves) {
      finding.message = fmt::format("`{}` changes something, as it reverses; `{}` only looks",
                                    step.name, PhaseName(step.phase));
      finding.hint = "move it to `prepare` or `switch`, or declare `reverses nothing`";
    } else if ((step.allowed_phases >> static_cast<int>(step.phase) & 1) == 0) {
      finding.message = fmt::format("`{}` stands in `{}`; it is made for {}", step.name,
                                    PhaseName(step.phase), AllowedPhases(step));
      finding.hint = "move it to one of its phases";
    } else {
      continue;
    }
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
