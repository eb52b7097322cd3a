#include "cli/console.h"

#include <errno.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/format.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

// False when nobody reads any more.
bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool IsSet(const char* name) {
  const char* value = getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

Console::Console(OutputFormat format) : format_(format) {
  const char* terminal = getenv("TERM");
  const bool is_dumb = terminal == nullptr || strcmp(terminal, "dumb") == 0;
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  can_redraw_ = is_terminal && !is_dumb && format == OutputFormat::kHuman;
  use_color_ = can_redraw_ && !IsSet("NO_COLOR");
  can_ask_ = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

size_t Console::width() const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return 80;
}

void Console::Out(std::string_view text) {
  if (!is_closed_ && !WriteAll(STDOUT_FILENO, text)) {
    is_closed_ = true;
  }
}

void Console::Err(std::string_view text) {
  // What cannot be said here cannot be said anywhere.
  (void)WriteAll(STDERR_FILENO, text);
}

Json EndingJson(const char* command, const Ending& ending) {
  Json json = Json::object();
  json["command"] = command;
  json["exit_code"] = static_cast<int>(ending.exit_code);
  json["reason"] = ending.reason;
  json["retry"] = ending.can_retry;
  json["run"] = ending.run_id.empty() ? Json(nullptr) : Json(ending.run_id);
  return json;
}

int Fail(Console& console, CommandKind command, const Ending& ending) {
  if (console.is_json()) {
    console.Out(CompactJson(EndingJson(CommandName(command), ending)) + "\n");
  } else {
    console.Err(fmt::format("{} {}\n", Paint(Color::kRed, "error:", console.use_color()),
                            package::Printable(ending.reason)));
  }
  return static_cast<int>(ending.exit_code);
}

Ending Refusal(const Error& error) {
  const bool can_retry = error.kind == ErrorKind::kBusy || error.kind == ErrorKind::kTimeout ||
                         error.kind == ErrorKind::kNoSpace || error.kind == ErrorKind::kIo;
  return {executor::ExitCode::kRefused, error.message, can_retry, ""};
}

}  // namespace upgraph::cli
