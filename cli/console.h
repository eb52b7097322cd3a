#pragma once

// Where output goes: standard output and standard error of this process.

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/json.h"
#include "cli/arguments.h"
#include "runtime/executor/run.h"

namespace upgraph::cli {

// Not thread-safe.
class Console {
 public:
  // Colour on terminals, unless NO_COLOR is set.
  explicit Console(OutputFormat format);

  OutputFormat format() const { return format_; }
  bool is_json() const { return format_ == OutputFormat::kJson; }
  bool use_color() const { return use_color_; }
  // Standard output is a terminal that can redraw lines.
  bool can_redraw() const { return can_redraw_; }
  // Questions can be asked: standard input and standard error are terminals.
  bool can_ask() const { return can_ask_; }
  // Columns of the terminal; 80 where it does not say.
  size_t width() const;

  void Out(std::string_view text);
  void Err(std::string_view text);
  // Nobody reads standard output any more.
  bool is_closed() const { return is_closed_; }

 private:
  OutputFormat format_;
  bool use_color_ = false;
  bool can_redraw_ = false;
  bool can_ask_ = false;
  bool is_closed_ = false;
};

// How a command ended.
struct Ending {
  executor::ExitCode exit_code = executor::ExitCode::kDone;
  std::string reason;      // one line
  bool can_retry = false;  // the same call may work later
  std::string run_id;
};

// The members that every JSON answer has: command, exit_code, reason, retry, run.
Json EndingJson(const char* command, const Ending& ending);

// Says how a command ended that did not get to its own output: `error: REASON` on standard error,
// or the JSON answer. Returns the exit code.
int Fail(Console& console, CommandKind command, const Ending& ending);

// The ending of an input, a root or a state that cannot be used.
Ending Refusal(const Error& error);

}  // namespace upgraph::cli
