#include "cli/run_report.h"

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

using executor::HostView;
using executor::RunView;
using history::Record;
using history::RecordKind;
using history::RunState;
using history::StepState;

constexpr int64_t kBeginMs = 1'577'836'800'000;

RunView SampleRun(const std::string& run_id) {
  RunView run;
  run.run_id = run_id;
  run.product = "dten";
  run.from = "4.8.3";
  run.to = "5.0.0";
  run.package_digest = std::string(64, 'a');
  run.opened_wall_ms = kBeginMs;
  run.state = RunState::kRolledBack;
  run.is_finished = true;
  run.steps.resize(2);
  run.steps[0] = {"prepare/1", "files.install()", "prepare", {}};
  run.steps[0].history.state = StepState::kReverted;
  run.steps[0].history.changed_wall_ms = kBeginMs + 3000;
  run.steps[1] = {"verify/1", "files.expect()", "verify", {}};
  run.steps[1].history.text = "it is not there";
  const auto add = [&](RecordKind kind, plan::StepId id, int64_t after_ms,
                       const std::string& text) {
    Record record;
    record.kind = kind;
    record.step_id = id;
    record.wall_ms = kBeginMs + after_ms;
    record.text = text;
    run.records.push_back(record);
  };
  add(RecordKind::kRunOpen, plan::StepId(), 0, "");
  add(RecordKind::kApplied, plan::StepId(0), 1000, "");
  add(RecordKind::kFailed, plan::StepId(1), 2000, "it is not there");
  add(RecordKind::kTurningBack, plan::StepId(), 2000, "verify/1 failed");
  add(RecordKind::kReverted, plan::StepId(0), 3000, "");
  add(RecordKind::kRolledBack, plan::StepId(), 3100, "");
  return run;
}

TEST_CASE("a host without runs says so") {
  CHECK(RenderStatus({}, nullptr, false) == "no run yet\n");
  CHECK(RenderHistory({}, false) == "no run yet\n");
  CHECK(StatusJson({}, nullptr)["current"].is_null());
  CHECK(HistoryJson({})["runs"].empty());
}

TEST_CASE("status is about the unfinished run, else about the last") {
  HostView host;
  host.runs = {SampleRun("r1"), SampleRun("r2")};
  CHECK(CurrentRun(host)->run_id == "r2");
  host.runs[0].is_finished = false;
  CHECK(CurrentRun(host)->run_id == "r1");
}

TEST_CASE("a downtime is shown beside what was promised") {
  HostView host;
  host.runs = {SampleRun("r1")};
  CHECK_THAT(RenderStatus(host, nullptr, false), !Catch::Contains("downtime"));
  host.runs[0].downtime_ms = 61'500;
  CHECK_THAT(RenderStatus(host, nullptr, false), Catch::Contains("  downtime  1m02s\n"));
  host.runs[0].downtime_promised_ms = 300'000;
  CHECK_THAT(RenderStatus(host, nullptr, false),
             Catch::Contains("  downtime  1m02s; promised were 5m\n"));
  CHECK_THAT(RenderRun(host.runs[0], false), Catch::EndsWith("downtime 1m02s; promised were 5m\n"));
  CHECK(RunJson(host.runs[0])["downtime_ms"] == 61'500);
  CHECK(RunJson(host.runs[0])["downtime_promised_ms"] == 300'000);
}

TEST_CASE("status shows every step and what to do next") {
  HostView host;
  host.runs = {SampleRun("r1")};
  host.runs[0].state = RunState::kTurningBack;
  host.runs[0].is_finished = false;
  CHECK(RenderStatus(host, nullptr, false) ==
        "run r1  dten 4.8.3 -> 5.0.0\n"
        "  state    turning back\n"
        "  opened   2020-01-01T00:00:00Z\n"
        "  changed  2020-01-01T00:00:03Z\n"
        "  package  aaaaaaaaaaaaaaaa\n"
        "  at boot  nobody goes on with it: `upgraph recover` would\n"
        "  reverted  prepare/1  files.install()\n"
        "  pending   verify/1   files.expect()   it is not there\n"
        "nobody works on it; `upgraph resume` goes on, `upgraph rollback` turns it back\n");
  host.is_running = true;
  CHECK(RenderStatus(host, nullptr, false).find("turning back, at work") != std::string::npos);
  host.has_boot_unit = true;
  CHECK(RenderStatus(host, nullptr, false).find("at boot  goes on, or back, by itself\n") !=
        std::string::npos);
  CHECK(StatusJson(host, nullptr)["current"]["recovered_at_boot"] == true);
  CHECK(StatusJson(host, nullptr)["current"]["held_at_boot"].empty());
  host.held_units = {"a.service", "b.service"};
  CHECK(RenderStatus(host, nullptr, false).find("  held     a.service, b.service: no boot ") !=
        std::string::npos);
  CHECK(StatusJson(host, nullptr)["current"]["held_at_boot"] == Json({"a.service", "b.service"}));
  CHECK(StatusJson(host, nullptr)["running"] == true);
  CHECK(StatusJson(host, nullptr)["runner"].is_null());
  const RunnerStarted runner{42, 977, "boot", kBeginMs};
  CHECK(StatusJson(host, &runner)["runner"]["pid"] == 42);
  CHECK(RenderStatus(host, &runner, false)
            .find("  runner   process 42 since 2020-01-01T00:00:00Z\n") != std::string::npos);
  CHECK(StatusJson(host, nullptr)["current"]["steps"][1]["state"] == "pending");
}

TEST_CASE("status names what is left over while nobody works on it") {
  HostView host;
  host.runs = {SampleRun("r1")};
  RunView& run = host.runs[0];
  run.state = RunState::kIncomplete;
  run.is_finished = false;
  run.steps[0].history.state = StepState::kStuck;
  run.steps[0].history.text = "no way";
  run.leftovers = {{"prepare/1", "files.install()", "no way", "stuck", {"file(/x)"}, "", "do it"}};
  const std::string text = RenderStatus(host, nullptr, false);
  CHECK(text.find("needs a person: prepare/1  files.install(): no way\n"
                  "  left    file(/x)\n"
                  "  finish  do it\n"
                  "the rollback is incomplete; ") != std::string::npos);
  CHECK(StatusJson(host, nullptr)["current"]["leftovers"][0]["command"] == "do it");
  CHECK(StatusJson(host, nullptr)["current"]["steps"][0]["accepted"] == false);
  host.is_running = true;
  CHECK(RenderStatus(host, nullptr, false).find("needs a person") == std::string::npos);
  CHECK(StatusJson(host, nullptr)["current"]["leftovers"].empty());
  host.is_running = false;
  run.leftovers.clear();
  run.steps[0].history.is_accepted = true;
  run.steps[0].history.text = "user 0: kept";
  CHECK(RenderStatus(host, nullptr, false).find("accepted by user 0: kept\n") != std::string::npos);
  CHECK(RenderStatus(host, nullptr, false).find("nothing is left over; `upgraph resume`") !=
        std::string::npos);
}

TEST_CASE("history lists runs newest first") {
  HostView host;
  host.runs = {SampleRun("r1"), SampleRun("r2")};
  CHECK(RenderHistory(host, false) ==
        "r2  2020-01-01T00:00:00Z  dten 4.8.3 -> 5.0.0  rolled back  3.1s  aaaaaaaaaaaaaaaa\n"
        "r1  2020-01-01T00:00:00Z  dten 4.8.3 -> 5.0.0  rolled back  3.1s  aaaaaaaaaaaaaaaa\n");
  CHECK(HistoryJson(host)["runs"][0]["run"] == "r2");
  CHECK(HistoryJson(host)["runs"][0]["took_ms"] == 3100);
}

TEST_CASE("one run shows everything that happened, forward and back") {
  const std::string text = RenderRun(SampleRun("r1"), false);
  CHECK(text.starts_with("run r1  dten 4.8.3 -> 5.0.0  rolled back\n"));
  CHECK(text.find("2020-01-01T00:00:02Z  2.0s  failed        verify/1   files.expect()   it is not "
                  "there\n") != std::string::npos);
  CHECK(text.find("2020-01-01T00:00:03Z  3.0s  reverted      prepare/1  files.install()\n") !=
        std::string::npos);
  const Json json = RunJson(SampleRun("r1"));
  REQUIRE(json["records"].size() == 6);
  CHECK(json["records"][3]["record"] == "turning-back");
  CHECK(json["records"][3]["step"].is_null());
  CHECK(json["records"][4]["step"] == "prepare/1");
}

TEST_CASE("damage is said before anything else is believed") {
  HostView host;
  host.runs = {SampleRun("r1")};
  host.runs[0].damage = "event 4 is not what was written";
  CHECK(RunResult(host.runs[0]) == "damaged");
  CHECK(RenderStatus(host, nullptr, false).find("event 4 is not what was written") !=
        std::string::npos);
}

}  // namespace
}  // namespace upgraph::cli
