#pragma once

// What a runner says, one JSON object a line: the progress of its run and, last, how it ended. The
// lines go to the progress file of the run and to whoever watches. docs/formats/progress.md. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "runtime/executor/run.h"

namespace upgraph::cli {

// The first line of each runner: who writes the lines that follow.
struct RunnerStarted {
  int64_t pid = 0;
  int64_t start_ticks = 0;  // field 22 of /proc/PID/stat: with the boot, it makes the pid unique
  std::string boot_id;
  int64_t wall_ms = 0;
};

// Only to a watcher: from here on the lines stand in that file, the first of them at this offset.
struct MovedToFile {
  std::string run_id;
  std::string path;  // on the host that runs us, the root included
  int64_t offset = 0;
  std::string log_path;
};

// Always the last line.
struct Final {
  executor::Outcome outcome;
};

using Event = std::variant<RunnerStarted, MovedToFile, executor::Progress, Final>;

// One line, with its newline.
std::string EventLine(const Event& event);
// None when the line is no event of ours; a half-written line of a runner that died is none.
std::optional<Event> ParseEvent(std::string_view line);

// The members of a Final, for output.
Json OutcomeJson(const executor::Outcome& outcome);

}  // namespace upgraph::cli
