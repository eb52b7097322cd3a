#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kWatchActsExplanation;
const char* const kWatchActsExplanation = R"(What a watch finds has an answer.

A watch looks for days after the commit, when nobody looks any more. What it finds either changes
something, by the steps of its `else`, or is told to somebody, as `watch_breached`. It acts alone and may
be mistaken, so each step of an `else` can be undone, and an `else` that only looks is none.

Bad:
    watch 3d every 5m {
      http.number("http://127.0.0.1:8080/errors") <= 10
    } else {
      drop_old_tables(db)                       // reverses never
    }

Good:
    watch 3d every 5m {
      http.number("http://127.0.0.1:8080/errors") <= 10
    } else {
      flags.set("new-backoff", off)
    }
)";

void RunWatchActs(const Plan& plan, std::vector<Finding>* findings) {
  const bool is_told =
      std::any_of(plan.announcements.begin(), plan.announcements.end(),
                  [](const auto& item) { return item.event == AnnouncedEvent::kWatchBreached; });
  const auto add = [&](const std::string& message, const SourcePosition& position,
                       const std::string& hint) {
    findings->push_back({"watch-acts", FindingSeverity::kError, message, position, "", {}, hint});
  };
  std::map<StepId, bool> changes;  // by the watch: whether its `else`, if any, changes something
  for (const Step& step : plan.steps) {
    if (!step.watch_id.has_value() || step.kind == StepKind::kJoin) {
      continue;
    }
    changes[step.watch_id] |= step.undo != UndoClass::kObserves;
    if (step.undo == UndoClass::kNever) {
      add(fmt::format("`{}` cannot be undone ({}), and a watch acts alone", step.name,
                      step.undo_reason.str()),
          step.position, "let a person do it, or do what can be undone");
    }
  }
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& watch = plan.steps[i];
    if (watch.kind != StepKind::kWatch) {
      continue;
    }
    const auto answer = changes.find(StepId(i));
    if (answer != changes.end() && !answer->second) {
      add("the `else` of this watch changes nothing", watch.position,
          "do what makes it better, or take `else` out and announce `watch_breached`");
    } else if (answer == changes.end() && !is_told) {
      add("nobody hears of what this watch finds", watch.position,
          "say what to do in an `else`, or announce `watch_breached`");
    }
  }
}

}  // namespace upgraph::plan
