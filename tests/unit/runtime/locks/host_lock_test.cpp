#include "runtime/locks/host_lock.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

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

// A runner that was killed, and the child of a step that it left behind.
pid_t LeaveChild(Host* host) {
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  pid_t runner = fork();
  if (runner == 0) {
    auto lock = HostLock::Take(host->env(), kState);
    pid_t child = fork();
    if (child == 0) {
      fcntl((*lock)->work_descriptor(), F_SETFD, 0);
      close(1);
      close(2);
      setsid();
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
  // Until it is another program the child has all that the runner had open.
  close(pipe_ends[1]);
  char ignored = 0;
  CHECK(read(pipe_ends[0], &ignored, 1) == 0);
  close(pipe_ends[0]);
  return child;
}

TEST_CASE("a child that outlives its runner is ended before the next one works") {
  Host host;
  const pid_t child = LeaveChild(&host);
  CHECK(kill(child, 0) == 0);
  auto lock = HostLock::Take(host.env(), kState);
  REQUIRE(lock.ok());
  CHECK((*lock)->epoch() == 2);
}

// Whoever reaps orphans may not have done so yet.
bool IsDead(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(status, text);
  return text.empty() || text.find(") Z ") != std::string::npos;
}

// What is done to the lock file, on the real path of it.
struct Tampering {
  const char* name;
  void (*act)(const std::string& path);
};

const Tampering kTamperings[] = {
    {"removed", [](const std::string& path) { REQUIRE(unlink(path.c_str()) == 0); }},
    {"replaced",
     [](const std::string& path) {
       std::ofstream(path + ".other") << "";
       REQUIRE(rename((path + ".other").c_str(), path.c_str()) == 0);
     }},
    {"without a right to open it",
     [](const std::string& path) { REQUIRE(chmod(path.c_str(), 0) == 0); }},
    {"mounted over",
     [](const std::string& path) {
       std::ofstream(path + ".other") << "";
       REQUIRE(mount((path + ".other").c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0);
     }},
};

// Needs the right to mount, as root has it; nobody else sees the mount.
void WithTampering(const Tampering& tampering, Host* host, void (*test)(Host*)) {
  CAPTURE(std::string(tampering.name));
  REQUIRE(unshare(CLONE_NEWNS) == 0);
  REQUIRE(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  const std::string path = *host->files().RealPath(std::string(kState) + "/lock");
  tampering.act(path);
  test(host);
  umount2(path.c_str(), MNT_DETACH);
}

TEST_CASE("whatever becomes of the lock file, a live runner stays the only one") {
  for (const Tampering& tampering : kTamperings) {
    Host host;
    auto first = HostLock::Take(host.env(), kState);
    REQUIRE(first.ok());
    WithTampering(tampering, &host, [](Host* tampered) {
      for (int i = 0; i < 2; ++i) {  // the second finds what the first has made
        CHECK(*IsRunnerAlive(tampered->env(), kState));
        auto second = HostLock::Take(tampered->env(), kState);
        REQUIRE_FALSE(second.ok());
        CHECK(second.error().kind == ErrorKind::kBusy);
      }
      CHECK(tampered->Read("/state/epoch") == "1\n");
    });
    *first = nullptr;
    CHECK_FALSE(*IsRunnerAlive(host.env(), kState));
    auto next = HostLock::Take(host.env(), kState);
    REQUIRE(next.ok());
    CHECK((*next)->epoch() == 2);
  }
}

TEST_CASE("a child of a dead runner is ended although its lock file is gone") {
  for (const Tampering& tampering : {kTamperings[0], kTamperings[1], kTamperings[2]}) {
    for (bool somebody_asked : {false, true}) {
      Host host;
      auto before = HostLock::Take(host.env(), kState);
      REQUIRE(before.ok());
      *before = nullptr;
      const pid_t child = LeaveChild(&host);
      WithTampering(tampering, &host, [](Host*) {});
      if (somebody_asked) {
        CHECK_FALSE(*IsRunnerAlive(host.env(), kState));
      }
      CHECK(kill(child, 0) == 0);
      auto lock = HostLock::Take(host.env(), kState);
      REQUIRE(lock.ok());
      CHECK((*lock)->epoch() == 3);
      CHECK(IsDead(child));
    }
  }
}

TEST_CASE("who only asks for the lock is not taken for a leftover") {
  Host host;
  const pid_t child = LeaveChild(&host);
  // Has the lock file open, as one that waits for it.
  const std::string path = *host.files().RealPath(std::string(kState) + "/lock");
  const pid_t other = fork();
  if (other == 0) {
    const int descriptor = open(path.c_str(), O_RDWR);
    (void)descriptor;
    for (;;) {
      pause();
    }
  }
  auto lock = HostLock::Take(host.env(), kState);
  CHECK(lock.ok());
  CHECK(IsDead(child));
  CHECK(waitpid(other, nullptr, WNOHANG) == 0);
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
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
