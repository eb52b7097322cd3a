#include "cli/progress_view.h"

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

using executor::ExitCode;
using executor::Progress;
using executor::ProgressKind;

Progress Step(ProgressKind kind, const std::string& path, int64_t wall_ms,
              history::Direction direction = history::Direction::kForward,
              const std::string& text = "") {
  return {kind, "r1", path, "files.link(\"/a\")", direction, text, wall_ms, 1, 2};
}

TEST_CASE("in a pipe each thing that happened is one line that never changes") {
  ProgressView view(false, false);
  Progress opened;
  opened.kind = ProgressKind::kRunOpened;
  opened.run_id = "r1";
  opened.text = "4.8.3 -> 5.0.0";
  CHECK(view.Add(opened, 80) == "run      opened       r1  4.8.3 -> 5.0.0\n");
  CHECK(view.Add(Step(ProgressKind::kCapturing, "switch/1", 1000), 80).empty());
  CHECK(view.Add(Step(ProgressKind::kApplying, "switch/1", 1400), 80).empty());
  CHECK(view.Tick(2000, 80).empty());
  CHECK(view.Add(Step(ProgressKind::kApplied, "switch/1", 2230), 80) ==
        "forward  applied      switch/1  files.link(\"/a\")  (1.2s)\n");
  CHECK(view.Add(Step(ProgressKind::kApplying, "switch/2", 3000), 80).empty());
  CHECK(view.Add(Step(ProgressKind::kFailed, "switch/2", 3010, history::Direction::kForward,
                      "no\nspace"),
                 80) == "forward  failed       switch/2  files.link(\"/a\"): no?space  (10ms)\n");
  CHECK(view.Add(Step(ProgressKind::kReverting, "switch/1", 4000, history::Direction::kBack), 80)
            .empty());
  CHECK(view.Add(Step(ProgressKind::kReverted, "switch/1", 4003, history::Direction::kBack), 80) ==
        "back     reverted     switch/1  files.link(\"/a\")  (3ms)\n");
  CHECK(view.Clear().empty());
}

TEST_CASE("on a terminal the steps at work stand below and are drawn anew") {
  ProgressView view(false, true);
  const std::string first = view.Add(Step(ProgressKind::kApplying, "switch/1", 1000), 60);
  CHECK(first == "forward  applying     switch/1  files.link(\"/a\") 0ms\n1/2 steps\n");
  CHECK(view.Tick(2500, 60) ==
        "\x1b[2A\r\x1b[J"
        "forward  applying     switch/1  files.link(\"/a\") 1.5s\n1/2 steps\n");
  CHECK(view.Tick(2500, 13) ==
        "\x1b[2A\r\x1b[J"
        "forward… 1.5s\n1/2 steps\n");
  CHECK(view.Add(Step(ProgressKind::kApplied, "switch/1", 3000), 60) ==
        "\x1b[2A\r\x1b[J"
        "forward  applied      switch/1  files.link(\"/a\")  (2.0s)\n");
  CHECK(view.Clear().empty());
}

TEST_CASE("a step that only looks holds; it is not applied") {
  ProgressView view(false, false);
  CHECK(view.Add(Step(ProgressKind::kChecking, "verify/1", 1000), 80).empty());
  CHECK(view.Add(Step(ProgressKind::kApplied, "verify/1", 1500), 80) ==
        "forward  holds        verify/1  files.link(\"/a\")  (500ms)\n");
}

TEST_CASE("locks are named by their text") {
  ProgressView view(false, false);
  Progress lock;
  lock.kind = ProgressKind::kLockWaiting;
  lock.text = "files.lock(/var/lib/dten)";
  lock.wall_ms = 100;
  CHECK(view.Add(lock, 80).empty());
  lock.kind = ProgressKind::kLockTaken;
  lock.wall_ms = 150;
  CHECK(view.Add(lock, 80) == "forward  lock taken   files.lock(/var/lib/dten)  (50ms)\n");
}

TEST_CASE("the end says how it ended and what needs a person") {
  ProgressView view(false, false);
  executor::Outcome outcome;
  outcome.exit_code = ExitCode::kIncomplete;
  outcome.run_id = "r1";
  outcome.reason = "one step is stuck";
  outcome.leftovers = {{"switch/1",
                        "sql.migrate()",
                        "somebody wrote to it",
                        "stuck",
                        {"database(/x)", "file(/y)"},
                        "/y: /stage/0",
                        "upgraph resolve switch/1"}};
  CHECK(view.Finish(outcome) ==
        "needs a person: switch/1  sql.migrate(): somebody wrote to it\n"
        "  left    database(/x), file(/y)\n"
        "  kept    /y: /stage/0\n"
        "  finish  upgraph resolve switch/1\n"
        "needs a person: one step is stuck  (run r1)\n");
  CHECK(
      ProgressView(false, false).Finish({ExitCode::kRefused, "", "no such root", false, {}, {}}) ==
      "refused: no such root\n");
}

TEST_CASE("nothing that a package says reaches the terminal as a command") {
  ProgressView view(true, true);
  Progress progress = Step(ProgressKind::kApplying, "switch/1\x1b[2J", 0);
  progress.step_title = "x\x1b]0;title\x07";
  const std::string text = view.Add(progress, 80);
  CHECK(text.find("\x1b[2J") == std::string::npos);
  CHECK(text.find("\x1b]") == std::string::npos);
}

}  // namespace
}  // namespace upgraph::cli
