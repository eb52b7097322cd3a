#include "cli/progress_event.h"

#include <rapidcheck/catch.h>

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

using executor::ExitCode;
using executor::Progress;
using executor::ProgressKind;

TEST_CASE("progress goes through a line and comes back") {
  Progress progress;
  progress.kind = ProgressKind::kReverted;
  progress.run_id = "r1";
  progress.step_path = "switch/3";
  progress.step_title = "files.link(\"/opt/dten\", to: \"/opt/dten-5.0.0\")";
  progress.direction = history::Direction::kBack;
  progress.text = "two\nlines and a quote \"";
  progress.wall_ms = 1'577'836'800'123;
  progress.done_count = 3;
  progress.step_count = 7;
  const std::string line = EventLine(progress);
  CHECK(line.find('\n') == line.size() - 1);
  const std::optional<Event> event = ParseEvent(line);
  REQUIRE(event.has_value());
  const Progress& read = std::get<Progress>(*event);
  CHECK(read.kind == ProgressKind::kReverted);
  CHECK(read.run_id == "r1");
  CHECK(read.step_path == progress.step_path);
  CHECK(read.step_title == progress.step_title);
  CHECK(read.direction == history::Direction::kBack);
  CHECK(read.text == progress.text);
  CHECK(read.wall_ms == progress.wall_ms);
  CHECK(read.done_count == 3);
  CHECK(read.step_count == 7);
}

TEST_CASE("every kind of progress has a name of its own") {
  for (int i = 0; i <= static_cast<int>(ProgressKind::kFinished); ++i) {
    Progress progress;
    progress.kind = static_cast<ProgressKind>(i);
    const std::optional<Event> event = ParseEvent(EventLine(progress));
    REQUIRE(event.has_value());
    REQUIRE(std::holds_alternative<Progress>(*event));
    CHECK(std::get<Progress>(*event).kind == progress.kind);
  }
}

TEST_CASE("the last word goes through a line and comes back") {
  executor::Outcome outcome;
  outcome.exit_code = ExitCode::kIncomplete;
  outcome.run_id = "r1";
  outcome.reason = "one step is stuck";
  outcome.can_retry = true;
  outcome.leftovers = {{"switch/1",
                        "sql.migrate()",
                        "somebody wrote to it",
                        "stuck",
                        {"database(/x)", "file(/y)"},
                        "/y: /stage/0",
                        "upgraph resolve switch/1"}};
  outcome.findings = {"no space", "no service"};
  const std::optional<Event> event = ParseEvent(EventLine(Final{outcome}));
  REQUIRE(event.has_value());
  const executor::Outcome& read = std::get<Final>(*event).outcome;
  CHECK(read.exit_code == ExitCode::kIncomplete);
  CHECK(read.run_id == "r1");
  CHECK(read.reason == outcome.reason);
  CHECK(read.can_retry);
  REQUIRE(read.leftovers.size() == 1);
  CHECK(read.leftovers[0].reason == "somebody wrote to it");
  CHECK(read.leftovers[0].state == "stuck");
  CHECK(read.leftovers[0].left == outcome.leftovers[0].left);
  CHECK(read.leftovers[0].kept == "/y: /stage/0");
  CHECK(read.leftovers[0].command == "upgraph resolve switch/1");
  CHECK(read.findings == outcome.findings);
}

TEST_CASE("who runs, and where the lines went") {
  const std::optional<Event> started = ParseEvent(EventLine(RunnerStarted{42, 977, "boot", 5}));
  REQUIRE(started.has_value());
  CHECK(std::get<RunnerStarted>(*started).pid == 42);
  CHECK(std::get<RunnerStarted>(*started).start_ticks == 977);
  const std::optional<Event> moved =
      ParseEvent(EventLine(MovedToFile{"r1", "/srv/x/progress.jsonl", 10, "/srv/x/runner.log"}));
  REQUIRE(moved.has_value());
  CHECK(std::get<MovedToFile>(*moved).offset == 10);
}

TEST_CASE("no half line, and no line of somebody else, is an event") {
  executor::Outcome outcome;
  outcome.reason = "done";
  const std::string line = EventLine(Final{outcome});
  for (size_t size = 0; size + 2 < line.size(); ++size) {
    CHECK_FALSE(ParseEvent(line.substr(0, size)).has_value());
  }
  CHECK_FALSE(ParseEvent("{}").has_value());
  CHECK_FALSE(ParseEvent("[]").has_value());
  CHECK_FALSE(ParseEvent("{\"event\":\"final\",\"exit_code\":9}").has_value());
  CHECK_FALSE(ParseEvent("{\"event\":\"applied\"}").has_value());
  CHECK_FALSE(ParseEvent("{\"event\":7}").has_value());
  rc::prop("any text", [](const std::string& text) { (void)ParseEvent(text); });
}

}  // namespace
}  // namespace upgraph::cli
