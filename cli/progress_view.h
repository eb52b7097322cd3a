#pragma once

// Progress as people see it. In a pipe: one line for each thing that happened, never changed again.
// On a terminal: the same lines, and below them the steps that are at work, drawn anew. Pure: gives
// text, writes nothing.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/executor/run.h"

namespace upgraph::cli {

class ProgressView {
 public:
  ProgressView(bool use_color, bool can_redraw) : use_color_(use_color), can_redraw_(can_redraw) {}

  // What to write when this happened.
  std::string Add(const executor::Progress& progress, size_t width);
  // What to write when time went on; empty where lines are not drawn anew.
  std::string Tick(int64_t wall_ms, size_t width);
  // Takes the drawn lines away, before something else is written.
  std::string Clear();
  // The end of the run: its last line, and what needs a person.
  std::string Finish(const executor::Outcome& outcome);

 private:
  struct Running {
    std::string text;  // "forward  switch/3  files.link(…)"
    int64_t begin_wall_ms = 0;
  };

  std::string LineOf(const executor::Progress& progress);
  std::string Draw(int64_t wall_ms, size_t width);
  std::string WindowText(int64_t wall_ms) const;
  void Track(const executor::Progress& progress);

  const bool use_color_;
  const bool can_redraw_;
  std::map<std::string, Running> running_;  // by step path
  std::string count_;                       // "12/17"
  // When there is no time left to turn back, or the window ends, by the watcher's clock.
  int64_t turn_back_wall_ms_ = 0;
  int64_t window_end_wall_ms_ = 0;  // 0: there is none
  size_t drawn_lines_ = 0;
};

}  // namespace upgraph::cli
