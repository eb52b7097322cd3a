#include "cli/process_setup.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/check.h"

namespace upgraph::cli {

void SetUpProcess() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) < 0) {
      // The lowest number that is free; O_PATH: it can be neither read nor written, as before.
      UPGRAPH_CHECK(open("/", O_PATH | O_CLOEXEC) == stream);
    }
  }
  signal(SIGCHLD, SIG_DFL);
  signal(SIGXFSZ, SIG_IGN);
}

}  // namespace upgraph::cli
