#include "cli/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>

#include "cli/line_reader.h"
#include "cli/run_folder.h"
#include "cli/signals.h"
#include "runtime/env/clock.h"

namespace upgraph::cli {
namespace {

constexpr int kPollMs = 40;
constexpr int64_t kRedrawMs = 200;
// A service that has said nothing for so long has not started.
constexpr int64_t kFirstWordMsMax = 30'000;
constexpr size_t kLogTailBytes = 4096;

enum class Leave { kNo, kFinal, kDetached, kDied };

class Watcher {
 public:
  Watcher(WatchTarget target, Console& console, SignalQueue& signals)
      : target_(std::move(target)),
        console_(console),
        signals_(signals),
        reader_(target_.runner.channel_fd),
        view_(console.use_color(), console.can_redraw()),
        begin_boot_ms_(env::SystemClock().BootMs()) {}

  ~Watcher() {
    if (target_.runner.log_fd >= 0) {
      close(target_.runner.log_fd);
    }
  }

  int Run() {
    Leave leave = Leave::kNo;
    while (leave == Leave::kNo) {
      leave = Step();
    }
    switch (leave) {
      case Leave::kFinal:
        return ShowFinal();
      case Leave::kDetached:
        return ShowDetached();
      case Leave::kDied:
        return ShowDied();
      case Leave::kNo:
        break;
    }
    UPGRAPH_UNREACHABLE("left without a reason");
  }

 private:
  Leave Step() {
    // Asked before reading: what a runner wrote before it died is still read.
    const bool is_dead = IsRunnerDead();
    const bool has_read = ReadEvents();
    if (!is_asking_) {
      ShowEvents();
    }
    if (final_.has_value()) {
      return Leave::kFinal;
    }
    if (console_.is_closed() || (target_.is_detached && has_moved_)) {
      return Leave::kDetached;
    }
    if (is_dead && !has_read) {
      return Leave::kDied;
    }
    if (const Leave leave = HandleSignals(); leave != Leave::kNo) {
      return leave;
    }
    if (!has_read) {
      Redraw();
      return Wait();
    }
    return Leave::kNo;
  }

  bool ReadEvents() {
    bool has_read = false;
    std::string line;
    while (reader_.Next(&line)) {
      has_read = true;
      std::optional<Event> event = ParseEvent(line);
      if (!event.has_value()) {
        continue;
      }
      if (const auto* started = std::get_if<RunnerStarted>(&*event)) {
        runner_ = *started;
      } else if (const auto* moved = std::get_if<MovedToFile>(&*event)) {
        Move(*moved);
      } else if (auto* progress = std::get_if<executor::Progress>(&*event)) {
        run_id_ = progress->run_id.empty() ? run_id_ : progress->run_id;
        // From a file that was there before: the run is open, there is nothing to wait for.
        has_moved_ = has_moved_ || !progress->run_id.empty();
        waiting_.push_back(std::move(*progress));
      } else if (auto* final = std::get_if<Final>(&*event)) {
        final_ = std::move(final->outcome);
        return true;
      }
    }
    return has_read;
  }

  void Move(const MovedToFile& moved) {
    const int fd = open(moved.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
      return;
    }
    lseek(fd, moved.offset, SEEK_SET);
    reader_.Reopen(fd);
    run_id_ = moved.run_id;
    log_path_ = moved.log_path;
    has_moved_ = true;
  }

  bool IsRunnerDead() {
    if (target_.runner.child_pid > 0) {
      int status = 0;
      const pid_t pid = waitpid(target_.runner.child_pid, &status, WNOHANG);
      if (pid == target_.runner.child_pid || (pid < 0 && errno == ECHILD)) {
        target_.runner.child_pid = -1;
      }
    }
    if (target_.runner.child_pid != 0) {
      return target_.runner.child_pid < 0;
    }
    if (runner_.has_value()) {
      return !IsAlive(*runner_);
    }
    return env::SystemClock().BootMs() - begin_boot_ms_ > kFirstWordMsMax;
  }

  void ShowEvents() {
    for (; !waiting_.empty(); waiting_.pop_front()) {
      if (console_.is_json()) {
        console_.Out(EventLine(waiting_.front()));
      } else {
        console_.Out(view_.Add(waiting_.front(), console_.width()));
      }
    }
  }

  void Redraw() {
    const int64_t now = env::SystemClock().WallMs();
    if (!is_asking_ && console_.can_redraw() && now - drawn_wall_ms_ >= kRedrawMs) {
      drawn_wall_ms_ = now;
      console_.Out(view_.Tick(now, console_.width()));
    }
  }

  Leave HandleSignals() {
    while (const int signal = signals_.Take()) {
      if (signal == SIGPIPE) {
        continue;  // the write that met it has noticed
      }
      if (signal != SIGINT || is_asking_ || !console_.can_ask()) {
        if (is_asking_) {
          console_.Err("\n");
        }
        return Leave::kDetached;
      }
      console_.Out(view_.Clear());
      console_.Err(
          "\nthe run does not need this terminal: (d)etach, (t)urn back, or (g)o on "
          "watching? ");
      is_asking_ = true;
    }
    return Leave::kNo;
  }

  Leave Wait() {
    pollfd waits[] = {{signals_.fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    poll(waits, is_asking_ ? 2 : 1, kPollMs);
    if (is_asking_ && waits[1].revents != 0) {
      return HandleAnswer();
    }
    return Leave::kNo;
  }

  Leave HandleAnswer() {
    char text[256];
    const ssize_t size = read(STDIN_FILENO, text, sizeof(text));
    const char answer = size > 0 ? text[0] : 'd';
    switch (answer) {
      case 't':
      case 'T':
        is_asking_ = false;
        TurnBack();
        return Leave::kNo;
      case 'g':
      case 'G':
        is_asking_ = false;
        return Leave::kNo;
      case 'd':
      case 'D':
        return Leave::kDetached;
      default:
        console_.Err("d, t or g? ");
        return Leave::kNo;
    }
  }

  void TurnBack() {
    if (runner_.has_value() && IsAlive(*runner_) &&
        kill(static_cast<pid_t>(runner_->pid), SIGTERM) == 0) {
      console_.Err("asked to turn back\n");
    } else {
      console_.Err("the runner cannot be reached\n");
    }
  }

  std::string Follow() const {
    return target_.root == "/" ? "upgraph status --follow"
                               : fmt::format("upgraph status --follow --root {}", target_.root);
  }

  int ShowFinal() {
    ShowOutcome(*final_, target_.command, view_, console_);
    return static_cast<int>(final_->exit_code);
  }

  int Leaving(executor::ExitCode code, const std::string& reason) {
    const Ending ending{code, reason, true, run_id_};
    if (console_.is_json()) {
      Json json = Json::object();
      json["event"] = "left";
      json.update(EndingJson(CommandName(target_.command), ending));
      console_.Out(CompactJson(json) + "\n");
    } else {
      console_.Out(view_.Clear());
      console_.Err(reason + "\n");
    }
    return static_cast<int>(code);
  }

  int ShowDetached() {
    ShowEvents();
    const std::string run = run_id_.empty() ? "the run" : "run " + run_id_;
    return Leaving(
        target_.is_detached ? executor::ExitCode::kDone : executor::ExitCode::kInterrupted,
        fmt::format("{} goes on without us; `{}` watches it", run, Follow()));
  }

  int ShowDied() {
    ShowEvents();
    std::string reason =
        run_id_.empty()
            ? std::string("the runner died before a run was open; nothing of the upgrade was begun")
            : fmt::format(
                  "the runner of run {} died; `upgraph resume` goes on, `upgraph rollback` "
                  "turns it back",
                  run_id_);
    if (!target_.runner.unit.empty()) {
      reason += fmt::format("; `journalctl -u {}` may say why", target_.runner.unit);
    }
    if (const std::string log = LogTail(); !log.empty()) {
      console_.Err(log);
    }
    return Leaving(executor::ExitCode::kInterrupted, reason);
  }

  // The end of what the runner said in plain text, if it said anything.
  std::string LogTail() const {
    int fd = target_.runner.log_fd;
    if (!log_path_.empty()) {
      fd = open(log_path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
    if (fd < 0) {
      return "";
    }
    std::string text(kLogTailBytes, '\0');
    const off_t size = lseek(fd, 0, SEEK_END);
    const off_t at = std::max<off_t>(0, size - static_cast<off_t>(kLogTailBytes));
    const ssize_t got = pread(fd, text.data(), text.size(), at);
    if (fd != target_.runner.log_fd) {
      close(fd);
    }
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
  }

  WatchTarget target_;
  Console& console_;
  SignalQueue& signals_;
  LineReader reader_;
  ProgressView view_;
  const int64_t begin_boot_ms_;
  int64_t drawn_wall_ms_ = 0;
  std::optional<RunnerStarted> runner_;
  std::optional<executor::Outcome> final_;
  std::deque<executor::Progress> waiting_;
  std::string run_id_;
  std::string log_path_;
  bool has_moved_ = false;
  bool is_asking_ = false;
};

// The progress file of a run, and where the lines of its last runner begin.
struct LastRunner {
  int fd = -1;  // owned
  int64_t offset = 0;
  std::optional<RunnerStarted> started;
};

Result<LastRunner> FindLastRunner(const std::string& root, const std::string& run_id) {
  UPGRAPH_ASSIGN(const std::string folder, RunFolder(root, run_id));
  const std::string path = folder + "/" + kProgressFile;
  LastRunner last;
  last.fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (last.fd < 0) {
    return SystemError(errno, path);
  }
  LineReader reader(fcntl(last.fd, F_DUPFD_CLOEXEC, 3));
  std::string line;
  int64_t offset = 0;
  while (reader.Next(&line)) {
    const std::optional<Event> event = ParseEvent(line);
    if (event.has_value() && std::holds_alternative<RunnerStarted>(*event)) {
      last.offset = offset;
      last.started = std::get<RunnerStarted>(*event);
    }
    offset += static_cast<int64_t>(line.size()) + 1;
  }
  return last;
}

}  // namespace

void ShowOutcome(const executor::Outcome& outcome, CommandKind command, ProgressView& view,
                 Console& console) {
  if (console.is_json()) {
    Json json = Json::object();
    json["event"] = "final";
    json["command"] = CommandName(command);
    json.update(OutcomeJson(outcome));
    console.Out(CompactJson(json) + "\n");
    return;
  }
  console.Out(view.Clear());
  const std::string text = view.Finish(outcome);
  // A refusal is an error of the call; everything else is the result of a run.
  if (outcome.exit_code == executor::ExitCode::kRefused ||
      outcome.exit_code == executor::ExitCode::kDamaged) {
    console.Err(text);
  } else {
    console.Out(text);
  }
}

int WatchRun(WatchTarget target, Console& console, SignalQueue& signals) {
  return Watcher(std::move(target), console, signals).Run();
}

std::optional<RunnerStarted> FindRunner(const std::string& root, const std::string& run_id) {
  Result<LastRunner> last = FindLastRunner(root, run_id);
  if (!last.ok()) {
    return std::nullopt;
  }
  close(last->fd);
  return last->started.has_value() && IsAlive(*last->started) ? last->started : std::nullopt;
}

Result<StartedRunner> AttachToRun(const std::string& root, const std::string& run_id) {
  UPGRAPH_ASSIGN(const LastRunner last, FindLastRunner(root, run_id));
  lseek(last.fd, last.offset, SEEK_SET);
  StartedRunner runner;
  runner.channel_fd = last.fd;
  return runner;
}

}  // namespace upgraph::cli
