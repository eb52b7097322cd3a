#include "cli/event_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/run_folder.h"
#include "runtime/env/clock.h"

namespace upgraph::cli {
namespace {

void WriteSome(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return;
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
}

int OpenForAppend(const std::string& path) {
  return open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
}

// A runner that died may have left half a line.
void EndHalfLine(int fd) {
  const off_t size = lseek(fd, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n') {
    WriteSome(fd, "\n");
  }
}

// What the log holds so far goes to the run's own, which then takes the rest.
void MoveLog(int from_fd, const std::string& path) {
  const int fd = OpenForAppend(path);
  if (fd < 0) {
    return;
  }
  char bytes[4096];
  for (off_t at = 0;;) {
    const ssize_t got = pread(from_fd, bytes, sizeof(bytes), at);
    if (got <= 0) {
      break;
    }
    WriteSome(fd, {bytes, static_cast<size_t>(got)});
    at += got;
  }
  dup2(fd, STDOUT_FILENO);
  dup2(fd, STDERR_FILENO);
  close(fd);
}

// Field 22 of /proc/PID/stat; the name in field 2 may hold blanks and brackets. 0: no such process.
int64_t StartTicks(int64_t pid) {
  const std::string path = fmt::format("/proc/{}/stat", pid);
  FILE* file = fopen(path.c_str(), "re");
  if (file == nullptr) {
    return 0;
  }
  char text[1024];
  const size_t size = fread(text, 1, sizeof(text) - 1, file);
  fclose(file);
  const std::string_view stat(text, size);
  size_t at = stat.rfind(')');
  // After the name: state is field 3. A zombie is dead.
  if (at == std::string_view::npos || at + 2 >= stat.size() || stat[at + 2] == 'Z') {
    return 0;
  }
  for (int field = 2; field < 22 && at != std::string_view::npos; ++field) {
    at = stat.find(' ', at + 1);
  }
  return at == std::string_view::npos ? 0 : strtoll(text + at, nullptr, 10);
}

}  // namespace

RunnerStarted ThisRunner() {
  env::Clock& clock = env::SystemClock();
  return {getpid(), StartTicks(getpid()), clock.BootId(), clock.WallMs()};
}

bool IsAlive(const RunnerStarted& runner) {
  const int64_t ticks = StartTicks(runner.pid);
  return ticks != 0 && ticks == runner.start_ticks && env::SystemClock().BootId() == runner.boot_id;
}

EventWriter::EventWriter(Options options) : options_(std::move(options)), started_(ThisRunner()) {
  if (options_.root == "/") {
    log_.emplace();
  }
  Write(started_);
}

EventWriter::~EventWriter() {
  for (const int fd : {options_.channel_fd, options_.log_fd, file_fd_}) {
    if (fd >= 0) {
      close(fd);
    }
  }
}

void EventWriter::Report(const executor::Progress& progress) {
  if (!has_moved_ && !progress.run_id.empty()) {
    MoveToFile(progress.run_id);
  }
  Write(progress);
  if (log_.has_value()) {
    log_->Report(progress);
  }
  if (options_.observer) {
    options_.observer(progress);
  }
}

void EventWriter::Finish(const executor::Outcome& outcome) {
  Write(Final{outcome});
  if (log_.has_value()) {
    log_->Finish(outcome);
  }
}

void EventWriter::MoveToFile(const std::string& run_id) {
  has_moved_ = true;
  const Result<std::string> folder = RunFolder(options_.root, run_id);
  if (!folder.ok()) {
    return;
  }
  const std::string path = *folder + "/" + kProgressFile;
  const int fd = OpenForAppend(path);
  if (fd < 0) {
    return;
  }
  EndHalfLine(fd);
  const MovedToFile moved{run_id, path, lseek(fd, 0, SEEK_END), *folder + "/" + kLogFile};
  if (options_.log_fd >= 0) {
    MoveLog(options_.log_fd, moved.log_path);
  }
  file_fd_ = fd;
  Write(started_);
  if (options_.channel_fd >= 0) {
    WriteSome(options_.channel_fd, EventLine(moved));
    close(options_.channel_fd);
    options_.channel_fd = -1;
  }
}

void EventWriter::Write(const Event& event) {
  const int fd = file_fd_ >= 0 ? file_fd_ : options_.channel_fd;
  if (fd >= 0) {
    WriteSome(fd, EventLine(event));
  }
}

}  // namespace upgraph::cli
