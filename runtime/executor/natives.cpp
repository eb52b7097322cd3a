#include "runtime/executor/natives.h"

#include <fmt/format.h>

#include "plan/graph.h"
#include "runtime/executor/channels.h"
#include "runtime/facts/facts.h"
#include "runtime/gates/signal.h"
#include "runtime/locks/named_lock.h"
#include "runtime/steps/native_step.h"

namespace upgraph::executor {
namespace {

// The first handle without code in a value, or empty. A configuration stands for its handle.
std::string FindMissingHandle(const plan::Plan& plan, const plan::Value& value) {
  const bool is_handle =
      value.kind == plan::ValueKind::kHandle || value.kind == plan::ValueKind::kSecret;
  if (is_handle && !steps::HasHandle(value.text) && !gates::HasHandle(value.text) &&
      !HasChannel(value.text)) {
    return value.text;
  }
  if (value.kind == plan::ValueKind::kConfig) {
    for (const plan::Config& config : plan.configs) {
      if (config.name == value.text) {
        return FindMissingHandle(plan, config.handle);
      }
    }
  }
  for (const plan::Field& field : value.fields) {
    std::string inner = FindMissingHandle(plan, field.value);
    if (!inner.empty()) {
      return inner;
    }
  }
  return "";
}

std::string FindMissingSignal(const plan::Plan& plan,
                              const std::vector<plan::Condition>& conditions) {
  for (const plan::Condition& condition : conditions) {
    const plan::Signal& signal = condition.signal;
    if (!signal.native.empty() && !gates::HasSignal(signal.native)) {
      return signal.native;
    }
    for (const plan::Field& argument : signal.arguments) {
      std::string handle = FindMissingHandle(plan, argument.value);
      if (!handle.empty()) {
        return handle;
      }
    }
  }
  return "";
}

std::string FindMissing(const plan::Plan& plan, const plan::Step& step) {
  if (step.kind == plan::StepKind::kJoin || step.kind == plan::StepKind::kCommit) {
    return "";
  }
  if (step.gate_id.has_value()) {
    return FindMissingSignal(plan, plan.gate(step.gate_id).conditions);
  }
  if (steps::FindStep(step) == nullptr) {
    return step.native;
  }
  for (plan::LockScopeId scope_id : plan::EnclosingScopes(plan, step.lock_scope_id)) {
    for (const plan::Lock& lock : plan.lock_scope(scope_id).locks) {
      if (std::string missing = locks::FindMissingCode(lock); !missing.empty()) {
        return missing;
      }
    }
  }
  for (const plan::Field& argument : step.arguments) {
    std::string handle = FindMissingHandle(plan, argument.value);
    if (!handle.empty()) {
      return handle;
    }
  }
  return "";
}

}  // namespace

bool HasNative(std::string_view native) {
  plan::Step step;
  step.native = native;
  return steps::FindStep(step) != nullptr || steps::HasHandle(native) || facts::HasFact(native) ||
         locks::HasLock(native) || gates::HasSignal(native) || gates::HasHandle(native) ||
         HasChannel(native);
}

std::vector<MissingCode> FindMissingCode(const plan::Plan& plan) {
  std::vector<MissingCode> missing;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    std::string native = FindMissing(plan, plan.steps[i]);
    if (!native.empty()) {
      missing.push_back({plan::StepId(i), std::move(native)});
    }
  }
  return missing;
}

std::vector<std::string> DescribeMissingCode(const plan::Plan& plan) {
  std::vector<std::string> texts;
  for (const MissingCode& missing : FindMissingCode(plan)) {
    const plan::Step& step = plan.step(missing.step_id);
    texts.push_back(fmt::format("`{}`: this program has no code for `{}` ({})", step.path,
                                missing.native, step.title));
  }
  for (const std::vector<plan::Condition>* conditions : plan::AllUpWhen(plan)) {
    std::string native = FindMissingSignal(plan, *conditions);
    if (!native.empty()) {
      texts.push_back(
          fmt::format("`downtime … up when`: this program has no code for `{}`", native));
    }
  }
  for (const plan::Announcement& announcement : plan.announcements) {
    std::string native = FindMissingHandle(plan, announcement.channel);
    if (!native.empty()) {
      texts.push_back(fmt::format("announcements to `{}`: this program has no code for `{}`",
                                  announcement.to, native));
    }
  }
  return texts;
}

}  // namespace upgraph::executor
