#include "cli/process_setup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <vector>

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

// In a process of its own, which has these streams closed and is set up; whether `holds` then.
bool HoldsWithClosed(const std::vector<int>& streams, const std::function<bool()>& holds) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (int stream : streams) {
      close(stream);
    }
    signal(SIGCHLD, SIG_IGN);
    SetUpProcess();
    _exit(holds() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("no file gets the number of a stream that is closed") {
  for (const std::vector<int>& streams :
       {std::vector<int>{0}, {1}, {2}, {0, 1}, {0, 2}, {0, 1, 2}}) {
    CHECK(HoldsWithClosed(streams, [&] {
      const int file = open("/dev/null", O_RDWR);
      return file > STDERR_FILENO && std::all_of(streams.begin(), streams.end(), [](int stream) {
               char byte = 0;
               return write(stream, &byte, 1) < 0 && errno == EBADF && read(stream, &byte, 1) < 0 &&
                      errno == EBADF;
             });
    }));
  }
}

TEST_CASE("a child can be waited for although the caller ignores the ends of children") {
  CHECK(HoldsWithClosed({}, [] {
    const pid_t child = fork();
    if (child == 0) {
      _exit(7);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7;
  }));
}

}  // namespace
}  // namespace upgraph::cli
