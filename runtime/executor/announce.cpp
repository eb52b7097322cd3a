#include "runtime/executor/announce.h"

#include <fmt/format.h>

#include "runtime/executor/watch_work.h"

namespace upgraph::executor {
namespace {

constexpr uint64_t kChannelBytesMax = 16 << 20;

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

// What stands in the text for the run: ${from}, ${to}, ${product}, ${ticket}, ${run}.
std::string FillText(std::string text, const LoadedRun& run) {
  const std::pair<const char*, const std::string&> names[] = {
      {"${from}", run.contents.info.from},
      {"${to}", run.contents.info.to},
      {"${product}", run.contents.info.product},
      {"${ticket}", run.plan.upgrade.ticket},
      {"${run}", run.run_id}};
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
  auto content = env.files.Read(path, kChannelBytesMax);
  if (!content.ok() && content.error().kind == ErrorKind::kNotFound) {
    return std::string();
  }
  return content;
}

Status TellFile(env::Env& env, const plan::Value& channel, const std::string& mark,
                const std::string& text) {
  const plan::Value* path = plan::FindField(channel.fields, "path");
  if (path == nullptr) {
    return Error{ErrorKind::kInvalid, "`channels.file` lacks its argument `path`"};
  }
  UPGRAPH_ASSIGN(std::string content, ReadIfThere(env, path->text));
  if (content.find(mark) != std::string::npos) {
    return OkStatus();  // told by a runner that died before it wrote that down
  }
  const bool is_new = content.empty();
  UPGRAPH_TRY(env.files.Append(path->text, mark + "\n" + text + "\n"));
  if (is_new) {
    UPGRAPH_TRY(env.files.SetMode(path->text, 0644));  // others are to read it
  }
  return env.files.SyncFile(path->text);
}

Status Tell(env::Env& env, const LoadedRun& run, const plan::Announcement& announcement,
            const std::string& mark) {
  UPGRAPH_ASSIGN(std::string text, run.package.payload->Read(announcement.text));
  if (announcement.channel.text != "channels.file") {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("this program has no channel `{}`", announcement.channel.text)};
  }
  return TellFile(env, announcement.channel, mark, FillText(std::move(text), run));
}

std::string ToldPath(const std::string& run_id) { return RunFolder(run_id) + "/announced"; }

// By which a reader, and the run itself, sees what was told already.
std::string MarkOf(const std::string& run_id, const plan::Announcement& announcement) {
  return fmt::format("<!-- upgraph {} {} {} -->", run_id, announcement.to,
                     plan::AnnouncedEventName(announcement.event));
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
                     told.ok() && told->find(MarkOf(run_id, announcement)) != std::string::npos});
  }
  return views;
}

bool HasChannel(std::string_view native) { return native == "channels.file"; }

std::vector<std::string> SendAnnouncements(env::Env& env, const LoadedRun& run,
                                           const history::RunHistory& history) {
  const std::string told_path = ToldPath(run.run_id);
  auto told = ReadIfThere(env, told_path);
  std::vector<std::string> failures;
  for (const plan::Announcement& announcement : run.plan.announcements) {
    const std::string mark = MarkOf(run.run_id, announcement);
    if (!HasHappened(announcement.event, run.plan, history) ||
        (told.ok() && told->find(mark) != std::string::npos)) {
      continue;
    }
    Status status = Tell(env, run, announcement, mark);
    if (status.ok()) {
      status = env.files.Append(told_path, mark + "\n");
    }
    if (!status.ok()) {
      failures.push_back(fmt::format("`{}` was not told of `{}`: {}", announcement.to,
                                     plan::AnnouncedEventName(announcement.event),
                                     status.error().message));
    }
  }
  return failures;
}

}  // namespace upgraph::executor
