#include "runtime/locks/host_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/scratch_host.h"

namespace upgraph::locks {
namespace {

constexpr const char* kState = "/state";

// A host with a state folder.
struct Host : test::ScratchHost {
  Host() { REQUIRE(files().MakeDirectory(kState, 0700).ok()); }
};

TEST_CASE("one runner for each host, whoever asks") {
  Host host;
  CHECK_FALSE(*IsRunnerAlive(host.env(), kState));
  auto first = HostLock::Take(host.env(), kState);
  REQUIRE(first.ok());
  CHECK(*IsRunnerAlive(host.env(), kState));
  auto second = HostLock::Take(host.env(), kState);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().kind == ErrorKind::kBusy);
  *first = nullptr;
  CHECK_FALSE(*IsRunnerAlive(host.env(), kState));
  CHECK(HostLock::Take(host.env(), kState).ok());
}

TEST_CASE("the epoch grows with each runner and survives on disk") {
  Host host;
  uint64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    auto lock = HostLock::Take(host.env(), kState);
    REQUIRE(lock.ok());
    CHECK((*lock)->epoch() == last + 1);
    last = (*lock)->epoch();
  }
  CHECK(host.Read("/state/epoch") == "3\n");
}

TEST_CASE("an epoch that is no number is damage, and nothing is overwritten") {
  Host host;
  for (const char* text : {"", "x\n", "12", "1\n2\n", "99999999999999999999999\n"}) {
    host.Write("/state/epoch", text);
    auto lock = HostLock::Take(host.env(), kState);
    REQUIRE_FALSE(lock.ok());
    CHECK(lock.error().kind == ErrorKind::kDamaged);
    CHECK(host.Read("/state/epoch") == text);
  }
}

TEST_CASE("a child that outlives its runner is ended before the next one works") {
  Host host;
  // A runner that starts a child, as a step does, and is killed.
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  pid_t runner = fork();
  if (runner == 0) {
    auto lock = HostLock::Take(host.env(), kState);
    pid_t child = fork();
    if (child == 0) {
      fcntl((*lock)->work_descriptor(), F_SETFD, 0);
      close(1);
      close(2);
      execl("/bin/sleep", "sleep", "600", nullptr);
      _exit(127);
    }
    ssize_t ignored = write(pipe_ends[1], &child, sizeof child);
    (void)ignored;
    for (;;) {
      pause();
    }
  }
  pid_t child = 0;
  REQUIRE(read(pipe_ends[0], &child, sizeof child) == sizeof child);
  kill(runner, SIGKILL);
  waitpid(runner, nullptr, 0);
  CHECK(kill(child, 0) == 0);
  auto lock = HostLock::Take(host.env(), kState);
  REQUIRE(lock.ok());
  CHECK((*lock)->epoch() == 2);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST_CASE("a live runner's children are never touched") {
  Host host;
  auto lock = HostLock::Take(host.env(), kState);
  REQUIRE(lock.ok());
  pid_t child = fork();
  if (child == 0) {
    close(1);
    close(2);
    for (;;) {
      pause();
    }
  }
  CHECK_FALSE(HostLock::Take(host.env(), kState).ok());
  CHECK(waitpid(child, nullptr, WNOHANG) == 0);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace upgraph::locks
