#include "cli/system_log.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace upgraph {
namespace {

using executor::Progress;
using executor::ProgressKind;

// What listens where a system's log would.
class Listener {
 public:
  Listener() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path().size() < sizeof(address.sun_path));
    std::memcpy(address.sun_path, path().data(), path().size());
    fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~Listener() { close(fd_); }
  std::string path() const { return (folder_.path() / "log").string(); }
  // The next entry; empty: there is none.
  std::string Take() {
    char bytes[65536];
    const ssize_t got = recv(fd_, bytes, sizeof(bytes), 0);
    return got < 0 ? "" : std::string(bytes, static_cast<size_t>(got));
  }

 private:
  support::TemporaryFolder folder_;
  int fd_ = -1;
};

Progress About(ProgressKind kind, const std::string& text) {
  Progress progress;
  progress.kind = kind;
  progress.run_id = "R1";
  progress.text = text;
  return progress;
}

std::string Tag() { return "upgraph[" + std::to_string(getpid()) + "]: "; }

TEST_CASE("what happens to a run stands in the system's log, as loud as it is") {
  Listener listener;
  cli::SystemLog log(listener.path());
  log.Report(About(ProgressKind::kRunOpened, "v1.0.0 -> v2.0.0"));
  CHECK(listener.Take() == "<29>" + Tag() + "run R1 run-opened: v1.0.0 -> v2.0.0");
  log.Report(About(ProgressKind::kApplying, ""));
  CHECK(listener.Take().empty());
  Progress stuck = About(ProgressKind::kStuck, "no\nanswer");
  stuck.step_path = "switch/2";
  stuck.step_title = "files.remove(\"/a\")";
  log.Report(stuck);
  CHECK(listener.Take() ==
        "<27>" + Tag() + "run R1 stuck switch/2 files.remove(\"/a\"): no?answer");
  executor::Outcome outcome;
  outcome.run_id = "R1";
  outcome.exit_code = executor::ExitCode::kRolledBack;
  outcome.reason = "it failed";
  log.Finish(outcome);
  CHECK(listener.Take() == "<28>" + Tag() + "run R1 exit 3: it failed");
}

TEST_CASE("a log that nobody reads, or that is not there, holds nothing up") {
  Listener listener;
  cli::SystemLog log(listener.path());
  for (int i = 0; i < 1'000; ++i) {
    log.Report(About(ProgressKind::kCommitted, std::string(20'000, 'x')));
  }
  CHECK(listener.Take().size() == 8 << 10);
  cli::SystemLog nowhere(listener.path() + "-not-there");
  nowhere.Report(About(ProgressKind::kCommitted, ""));
  cli::SystemLog too_long(std::string(200, 'x'));
  too_long.Report(About(ProgressKind::kCommitted, ""));
}

}  // namespace
}  // namespace upgraph
