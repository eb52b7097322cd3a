#include "runtime/sim/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/version.h"

namespace upgraph::sim {
namespace {

using plan::ExpectationKind;
using plan::ScenarioExpectation;
using Answer = std::optional<std::string>;

bool IsSame(const plan::Plan& plan, const std::string& a, const std::string& b) {
  const auto one = plan::ReadVersion(plan.product, a);
  const auto other = plan::ReadVersion(plan.product, b);
  return one.ok() && other.ok() ? *one == *other : a == b;
}

std::string JoinVersions(const std::vector<std::string>& versions) {
  std::string text;
  for (const std::string& version : versions) {
    text += (text.empty() ? "" : ", ") + plan::FormatVersion(version);
  }
  return "[" + text + "]";
}

Answer DisproveOutcome(const Ending& ending, const ScenarioExpectation& expectation) {
  const ScenarioResult& result = ending.result;
  if (result.outcome != expectation.text) {
    return fmt::format("it is {}: {}", result.outcome, result.reason);
  }
  if (result.reason.find(expectation.detail) == std::string::npos) {
    return "the reason is: " + result.reason;
  }
  return std::nullopt;
}

Answer DisprovePath(const Ending& ending, const ScenarioExpectation& expectation) {
  const std::vector<std::string>& versions = ending.result.versions;
  const bool is_same = std::equal(
      versions.begin(), versions.end(), expectation.versions.begin(), expectation.versions.end(),
      [&](const std::string& a, const std::string& b) { return IsSame(ending.plan, a, b); });
  return is_same ? Answer() : "the path is " + JoinVersions(versions);
}

std::string StateOf(const Ending& ending, const std::string& path) {
  const auto state = ending.step_states.find(path);
  return state == ending.step_states.end() ? "pending" : state->second;
}

Answer DisproveState(const Ending& ending, const ScenarioExpectation& expectation) {
  const std::string state = StateOf(ending, expectation.steps[0].text);
  return state == expectation.text ? Answer() : "it is " + state;
}

// `ran` and `reverted`: the steps, in this order; `is_only`: and no others.
Answer DisproveSequence(const Ending& ending, const ScenarioExpectation& expectation,
                        const std::string& what, bool is_only) {
  std::vector<std::string> happened;
  for (const Happening& happening : ending.result.happenings) {
    if (happening.what == what) {
      happened.push_back(happening.step_path);
    }
  }
  std::set<std::string> expected;
  auto from = happened.begin();
  for (const plan::StepName& step : expectation.steps) {
    expected.insert(step.text);
    const auto position = std::find(from, happened.end(), step.text);
    if (position == happened.end()) {
      const bool is_elsewhere =
          std::find(happened.begin(), happened.end(), step.text) != happened.end();
      return is_elsewhere ? fmt::format("`{}` was {} earlier", step.text, what)
                          : fmt::format("`{}` was not {}: it is {}", step.text, what,
                                        StateOf(ending, step.text));
    }
    from = position + 1;
  }
  for (const std::string& path : happened) {
    if (is_only && expected.count(path) == 0) {
      return fmt::format("`{}` was {} as well", path, what);
    }
  }
  return std::nullopt;
}

bool Concerns(const ScenarioExpectation& expectation, const plan::Resource& resource) {
  if (!expectation.owner.empty() && !resource.arguments.empty() &&
      resource.arguments[0] == expectation.owner) {
    return true;
  }
  return std::any_of(expectation.resources.begin(), expectation.resources.end(),
                     [&](const plan::Resource& other) { return plan::Overlaps(resource, other); });
}

Answer DisproveThing(const Ending& ending, const ScenarioExpectation& expectation) {
  const Mark* changed = nullptr;
  for (const Mark& mark : ending.world.marks()) {
    // A loss is told only where `unchanged` is asked for: what was given back may have lost.
    const bool counts = !mark.is_lost || expectation.kind == ExpectationKind::kUnchanged;
    if (counts && Concerns(expectation, mark.resource)) {
      changed = &mark;
    }
  }
  if (expectation.kind == ExpectationKind::kChanged) {
    return changed != nullptr ? Answer() : "it is as before";
  }
  if (changed != nullptr) {
    return fmt::format("`{}` {} {}", changed->step_path,
                       changed->is_lost ? "went back with loss: it wrote" : "changed",
                       changed->resource.Name());
  }
  const std::vector<plan::Resource>& touched = ending.world.touched();
  const bool was_touched =
      std::any_of(touched.begin(), touched.end(),
                  [&](const plan::Resource& resource) { return Concerns(expectation, resource); });
  if (expectation.kind == ExpectationKind::kGivenBack && !was_touched) {
    return "nothing ever changed it";
  }
  return std::nullopt;
}

}  // namespace

Answer Disprove(const Ending& ending, const ScenarioExpectation& expectation) {
  switch (expectation.kind) {
    case ExpectationKind::kOutcome:
      return DisproveOutcome(ending, expectation);
    case ExpectationKind::kExitCode:
      return static_cast<int64_t>(ending.result.exit_code) == expectation.number
                 ? Answer()
                 : fmt::format("it is exit {}: {}", static_cast<int>(ending.result.exit_code),
                               ending.result.reason);
    case ExpectationKind::kInstalled:
      return IsSame(ending.plan, ending.installed, expectation.text)
                 ? Answer()
                 : fmt::format("the host says {}", plan::FormatVersion(ending.installed));
    case ExpectationKind::kVersionPath:
      return DisprovePath(ending, expectation);
    case ExpectationKind::kStepState:
      return DisproveState(ending, expectation);
    case ExpectationKind::kRan:
    case ExpectationKind::kRanOnly:
      return DisproveSequence(ending, expectation, "applied",
                              expectation.kind == ExpectationKind::kRanOnly);
    case ExpectationKind::kReverted:
    case ExpectationKind::kRevertedOnly:
      return DisproveSequence(ending, expectation, "reverted",
                              expectation.kind == ExpectationKind::kRevertedOnly);
    case ExpectationKind::kUnchanged:
    case ExpectationKind::kChanged:
    case ExpectationKind::kGivenBack:
      return DisproveThing(ending, expectation);
  }
  UPGRAPH_UNREACHABLE("expectation kind");
}

}  // namespace upgraph::sim
