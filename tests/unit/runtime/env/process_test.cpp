// Commands: what they see, and that they end.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "runtime/env/env.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace upgraph::env {
namespace {

CommandResult Run(const std::string& script, int64_t timeout_ms = 10'000,
                  uint64_t output_bytes_max = 1 << 20) {
  Command command;
  command.arguments = {"sh", "-c", script};
  command.timeout_ms = timeout_ms;
  command.output_bytes_max = output_bytes_max;
  auto result = SystemProcesses().Run(command);
  REQUIRE(result.ok());
  return std::move(*result);
}

bool IsGone(const std::string& pid_text) {
  const pid_t pid = std::atoi(pid_text.c_str());
  REQUIRE(pid > 1);
  for (int i = 0; i < 200; ++i) {  // who adopted it must reap it first
    if (::kill(pid, 0) != 0) {
      return true;
    }
    SystemClock().SleepMs(10);
  }
  return false;
}

TEST_CASE("a command gets a clean environment, no input, and nothing else that was open") {
  ::setenv("SECRET_OF_THE_SHELL", "1", 1);
  int open_file = ::open("/dev/null", O_RDONLY);
  REQUIRE(open_file >= 0);
  ::fcntl(open_file, F_SETFD, FD_CLOEXEC);
  CHECK(Run("env | sort").output ==
        "HOME=/root\nLANG=C.UTF-8\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
        "/bin\nPWD=/\n");
  CHECK(Run("cat; pwd; umask").output == "/\n0077\n");
  CHECK(Run("ls /proc/self/fd | wc -l").output == "4\n");  // 0, 1, 2 and that of ls
  ::close(open_file);
}

TEST_CASE("a program is looked for in the fixed PATH alone, whatever the caller has in its own") {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  CHECK(Run("exit 3").exit_code == 3);
  support::TemporaryFolder folder;
  const std::string program = folder.Write("only-here", "#!/bin/sh\nexit 4\n");
  ::setenv("PATH", folder.path().c_str(), 1);
  Command command;
  command.arguments = {"only-here"};
  CHECK(SystemProcesses().Run(command).error().kind == ErrorKind::kNotFound);
  command.arguments = {program};
  CHECK(SystemProcesses().Run(command).error().kind == ErrorKind::kPermission);
  REQUIRE(::chmod(program.c_str(), 0755) == 0);
  CHECK(SystemProcesses().Run(command)->exit_code == 4);
  ::setenv("PATH", path.c_str(), 1);
}

volatile sig_atomic_t handled_count = 0;

TEST_CASE(
    "a child has no handler of its parent, and what the parent ignores or blocks it does not") {
  struct sigaction before {};
  struct sigaction handler {};
  handler.sa_handler = [](int) { handled_count = handled_count + 1; };
  ::sigaction(SIGUSR2, &handler, &before);
  ::signal(SIGUSR1, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  CHECK(Run("kill -USR1 $$; exit 0").signal == SIGUSR1);
  CHECK(Run("kill -USR2 $$; exit 0").signal == SIGUSR2);
  CHECK(handled_count == 0);
  sigset_t now;
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, &now);
  CHECK(sigismember(&now, SIGUSR2) == 1);  // as it was: only what the caller had blocked
  CHECK(sigismember(&now, SIGTERM) == 0);
  ::signal(SIGUSR1, SIG_DFL);
  ::sigaction(SIGUSR2, &before, nullptr);
}

TEST_CASE("the way it ended is told, and what it said, both streams in order") {
  CHECK(Run("echo out; echo err >&2; exit 7").exit_code == 7);
  CHECK(Run("echo out; echo err >&2; echo end").output == "out\nerr\nend\n");
  CommandResult killed = Run("kill -USR1 $$");
  CHECK(killed.signal == SIGUSR1);
  CHECK_FALSE(killed.timed_out);
  Command missing;
  missing.arguments = {"no-such-program"};
  auto result = SystemProcesses().Run(missing);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("cannot start `no-such-program`") != std::string::npos);
  CHECK_FALSE(SystemProcesses().Run(Command()).ok());
}

TEST_CASE("output beyond the limit is dropped, and the command does not block on it") {
  CommandResult result = Run("head -c 3000000 /dev/zero; echo end", 10'000, 100);
  CHECK(result.exit_code == 0);
  CHECK(result.output == std::string(100, '\0'));
}

TEST_CASE("a command that takes too long is ended with its whole group, TERM or no TERM") {
  CommandResult polite = Run("trap 'echo bye; exit 3' TERM; echo $$; sleep 60 & wait", 200);
  CHECK(polite.timed_out);
  CHECK(polite.exit_code == 3);
  CHECK(polite.output.find("bye") != std::string::npos);
  CHECK(IsGone(polite.output));
  CommandResult deaf = Run("trap '' TERM; echo $$; while :; do sleep 1; done", 200);
  CHECK(deaf.timed_out);
  CHECK(deaf.signal == SIGKILL);
  CHECK(IsGone(deaf.output));
}

TEST_CASE("what a command leaves in the background ends with it") {
  CommandResult result = Run("sleep 60 & echo $!");
  CHECK(result.exit_code == 0);
  CHECK(IsGone(result.output));
}

TEST_CASE("a command can be cancelled, and keeps an inherited lock open") {
  std::atomic<bool> cancel{false};
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  Command command;
  command.arguments = {"sh", "-c", "echo held >&" + std::to_string(ends[1]) + "; sleep 60"};
  command.inherited_fd = ends[1];
  command.cancel = &cancel;
  std::thread watcher([&] {
    char text[5] = "";
    CHECK(::read(ends[0], text, 4) == 4);
    cancel.store(true);
  });
  auto result = SystemProcesses().Run(command);
  watcher.join();
  REQUIRE(result.ok());
  CHECK(result->cancelled);
  CHECK_FALSE(result->timed_out);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace upgraph::env
