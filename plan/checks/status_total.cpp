#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kStatusTotalExplanation;
const char* const kStatusTotalExplanation = R"(Whoever hears that it began hears how it ended.

A status page that says "maintenance is under way" says so for ever when nobody takes it back, and the
runs that end badly are those about which nobody has the time to write. So a channel that is told
`started` is told `done`, `rolled_back` and `stuck` as well, and `watch_breached` where there is a watch.

Bad:
    announce to status_page { started "payload/started.md" }

Good:
    announce to status_page {
      started     "payload/started.md"
      done        "payload/done.md"
      rolled_back "payload/rolled-back.md"
      stuck       "payload/stuck.md"
    }
)";

void RunStatusTotal(const Plan& plan, std::vector<Finding>* findings) {
  std::map<std::string, std::set<AnnouncedEvent>> told;
  for (const Announcement& announcement : plan.announcements) {
    told[announcement.to].insert(announcement.event);
  }
  const bool is_watched = std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return step.kind == StepKind::kWatch;
  });
  for (const Announcement& announcement : plan.announcements) {
    if (announcement.event != AnnouncedEvent::kStarted) {
      continue;
    }
    std::string missing;
    for (int event = 1; event < kAnnouncedEventCount; ++event) {
      if (static_cast<AnnouncedEvent>(event) == AnnouncedEvent::kLate ||
          static_cast<AnnouncedEvent>(event) == AnnouncedEvent::kInterrupted) {
        continue;  // how it ends is told all the same
      }
      // A run that nothing watches is not found wanting.
      if (static_cast<AnnouncedEvent>(event) == AnnouncedEvent::kWatchBreached && !is_watched) {
        continue;
      }
      if (told[announcement.to].count(static_cast<AnnouncedEvent>(event)) == 0) {
        missing += (missing.empty() ? "`" : ", `") +
                   std::string(AnnouncedEventName(static_cast<AnnouncedEvent>(event))) + "`";
      }
    }
    if (!missing.empty()) {
      findings->push_back({"status-total",
                           FindingSeverity::kError,
                           fmt::format("`{}` is told that it has started, and never of {}",
                                       announcement.to, missing),
                           announcement.position,
                           "",
                           {},
                           "say how it ended as well: " + missing});
    }
  }
}

}  // namespace upgraph::plan
