#include "runtime/executor/announce.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/executor/channels.h"
#include "runtime/executor/watch_work.h"

namespace upgraph::executor {
namespace {

constexpr uint64_t kToldBytesMax = 16 << 20;

bool HasHappened(plan::AnnouncedEvent event, const plan::Plan& plan,
                 const history::RunHistory& history) {
  switch (event) {
    case plan::AnnouncedEvent::kStarted:
      return true;  // a run that is there was opened
    case plan::AnnouncedEvent::kDone:
      return history.state() == history::RunState::kCommitted && !IsUnfinished(plan, history);
    case plan::AnnouncedEvent::kRolledBack:
      return history.state() == history::RunState::kRolledBack;
    case plan::AnnouncedEvent::kStuck:
      return history.state() == history::RunState::kIncomplete;
    case plan::AnnouncedEvent::kLate:
      return history.late_wall_ms() != 0;
    case plan::AnnouncedEvent::kInterrupted:
      return !history.interruptions().empty();
    case plan::AnnouncedEvent::kWatchBreached:
      for (uint32_t i = 0; i < plan.steps.size(); ++i) {
        if (plan.steps[i].kind == plan::StepKind::kWatch && IsBreached(history.steps()[i])) {
          return true;
        }
      }
      return false;
  }
  UPGRAPH_UNREACHABLE("announced event");
}

// When it did; the same however late it is asked.
int64_t TimeOf(plan::AnnouncedEvent event, const LoadedRun& run,
               const history::RunHistory& history) {
  switch (event) {
    case plan::AnnouncedEvent::kStarted:
      return run.contents.info.opened_wall_ms;
    case plan::AnnouncedEvent::kLate:
      return history.late_wall_ms();
    case plan::AnnouncedEvent::kDone:
      return history.committed_wall_ms();
    case plan::AnnouncedEvent::kRolledBack:
    case plan::AnnouncedEvent::kStuck:
    case plan::AnnouncedEvent::kWatchBreached:
    case plan::AnnouncedEvent::kInterrupted:  // each has its own
      break;
  }
  const bool is_watch = event == plan::AnnouncedEvent::kWatchBreached;
  int64_t wall_ms = run.contents.info.opened_wall_ms;
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i) {
    const history::StepHistory& step = history.steps()[i];
    if (!is_watch || (run.plan.steps[i].kind == plan::StepKind::kWatch && IsBreached(step))) {
      wall_ms = std::max(wall_ms, step.changed_wall_ms);
    }
  }
  return wall_ms;
}

// Why the run turned back, where that is what is told of.
std::string WhyOf(plan::AnnouncedEvent event, const history::RunHistory& history) {
  const bool is_back =
      event == plan::AnnouncedEvent::kRolledBack || event == plan::AnnouncedEvent::kStuck;
  return is_back ? history.cause() : "";
}

// Of an end: what the run's journal was when it was told, for who keeps it to compare.
std::string HeadOf(plan::AnnouncedEvent event, const Standing& standing) {
  const bool is_end = event == plan::AnnouncedEvent::kDone ||
                      event == plan::AnnouncedEvent::kRolledBack ||
                      event == plan::AnnouncedEvent::kStuck;
  return is_end ? standing.journal_head.Hex() : "";
}

// What stands in the text for the run: ${from}, ${to}, ${product}, ${ticket}, ${run}; for what
// happened: ${event}, ${why} it turned back or where it was interrupted, and of an end ${head}, the
// journal's.
std::string FillText(std::string text, const ChannelMessage& message, const std::string& why) {
  const std::pair<const char*, const std::string&> names[] = {
      {"${from}", message.from},         {"${to}", message.to},
      {"${product}", message.product},   {"${ticket}", message.ticket},
      {"${run}", message.run_id},        {"${event}", message.event},
      {"${head}", message.journal_head}, {"${why}", why}};
  for (const auto& [name, value] : names) {
    for (size_t at = text.find(name); at != std::string::npos;
         at = text.find(name, at + value.size())) {
      text.replace(at, std::string(name).size(), value);
    }
  }
  return text;
}

// Empty when the file is not there.
Result<std::string> ReadIfThere(env::Env& env, const std::string& path) {
  auto content = env.files.Read(path, kToldBytesMax);
  if (!content.ok() && content.error().kind == ErrorKind::kNotFound) {
    return std::string();
  }
  return content;
}

std::string ToldPath(const std::string& run_id) { return RunFolder(run_id) + "/announced"; }

// "done"; of what may happen more than once "interrupted.2".
std::string CaseOf(const plan::Announcement& announcement, size_t number) {
  const char* name = plan::AnnouncedEventName(announcement.event);
  return number == 0 ? name : fmt::format("{}.{}", name, number);
}

// By which a reader, and the run itself, sees what was told already.
std::string MarkOf(const std::string& run_id, const plan::Announcement& announcement,
                   size_t number) {
  return fmt::format("<!-- upgraph {} {} {} -->", run_id, announcement.to,
                     CaseOf(announcement, number));
}

// Whether all that has happened of it was told.
bool WasTold(const std::string& told, const std::string& run_id,
             const plan::Announcement& announcement, const history::RunHistory& history) {
  const bool is_interrupted = announcement.event == plan::AnnouncedEvent::kInterrupted;
  const size_t last = is_interrupted ? history.interruptions().size() : 0;
  for (size_t number = is_interrupted ? 1 : 0; number <= last; ++number) {
    if (told.find(MarkOf(run_id, announcement, number)) == std::string::npos) {
      return false;
    }
  }
  return !is_interrupted || last > 0;
}

}  // namespace

std::vector<AnnouncementView> AnnouncementsOf(env::Env& env, const std::string& run_id,
                                              const plan::Plan& plan,
                                              const history::RunHistory& history) {
  const auto told = ReadIfThere(env, ToldPath(run_id));
  std::vector<AnnouncementView> views;
  for (const plan::Announcement& announcement : plan.announcements) {
    views.push_back({announcement.to, plan::AnnouncedEventName(announcement.event),
                     HasHappened(announcement.event, plan, history),
                     told.ok() && WasTold(*told, run_id, announcement, history)});
  }
  return views;
}

std::vector<Courier::Due> Courier::FindDue(const Standing& standing) const {
  const history::RunHistory& history = standing.history;
  std::vector<Due> due;
  for (const plan::Announcement& announcement : run_.plan.announcements) {
    if (announcement.event == plan::AnnouncedEvent::kInterrupted) {
      size_t number = 0;
      for (const history::Interruption& one : history.interruptions()) {
        due.push_back({&announcement, ++number, one.wall_ms, one.where, ""});
      }
    } else if (HasHappened(announcement.event, run_.plan, history)) {
      due.push_back({&announcement, 0, TimeOf(announcement.event, run_, history),
                     WhyOf(announcement.event, history), HeadOf(announcement.event, standing)});
    }
  }
  return due;
}

Status Courier::TellOne(const Due& due, const std::string& mark) {
  const plan::Announcement& announcement = *due.announcement;
  const journal::RunInfo& info = run_.contents.info;
  ChannelMessage message;
  message.event = plan::AnnouncedEventName(announcement.event);
  message.key =
      fmt::format("{}.{}.{}", run_.run_id, announcement.to, CaseOf(announcement, due.number));
  message.mark = mark;
  message.product = info.product;
  message.from = info.from;
  message.to = info.to;
  message.ticket = run_.plan.upgrade.ticket;
  message.run_id = run_.run_id;
  message.wall_ms = due.wall_ms;
  message.journal_head = due.journal_head;
  UPGRAPH_ASSIGN(std::string text, run_.package.payload->Read(announcement.text));
  message.text = FillText(std::move(text), message, due.why);
  return TellChannel(env_, announcement.channel, message, cancel_);
}

std::vector<std::string> Courier::TellAll(const std::vector<Due>& due) {
  const std::string told_path = ToldPath(run_.run_id);
  const auto told = ReadIfThere(env_, told_path);
  const int64_t end_boot_ms = env_.clock.BootMs() + kTellAllMsMax;
  std::vector<std::string> failures;
  for (const Due& one : due) {
    const plan::Announcement& announcement = *one.announcement;
    const std::string mark = MarkOf(run_.run_id, announcement, one.number);
    if (told.ok() && told->find(mark) != std::string::npos) {
      continue;
    }
    Status status = OkStatus();
    if (IsSlowChannel(announcement.channel) &&
        (cancel_.load() || env_.clock.BootMs() >= end_boot_ms)) {
      status = Error{ErrorKind::kTimeout, "there was no time left for it"};
    } else {
      status = TellOne(one, mark);
    }
    if (status.ok()) {
      status = env_.files.Append(told_path, mark + "\n");
    }
    if (!status.ok()) {
      failures.push_back(fmt::format("`{}` was not told of `{}`: {}", announcement.to,
                                     plan::AnnouncedEventName(announcement.event),
                                     status.error().message));
    }
  }
  return failures;
}

void Courier::Work(std::vector<Due> due) {
  while (!due.empty()) {
    (void)TellAll(due);
    const std::lock_guard<std::mutex> lock(mutex_);
    due = std::exchange(next_, {});
    is_busy_ = !due.empty();
  }
}

void Courier::Tell(const Standing& standing) {
  std::vector<Due> slow;
  std::vector<Due> fast;
  for (Due& due : FindDue(standing)) {
    (IsSlowChannel(due.announcement->channel) ? slow : fast).push_back(std::move(due));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!is_busy_ && thread_.joinable()) {
    thread_.join();  // it is done but for its return
  }
  // The thread adds to the same list of what was told; each of both by single writes.
  (void)TellAll(fast);
  if (is_busy_) {
    next_ = std::move(slow);
  } else if (!slow.empty()) {
    is_busy_ = true;
    thread_ = std::thread([this, due = std::move(slow)]() mutable { Work(std::move(due)); });
  }
}

std::vector<std::string> Courier::Finish(const Standing& standing, bool is_hasty) {
  cancel_.store(is_hasty);
  if (thread_.joinable()) {
    thread_.join();
  }
  return TellAll(FindDue(standing));
}

Courier::~Courier() {
  cancel_.store(true);
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::vector<std::string> SendAnnouncements(env::Env& env, const LoadedRun& run) {
  Courier courier(env, run);
  return courier.TellAll(courier.FindDue({run.contents.history, run.contents.last_hash}));
}

}  // namespace upgraph::executor
