#include "runtime/sim/play.h"

#include <algorithm>
#include <set>

#include "plan/codec.h"
#include "plan/version_path.h"
#include "runtime/executor/view.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/archive_writer.h"
#include "runtime/sim/judge.h"
#include "runtime/sim/scratch_folder.h"
#include "runtime/sim/simulated_host.h"

namespace upgraph::sim {
namespace {

using executor::ProgressKind;

// Stands for every path that the plan takes from its package.
class HollowPayload : public package::Payload {
 public:
  explicit HollowPayload(const plan::Plan& plan) {
    for (size_t i = 0; i < plan.other_edges.size() + 1; ++i) {
      const plan::StepGraph& edge = i == 0 ? plan : plan.other_edges[i - 1];
      paths_.insert(edge.payload.begin(), edge.payload.end());
    }
  }

  Result<std::vector<package::PayloadEntry>> Entries(const std::string& path) const override {
    const auto below = paths_.lower_bound(path + "/");
    if (below != paths_.end() && below->starts_with(path + "/")) {
      return std::vector<package::PayloadEntry>{
          {path, package::PayloadType::kDirectory, 0755, 0, {}, ""}};
    }
    return std::vector<package::PayloadEntry>{
        {path, package::PayloadType::kFile, 0644, 0, Sha256(""), ""}};
  }
  Result<std::string> Read(const std::string&) const override { return std::string(); }

 private:
  std::set<std::string> paths_;
};

// The word of a step's state for what was reported; empty: not worth a line.
std::string WordOf(ProgressKind kind) {
  switch (kind) {
    case ProgressKind::kApplied:
    case ProgressKind::kFound:
    case ProgressKind::kFailed:
    case ProgressKind::kReverted:
    case ProgressKind::kStuck:
    case ProgressKind::kBlocked:
    case ProgressKind::kDrift:
      return executor::ProgressKindName(kind);
    default:
      return "";
  }
}

class Recorder : public executor::ProgressSink {
 public:
  explicit Recorder(std::vector<Happening>* happenings) : happenings_(*happenings) {}

  bool has_opened = false;  // a run, since it was last set

  void Report(const executor::Progress& progress) override {
    has_opened = has_opened || progress.kind == ProgressKind::kRunOpened;
    std::string word = WordOf(progress.kind);
    if (!word.empty() && !progress.step_path.empty()) {
      happenings_.push_back(
          {progress.step_path, progress.step_title, std::move(word), progress.text});
    }
  }

 private:
  std::vector<Happening>& happenings_;
};

std::string OutcomeWord(const executor::Outcome& outcome, plan::RunCommand command) {
  switch (outcome.exit_code) {
    case executor::ExitCode::kDone:
      return command == plan::RunCommand::kRollback ? "rolled_back" : "done";
    case executor::ExitCode::kRolledBack:
      return "rolled_back";
    case executor::ExitCode::kIncomplete:
      return "incomplete";
    case executor::ExitCode::kRefused:
      return "refused";
    case executor::ExitCode::kInterrupted:
      return "interrupted";
    case executor::ExitCode::kNeedsPerson:
      return "needs_person";
    case executor::ExitCode::kSpecWrong:
    case executor::ExitCode::kUsage:
    case executor::ExitCode::kDamaged:
      break;
  }
  return executor::ProgressKindName(ProgressKind::kFailed);
}

// One scenario on one host.
class Performance {
 public:
  Performance(const plan::Plan& plan, const package::Package& package,
              const plan::Scenario& scenario, const std::string& root)
      : plan_(plan),
        package_(package),
        scenario_(scenario),
        host_(plan, scenario),
        recorder_(&result_.happenings) {
    options_.root = root;
    options_.target = scenario.target;
    options_.jobs = 0;
    options_.accepts_not_durable = true;
    options_.keeps_window = false;  // what runs side by side takes turns here: time says nothing
    options_.stop = host_.stop();
    options_.progress = &recorder_;
    options_.host = &host_;
    for (const std::string& role : plan.people) {
      options_.approvals.push_back({role, "the test"});
    }
  }

  ScenarioResult Run() {
    result_.versions.push_back(scenario_.installed);
    for (const plan::ScenarioAct& act : scenario_.acts) {
      RunAct(act);
    }
    result_.simulated_ms = host_.simulated_clock().BootMs();
    Judge();
    return std::move(result_);
  }

 private:
  void RunAct(const plan::ScenarioAct& act) {
    host_.BeginAct(act);
    recorder_.has_opened = false;
    const std::vector<std::string> hops = NextHops();
    executor::Outcome outcome =
        act.command == plan::RunCommand::kTick ? LetPass(act.pass_ms) : Execute(act.command);
    while (outcome.is_rebooting && !host_.is_dead()) {
      options_.person_asked = false;
      outcome = executor::Recover(options_);  // as each boot does
    }
    result_.exit_code = outcome.exit_code;
    result_.outcome = OutcomeWord(outcome, act.command);
    result_.reason = outcome.reason;
    if (recorder_.has_opened) {
      result_.versions.insert(result_.versions.end(), hops.begin(), hops.end());
    }
  }

  executor::Outcome Execute(plan::RunCommand command) {
    options_.person_asked = command == plan::RunCommand::kResume;
    switch (command) {
      case plan::RunCommand::kApply:
        return executor::Apply(options_, package_);
      case plan::RunCommand::kResume:
        return executor::Resume(options_);
      case plan::RunCommand::kRollback:
        return executor::Rollback(options_);
      case plan::RunCommand::kTick:
        return executor::Tick(options_);
    }
    UPGRAPH_UNREACHABLE("run command");
  }

  // As if a timer called `tick` all the time: it does where something is due, and at the end. A
  // watch looks alike at every look of one act, so its first and its last one stand for all.
  executor::Outcome LetPass(int64_t pass_ms) {
    SimulatedClock& clock = host_.simulated_clock();
    const int64_t end_ms = clock.WallMs() + pass_ms;
    executor::Outcome worst;
    worst.reason = "nothing is due";
    bool is_first = true;
    while (true) {
      const int64_t due_ms = NextDueMs(end_ms, is_first);
      clock.SleepMs(std::max<int64_t>(due_ms - clock.WallMs(), 0));
      executor::Outcome outcome = Execute(plan::RunCommand::kTick);
      // A tick with nothing to do says nothing about the ones before it.
      if (outcome.exit_code != executor::ExitCode::kDone || is_first) {
        worst = std::move(outcome);
      }
      is_first = false;
      if (clock.WallMs() >= end_ms || host_.is_dead()) {
        return worst;
      }
    }
  }

  // When the next tick has something to do, up to `end_ms`. `is_first`: also the first look of a
  // watch.
  int64_t NextDueMs(int64_t end_ms, bool is_first) {
    const int64_t now_ms = host_.simulated_clock().WallMs();
    int64_t next_ms = end_ms;
    const auto consider = [&](int64_t due_ms) {
      next_ms = due_ms > now_ms ? std::min(next_ms, due_ms) : next_ms;
    };
    auto view = executor::ViewHost(options_.root);
    if (!view.ok() || view->runs.empty()) {
      return next_ms;
    }
    if (view->runs.back().way_back.is_there) {
      consider(view->runs.back().way_back.until_wall_ms);
    }
    for (const executor::StepView& step : view->runs.back().steps) {
      if (step.history.state == history::StepState::kPending && step.due_wall_ms > 0) {
        consider(step.due_wall_ms);
        if (step.is_watch && is_first) {
          consider(now_ms + step.watch_every_ms);
        }
      }
    }
    return next_ms;
  }

  // Where each hop of a run that is opened now ends.
  std::vector<std::string> NextHops() const {
    std::vector<std::string> versions;
    auto graph = plan::VersionGraph::Make(plan_);
    if (!graph.ok()) {
      return versions;
    }
    auto path = graph->Find(host_.InstalledVersion(), scenario_.target);
    for (size_t i = 0; path.ok() && i < path->run_hop_count; ++i) {
      versions.push_back(path->hops[i].to);
    }
    return versions;
  }

  // What the journal says of the last run, and of steps that failed without a change.
  std::map<std::string, std::string> StepStates() {
    std::map<std::string, std::string> states;
    auto view = executor::ViewHost(options_.root);
    if (!view.ok()) {
      result_.trouble = view.error().message;
      return states;
    }
    for (const Happening& happening : result_.happenings) {
      states[happening.step_path] = happening.what == "failed" ? "failed" : "pending";
    }
    if (view->runs.empty()) {
      return states;
    }
    const executor::RunView& run = view->runs.back();
    if (!run.damage.empty()) {
      result_.trouble = run.damage;
    }
    for (const executor::StepView& step : run.steps) {
      const history::StepState state = step.history.state;
      if (state != history::StepState::kPending || states.count(step.path) == 0) {
        states[step.path] = history::StepStateName(state);
      }
    }
    return states;
  }

  void Judge() {
    const Ending ending{plan_, host_.world(), result_, host_.InstalledVersion(), StepStates()};
    for (const plan::ScenarioExpectation& expectation : scenario_.expectations) {
      if (auto actual = Disprove(ending, expectation)) {
        result_.disappointments.push_back(
            {expectation.position, expectation.written, std::move(*actual)});
      }
    }
  }

  const plan::Plan& plan_;
  const package::Package& package_;
  const plan::Scenario& scenario_;
  SimulatedHost host_;
  ScenarioResult result_;
  Recorder recorder_;
  executor::RunOptions options_;
};

}  // namespace

Result<std::unique_ptr<Player>> Player::Make(const plan::Plan& plan) {
  const HollowPayload payload(plan);
  UPGRAPH_ASSIGN(std::string bytes,
                 package::Pack({plan, plan::Encode(plan), payload, plan.tool_version}));
  UPGRAPH_ASSIGN(package::Package package, package::OpenPackage(std::move(bytes)));
  return std::unique_ptr<Player>(new Player(plan, std::move(package)));
}

ScenarioResult Player::Play(const plan::Scenario& scenario) const {
  auto folder = ScratchFolder::Make();
  if (!folder.ok()) {
    ScenarioResult result;
    result.trouble = folder.error().message;
    return result;
  }
  return Performance(plan_, package_, scenario, (*folder)->path()).Run();
}

}  // namespace upgraph::sim
