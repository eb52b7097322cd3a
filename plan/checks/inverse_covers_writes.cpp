#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kInverseCoversWritesExplanation;
const char* const kInverseCoversWritesExplanation =
    R"(The way back of a command covers all that the command writes.

What a command does is opaque, but its words are not: when `do` is given a file that the step writes
and `undo` is not, the way back leaves that file as it is. It may be known to the undo script in some
other way; then `allow` says so. The library's steps capture what they write themselves.

Bad:
    writes file(routes), file(index)
    do     ["build", routes, index]
    undo   ["rm", "-f", routes]

Good:
    writes file(routes), file(index)
    do     ["build", routes, index]
    undo   ["rm", "-f", routes, index]
)";

namespace {

bool IsGiven(const std::vector<Value>& words, std::string_view text) {
  return std::any_of(words.begin(), words.end(),
                     [&](const Value& word) { return word.text.find(text) != std::string::npos; });
}

}  // namespace

void RunInverseCoversWrites(const Plan& plan, std::vector<Finding>* findings) {
  const uint32_t end = WayBackEnd(plan);
  for (uint32_t i = 0; i < end; ++i) {
    const Step& step = plan.steps[i];
    if (step.kind != StepKind::kCommand || step.undo_command.empty()) {
      continue;
    }
    for (const Effect& effect : step.effects) {
      const Resource& resource = plan.resource(effect.resource_id);
      if (effect.kind != EffectKind::kWrites || resource.is_unknown || resource.arguments.empty()) {
        continue;
      }
      const std::string& what = resource.arguments.back();
      if (what.empty() || !IsGiven(step.apply_command, what) || IsGiven(step.undo_command, what)) {
        continue;
      }
      findings->push_back(
          {"inverse-covers-writes",
           FindingSeverity::kWarning,
           fmt::format("`do` of `{}` is given `{}`, which it writes, and `undo` is not; the way "
                       "back must cover every write",
                       step.name, what),
           step.position,
           "",
           {},
           fmt::format("give it to `undo` as well, or leave it out of the `writes` of `{}`",
                       step.name)});
    }
  }
}

}  // namespace upgraph::plan
