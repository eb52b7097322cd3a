#include "plan/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/limits.h"

namespace upgraph::plan {
namespace {

Error Violation(std::string message) {
  return {ErrorKind::kInvalid, "plan: " + std::move(message)};
}

Status VerifyText(const std::string& text, const char* what) {
  if (text.size() > kPlanTextBytesMax) {
    return Violation(
        fmt::format("{} of {} bytes; at most {}", what, text.size(), kPlanTextBytesMax));
  }
  if (text.find('\0') != std::string::npos) {
    return Violation(fmt::format("{} holds a zero byte", what));
  }
  return OkStatus();
}

Status VerifyTime(int64_t ms, const char* what) {
  if (ms < 0 || ms > kTimeMsMax) {
    return Violation(fmt::format("{} of {} ms is out of bounds", what, ms));
  }
  return OkStatus();
}

Status VerifyValue(const Value& value, int depth) {
  if (depth > kValueDepthMax) {
    return Violation(fmt::format("a value nests deeper than {}", kValueDepthMax));
  }
  UPGRAPH_TRY(VerifyText(value.text, "a value"));
  for (const Field& field : value.fields) {
    UPGRAPH_TRY(VerifyValue(field.value, depth + 1));
  }
  return OkStatus();
}

Status VerifyHead(const Plan& plan) {
  if (plan.product.name.empty() || plan.upgrade.to.empty() || plan.upgrade.from.empty()) {
    return Violation("product, origin and target are needed");
  }
  UPGRAPH_TRY(VerifyText(plan.product.name, "the product's name"));
  if (plan.product.name.find('/') != std::string::npos) {
    return Violation("the product's name holds a `/`");
  }
  UPGRAPH_TRY(VerifyTime(plan.upgrade.window_ms, "the window"));
  UPGRAPH_TRY(VerifyTime(plan.upgrade.downtime_ms, "the downtime"));
  if (plan.steps.size() > kPlanStepsMax) {
    return Violation(fmt::format("{} steps; at most {}", plan.steps.size(), kPlanStepsMax));
  }
  bool has_installed = std::any_of(plan.facts.begin(), plan.facts.end(),
                                   [](const Fact& fact) { return fact.name == "installed"; });
  if (!has_installed) {
    return Violation("nothing says how to find the installed version");
  }
  for (const std::string& path : plan.payload) {
    UPGRAPH_TRY(VerifyText(path, "a payload path"));
    if (path != "payload" && path.rfind("payload/", 0) != 0) {
      return Violation(fmt::format("the payload path `{}` is outside of `payload/`", path));
    }
  }
  return OkStatus();
}

Status VerifyScopes(const Plan& plan) {
  for (uint32_t i = 0; i < plan.lock_scopes.size(); ++i) {
    const LockScope& scope = plan.lock_scopes[i];
    if (scope.locks.empty()) {
      return Violation(fmt::format("lock scope {} takes no lock", i));
    }
    UPGRAPH_TRY(VerifyTime(scope.within_ms, "a lock's wait"));
    UPGRAPH_TRY(VerifyTime(scope.hold_ms, "a lock's hold"));
    for (size_t k = 0; k < scope.locks.size(); ++k) {
      UPGRAPH_TRY(VerifyText(scope.locks[k].name, "a lock's name"));
      if (k > 0 && scope.locks[k].name <= scope.locks[k - 1].name) {
        return Violation(fmt::format("the locks of scope {} are not in order", i));
      }
    }
    if (!scope.parent_id.has_value()) {
      continue;
    }
    if (scope.parent_id.index() >= i) {
      return Violation(fmt::format("lock scope {} comes before the one around it", i));
    }
    // One global order of locks is what keeps two runs from waiting for each other for ever.
    if (scope.locks.front().name <= plan.lock_scope(scope.parent_id).locks.back().name) {
      return Violation(fmt::format("`{}` is taken inside `{}` and must sort after it",
                                   scope.locks.front().name,
                                   plan.lock_scope(scope.parent_id).locks.back().name));
    }
  }
  return OkStatus();
}

Status VerifyEdges(const Plan& plan, uint32_t index) {
  const Step& step = plan.steps[index];
  if (step.after.size() > kStepPartsMax) {
    return Violation("too many predecessors");
  }
  for (size_t k = 0; k < step.after.size(); ++k) {
    StepId before = step.after[k];
    if (!before.has_value() || before.index() >= index) {
      return Violation("it comes after itself or a later step");
    }
    if (k > 0 && before <= step.after[k - 1]) {
      return Violation("its predecessors are not in order");
    }
  }
  if (index > 0 && step.phase < plan.steps[index - 1].phase) {
    return Violation(fmt::format("phase {} comes after phase {}", PhaseName(step.phase),
                                 PhaseName(plan.steps[index - 1].phase)));
  }
  if (step.ends.has_value() && step.ends.index() >= index) {
    return Violation("it ends what a later step makes");
  }
  return OkStatus();
}

Status VerifyWork(const Plan& plan, const Step& step) {
  bool writes = false;
  for (const Effect& effect : step.effects) {
    if (!effect.resource_id.has_value() || effect.resource_id.index() >= plan.resources.size()) {
      return Violation("an effect on a resource that is not there");
    }
    writes = writes || effect.kind == EffectKind::kWrites;
  }
  if (step.lock_scope_id.has_value() && step.lock_scope_id.index() >= plan.lock_scopes.size()) {
    return Violation("a lock scope that is not there");
  }
  if (step.kind == StepKind::kJoin) {
    return step.effects.empty() ? OkStatus() : Status(Violation("a join with effects"));
  }
  if (step.undo == UndoClass::kObserves && writes) {
    return Violation("it writes and does not say how it reverses");
  }
  if ((step.phase == Phase::kPreflight || step.phase == Phase::kVerify) &&
      step.undo != UndoClass::kObserves) {
    return Violation(fmt::format("a step that changes things in {}", PhaseName(step.phase)));
  }
  if (step.kind == StepKind::kNative && step.native.empty()) {
    return Violation("a native step without a name");
  }
  if (step.kind == StepKind::kCommand && step.apply_command.empty()) {
    return Violation("a command step without a command");
  }
  if (step.timeout_ms <= 0 || step.attempts_max < 1 || step.attempts_max > 1000) {
    return Violation("timeout and attempts must be positive, attempts at most 1000");
  }
  return OkStatus();
}

Status VerifyStepTexts(const Step& step) {
  UPGRAPH_TRY(VerifyText(step.path, "the path"));
  UPGRAPH_TRY(VerifyText(step.title, "the title"));
  UPGRAPH_TRY(VerifyText(step.name, "the name"));
  if (step.path.empty() || step.path.find('\n') != std::string::npos) {
    return Violation("an empty path, or one of several lines");
  }
  UPGRAPH_TRY(VerifyTime(step.takes_ms, "the estimate"));
  UPGRAPH_TRY(VerifyTime(step.undo_takes_ms, "the estimate back"));
  UPGRAPH_TRY(VerifyTime(step.timeout_ms, "the timeout"));
  UPGRAPH_TRY(VerifyTime(step.retry_wait_ms, "the wait before a retry"));
  for (const Field& field : step.arguments) {
    UPGRAPH_TRY(VerifyValue(field.value, 0));
  }
  for (const auto* command : {&step.apply_command, &step.undo_command, &step.observe_command}) {
    for (const Value& value : *command) {
      UPGRAPH_TRY(VerifyValue(value, 0));
    }
  }
  return OkStatus();
}

}  // namespace

Status Verify(const Plan& plan) {
  UPGRAPH_TRY(VerifyHead(plan));
  UPGRAPH_TRY(VerifyScopes(plan));
  std::unordered_set<std::string> paths;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    Status status = VerifyStepTexts(step);
    if (status.ok()) status = VerifyEdges(plan, i);
    if (status.ok()) status = VerifyWork(plan, step);
    if (status.ok() && !paths.insert(step.path).second) {
      status = Violation("two steps have this path");
    }
    if (!status.ok()) {
      return status.error().Within(fmt::format("step `{}`", step.path.substr(0, 200)));
    }
  }
  return OkStatus();
}

}  // namespace upgraph::plan
