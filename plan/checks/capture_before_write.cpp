#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "llvm/ADT/CachedHashString.h"
#include "llvm/ADT/DenseMap.h"

#include "plan/arms.h"
#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kCaptureBeforeWriteExplanation;
const char* const kCaptureBeforeWriteExplanation =
    R"(What a way back reads was kept before the change.

The library's steps capture what they write, durably, before they write it. A command captures
nothing; where its `undo` reads a copy, a step before it must have made the copy. One that is made
later holds the new state, and is gone when the command goes back: the way back is the mirror of the
way there, and the later step is undone first.

Bad:
    switch {
      rewrite("/etc/dten/routes", saved: "/var/lib/dten/routes.old")    // undo reads `saved`
      copy("/etc/dten/routes", to: "/var/lib/dten/routes.old")
    }

Good:
    switch {
      copy("/etc/dten/routes", to: "/var/lib/dten/routes.old")
      rewrite("/etc/dten/routes", saved: "/var/lib/dten/routes.old")
    }
)";

namespace {

// The first step that writes each file, by its path.
class FirstWriters {
 public:
  explicit FirstWriters(const Plan& plan) {
    first_.reserve(plan.resources.size());
    for (uint32_t i = 0; i < plan.steps.size(); ++i) {
      for (const Effect& effect : plan.steps[i].effects) {
        const Resource& resource = plan.resource(effect.resource_id);
        if (effect.kind == EffectKind::kWrites && resource.kind == "file" &&
            resource.arguments.size() == 1) {
          first_.try_emplace(llvm::CachedHashStringRef(resource.arguments[0]), StepId(i));
        }
      }
    }
  }

  // Of the path or of a folder that covers it; none when no step writes it.
  StepId Find(std::string_view path) const {
    StepId first;
    while (path.size() > 1) {
      const auto found = first_.find(llvm::CachedHashStringRef(path));
      if (found != first_.end() && (!first.has_value() || found->second < first)) {
        first = found->second;
      }
      path = path.substr(0, path.rfind('/'));
    }
    return first;
  }

 private:
  llvm::DenseMap<llvm::CachedHashStringRef, StepId> first_;  // points into the plan
};

// Commands start in the host's root, so that "./etc/x" is /etc/x. Empty: the word is no path.
std::string_view PathOf(const Value& word) {
  std::string_view text = word.text;
  text.remove_prefix(text.starts_with("./") ? 1 : 0);
  const bool is_path = text.starts_with('/') && text.size() > 1 && !text.ends_with('/');
  return is_path ? text : std::string_view();
}

}  // namespace

void RunCaptureBeforeWrite(const Plan& plan, std::vector<Finding>* findings) {
  const auto has_undo = [](const Step& step) { return !step.undo_command.empty(); };
  const uint32_t end = WayBackEnd(plan);
  if (std::none_of(plan.steps.begin(), plan.steps.begin() + end, has_undo)) {
    return;
  }
  const FirstWriters writers(plan);
  for (uint32_t i = 0; i < end; ++i) {
    const Step& step = plan.steps[i];
    for (const Value& word : step.undo_command) {
      const std::string_view path = PathOf(word);
      const StepId writer = path.empty() ? StepId() : writers.Find(path);
      if (!writer.has_value() || writer.index() <= i || writer.index() >= end ||
          Exclude(plan, step.arm_id, plan.step(writer).arm_id)) {
        continue;
      }
      findings->push_back(
          {"capture-before-write", FindingSeverity::kWarning,
           fmt::format("`undo` of `{}` is given `{}`, which is written only after it; on the way "
                       "back that is undone first",
                       step.name, path),
           step.position, fmt::format("`{}` writes it here", plan.step(writer).name),
           plan.step(writer).position,
           "move the step that writes it before the one that needs it to go back"});
    }
  }
}

}  // namespace upgraph::plan
