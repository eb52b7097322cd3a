#include "tests/model/graph_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/codec.h"
#include "plan/verify.h"
#include "runtime/executor/view.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/archive_writer.h"
#include "runtime/sim/scratch_folder.h"
#include "tests/model/model_host.h"
#include "tests/support/memory_payload.h"

namespace upgraph::model {
namespace {

using executor::ExitCode;
using history::RunState;
using history::StepState;
using plan::StepId;

class Sink : public executor::ProgressSink {
 public:
  std::set<std::string> failed;  // and not done later
  bool is_told = false;
  void Report(const executor::Progress& progress) override {
    if (progress.kind == executor::ProgressKind::kFailed) {
      failed.insert(progress.step_path);
    } else if (progress.kind == executor::ProgressKind::kApplied) {
      failed.erase(progress.step_path);
    }
    if (is_told) {
      std::printf("  %s %s %s\n", executor::ProgressKindName(progress.kind),
                  progress.step_path.c_str(), progress.text.c_str());
    }
  }
};

// What lies on the disk between two commands.
struct Durable {
  bool has_run = false;
  RunState state = RunState::kOpen;
  bool is_finished = false;
  std::vector<history::StepHistory> steps;
};

class Trial {
 public:
  Trial(uint64_t seed, bool is_told) : random_(seed), plan_(DrawPlan(&random_)) {
    sink_.is_told = is_told;
  }

  TrialReport Run() {
    if (!plan::Verify(plan_).ok()) {
      // Scopes that would wait for each other.
      for (plan::Step& step : plan_.steps) {
        step.lock_scope_id = plan::LockScopeId();
      }
      plan_.lock_scopes.clear();
    }
    auto folder = sim::ScratchFolder::Make();
    if (Status status = plan::Verify(plan_); !status.ok() || !folder.ok()) {
      Break("the draw is no plan: " + (status.ok() ? "" : status.error().message));
      return report_;
    }
    report_.steps = static_cast<int>(plan_.steps.size());
    root_ = (*folder)->path();
    host_ = std::make_unique<ModelHost>(plan_, root_, &random_);
    host_->SetLooksAtJournal(random_.OneIn(8));
    start_of_run_ = host_->world();
    test::MemoryPayload payload;
    auto bytes = package::Pack({plan_, plan::Encode(plan_), payload, "0.1.0"});
    auto package = bytes.ok() ? package::OpenPackage(*bytes) : bytes.error();
    if (!package.ok()) {
      Break("no package: " + package.error().message);
      return report_;
    }
    package_ = std::move(*package);
    const uint32_t count = random_.Below(4);
    for (uint32_t i = 0; i <= count && report_.broken.empty(); ++i) {
      static constexpr const char* kVerbs[] = {"apply", "resume", "rollback"};
      Command(i == 0 ? "apply" : kVerbs[random_.Below(3)], DrawScript());
      while (report_.broken.empty() && !OpenLeftovers(Look()).empty() && !random_.OneIn(3)) {
        SettleSome();
      }
    }
    BringToEnd();
    return report_;
  }

 private:
  void Break(const std::string& what) {
    if (report_.broken.empty()) {
      report_.broken = what;
    }
  }

  Script DrawScript() {
    Script script;
    const uint32_t count = random_.Below(4);
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t step = random_.Below(static_cast<uint32_t>(plan_.steps.size()));
      Fault fault = static_cast<Fault>(1 + random_.Below(static_cast<uint32_t>(Fault::kCount) - 1));
      if (random_.OneIn(4)) {
        // What is left over of a rollback is half of what there is to get wrong.
        static constexpr Fault kStay[] = {Fault::kSticks, Fault::kSticksHalf, Fault::kHidden};
        fault = kStay[random_.Below(3)];
      }
      if (plan_.steps[step].phase == plan::Phase::kPreflight) {
        fault = Fault::kFails;  // before there is a run nothing else can happen
      }
      script[step] = fault;
    }
    return script;
  }

  Durable Look() {
    Durable durable;
    auto view = executor::ViewHost(root_);
    if (!view.ok() || view->runs.empty()) {
      return durable;
    }
    const executor::RunView& run = view->runs.back();
    if (!run.damage.empty()) {
      Break("damaged: " + run.damage);
    }
    durable.has_run = true;
    durable.state = run.state;
    durable.is_finished = run.is_finished;
    durable.steps.resize(plan_.steps.size());
    for (const executor::StepView& step : run.steps) {
      for (size_t i = 0; i < plan_.steps.size(); ++i) {
        if (plan_.steps[i].path == step.path) {
          durable.steps[i] = step.history;
        }
      }
    }
    return durable;
  }

  executor::Outcome Command(const std::string& verb, Script script) {
    ++report_.commands;
    const Durable before = Look();
    const bool is_new = verb == "apply" && (!before.has_run || before.is_finished);
    if (is_new && before.state != RunState::kCommitted) {
      start_of_run_ = host_->world();
      by_hand_.clear();
    }
    if (sink_.is_told) {
      std::printf("%s", verb.c_str());
      for (const auto& [step, fault] : script) {
        std::printf(", %u meets %d", step, static_cast<int>(fault));
      }
      std::printf("\n");
    }
    host_->Begin(std::move(script), is_new ? std::vector<history::StepHistory>() : before.steps);
    sink_.failed.clear();
    host_->installed = before.has_run && before.state == RunState::kCommitted ? "2.0.0" : "1.0.0";
    executor::RunOptions options;
    options.accepts_not_durable = true;
    options.root = root_;
    options.jobs = random_.OneIn(4) ? static_cast<int>(2 + random_.Below(3)) : 0;
    options.person_asked = random_.OneIn(2);
    options.stop = host_->stop();
    options.progress = &sink_;
    options.host = host_.get();
    executor::Outcome outcome = verb == "apply"    ? executor::Apply(options, package_)
                                : verb == "resume" ? executor::Resume(options)
                                                   : executor::Rollback(options);
    if (sink_.is_told) {
      std::printf("= %d %s\n", static_cast<int>(outcome.exit_code), outcome.reason.c_str());
    }
    Judge(verb, before, outcome);
    return outcome;
  }

  // What a command may end with, by what happened in it.
  void Judge(const std::string& verb, const Durable& before, const executor::Outcome& outcome) {
    if (!host_->fault().empty()) {
      Break(host_->fault());
    }
    const Durable after = Look();
    const ExitCode code = outcome.exit_code;
    report_.was_interrupted |= code == ExitCode::kInterrupted;
    report_.was_incomplete |= code == ExitCode::kIncomplete;
    report_.was_rolled_back |= after.has_run && after.state == RunState::kRolledBack;
    report_.was_committed |= after.has_run && after.state == RunState::kCommitted;
    const bool has_failed = !sink_.failed.empty();
    // Before a committed run turns back it is only looked at; a runner that dies there leaves
    // nothing.
    const bool may_only_look = verb == "rollback" && before.state == RunState::kCommitted &&
                               after.state == RunState::kCommitted;
    if (host_->is_dead() && code != ExitCode::kInterrupted &&
        !(may_only_look && code == ExitCode::kRefused)) {
      Break(fmt::format("{}: the runner died and ended with {}", verb, static_cast<int>(code)));
    }
    const int stop = host_->stop()->load();
    if (!host_->is_dead() && stop == 0 && code == ExitCode::kInterrupted) {
      Break(verb + ": interrupted, and nobody did: " + outcome.reason);
    }
    if (code == ExitCode::kDamaged || code == ExitCode::kUsage || code == ExitCode::kSpecWrong) {
      Break(verb + ": " + outcome.reason);
    }
    if (code == ExitCode::kRefused && before.has_run && !before.is_finished &&
        before.state != RunState::kCommitted) {
      Break(verb + ": refused with an unfinished run: " + outcome.reason);
    }
    if (code == ExitCode::kRolledBack && verb == "resume" && before.state == RunState::kOpen &&
        !has_failed && stop == 0) {
      Break("resume: turned back, and nothing had failed: " + outcome.reason);
    }
    if (code == ExitCode::kDone && verb != "rollback" && after.has_run && has_failed) {
      Break(verb + ": done, and a step had failed");
    }
    if (code == ExitCode::kNeedsPerson && (!has_failed || after.state != RunState::kCommitted)) {
      Break(verb + ": needs a person, and no step failed after the commit");
    }
    JudgeStates(verb, after, outcome);
    if (after.has_run) {
      JudgeWorld(verb, after);
    }
  }

  static bool IsOpen(const history::StepHistory& step) {
    return (step.state == StepState::kStuck || step.state == StepState::kBlocked) &&
           !step.is_accepted;
  }

  // Steps that a person is asked about; none while the run may still go back by itself.
  std::vector<uint32_t> OpenLeftovers(const Durable& durable) const {
    std::vector<uint32_t> open;
    for (uint32_t i = 0; durable.state == RunState::kIncomplete && i < plan_.steps.size(); ++i) {
      if (IsOpen(durable.steps[i])) {
        open.push_back(i);
      }
    }
    return open;
  }

  // Some of what is left over, or all of it; put back before that, or perhaps not.
  void SettleSome() {
    std::set<uint32_t> chosen;
    const bool all = random_.OneIn(2);
    for (uint32_t step : OpenLeftovers(Look())) {
      if (all || random_.OneIn(2)) {
        chosen.insert(step);
      }
    }
    const bool is_back = random_.OneIn(2);
    const auto world = host_->world();
    if (is_back && !random_.OneIn(4)) {
      PutBack(chosen);
    }
    Script script;
    if (!chosen.empty() && random_.OneIn(6)) {
      script[*chosen.begin()] = random_.OneIn(2) ? Fault::kHidden : Fault::kDiesLooking;
    }
    const ExitCode code =
        Settle(chosen, is_back ? executor::SettledAs::kReverted : executor::SettledAs::kAccepted,
               std::move(script));
    if (code != ExitCode::kDone) {
      host_->Mend(world);  // else it would be what somebody else changed
    }
  }

  // By hand, as the graph would: the last first.
  void PutBack(const std::set<uint32_t>& chosen) {
    for (auto step = chosen.rbegin(); step != chosen.rend(); ++step) {
      host_->Mend(host_->OldOf(*step));
    }
  }

  // What the rules say that a person's word comes to.
  ExitCode Foretell(const Durable& before, const std::set<uint32_t>& chosen, executor::SettledAs as,
                    const Script& script) const {
    for (uint32_t step : chosen) {
      for (uint32_t later = step + 1; later < plan_.steps.size(); ++later) {
        if (IsOpen(before.steps[later]) && chosen.count(later) == 0 &&
            Touches(plan_, step, later) && Reaches(plan_, step, later)) {
          return ExitCode::kRefused;
        }
      }
    }
    bool is_denied = false;
    bool has_died = false;
    for (uint32_t step : chosen) {
      if (as == executor::SettledAs::kAccepted || IsUndoneBelow(before, chosen, step)) {
        continue;
      }
      auto scripted = script.find(step);
      const bool dies = scripted != script.end() && scripted->second == Fault::kDiesLooking;
      has_died = has_died || dies;
      const auto& old = host_->OldOf(step);
      is_denied = is_denied || (scripted != script.end() && !dies) || old.empty() ||
                  std::any_of(old.begin(), old.end(), [&](const auto& value) {
                    return host_->world().at(value.first) != value.second;
                  });
    }
    return is_denied ? ExitCode::kIncomplete : has_died ? ExitCode::kInterrupted : ExitCode::kDone;
  }

  bool IsUndoneBelow(const Durable& before, const std::set<uint32_t>& chosen, uint32_t step) const {
    std::set<std::string> shown = Writes(step);
    for (uint32_t i = 0; i < step; ++i) {
      if (chosen.count(i) != 0 || before.steps[i].state == StepState::kReverted) {
        for (const std::string& path : Writes(i)) {
          shown.erase(path);
        }
      }
    }
    return shown.empty() && !Writes(step).empty();
  }

  ExitCode Settle(const std::set<uint32_t>& chosen, executor::SettledAs as, Script script) {
    ++report_.commands;
    const Durable before = Look();
    const auto world = host_->world();
    const ExitCode wanted = Foretell(before, chosen, as, script);
    host_->Begin(std::move(script), before.steps);
    executor::RunOptions options;
    options.accepts_not_durable = true;
    options.root = root_;
    options.jobs = 0;
    options.stop = host_->stop();
    options.progress = &sink_;
    options.host = host_.get();
    executor::Settlement settlement;
    settlement.as = as;
    settlement.text = "the model: so it is";
    for (uint32_t step : chosen) {
      settlement.step_paths.push_back(plan_.steps[step].path);
    }
    const executor::Outcome outcome = executor::Settle(options, settlement);
    if (sink_.is_told) {
      std::printf("settle %zu = %d %s\n", chosen.size(), static_cast<int>(outcome.exit_code),
                  outcome.reason.c_str());
    }
    if (!host_->fault().empty()) {
      Break(host_->fault());
    }
    if (outcome.exit_code != wanted) {
      Break(fmt::format("settled with {}, not {}: {}", static_cast<int>(outcome.exit_code),
                        static_cast<int>(wanted), outcome.reason));
    }
    if (host_->world() != world) {
      Break("a word changed the world");
    }
    const Durable after = Look();
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      history::StepHistory expected = before.steps[i];
      if (chosen.count(i) != 0 && wanted == ExitCode::kDone) {
        report_.was_settled = true;
        const bool is_back = as == executor::SettledAs::kReverted;
        expected.state = is_back ? StepState::kReverted : expected.state;
        expected.is_accepted = !is_back;
        by_hand_.insert(i);
      }
      if (after.steps[i].state != expected.state ||
          after.steps[i].is_accepted != expected.is_accepted) {
        Break(fmt::format("settled, and step {} is {}", i,
                          history::StepStateName(after.steps[i].state)));
      }
    }
    return outcome.exit_code;
  }

  bool IsHeld(const Durable& durable, uint32_t step) const {
    return durable.steps[step].state == StepState::kStuck ||
           durable.steps[step].state == StepState::kBlocked;
  }

  void JudgeStates(const std::string& verb, const Durable& after,
                   const executor::Outcome& outcome) {
    if (!after.has_run) {
      return;
    }
    std::set<std::string> held;
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      bool has_blocker = false;
      for (uint32_t later = i + 1; later < plan_.steps.size(); ++later) {
        has_blocker = has_blocker || (IsHeld(after, later) && Touches(plan_, i, later) &&
                                      Reaches(plan_, i, later));
      }
      const StepState state = after.steps[i].state;
      if (state == StepState::kBlocked && !has_blocker &&
          outcome.exit_code == ExitCode::kIncomplete) {
        Break(fmt::format("{}: step {} is blocked by nothing", verb, i));
      }
      if (state == StepState::kReverted && has_blocker && by_hand_.count(i) == 0) {
        Break(fmt::format("{}: step {} went back below what is stuck", verb, i));
      }
      if (IsOpen(after.steps[i])) {
        held.insert(plan_.steps[i].path);
      }
    }
    std::set<std::string> named;
    for (const executor::Leftover& leftover : outcome.leftovers) {
      named.insert(leftover.step_path);
    }
    if (outcome.exit_code == ExitCode::kIncomplete &&
        (after.state != RunState::kIncomplete || held.empty() || named != held)) {
      Break(verb + ": incomplete, and not everything that is left is named");
    }
    if (after.state == RunState::kRolledBack && !held.empty()) {
      Break(verb + ": rolled back, and something is held");
    }
  }

  void JudgeWorld(const std::string& verb, const Durable& after) {
    if (after.state == RunState::kRolledBack) {
      for (const auto& [path, value] : host_->world()) {
        bool is_accepted = false;
        for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
          is_accepted = is_accepted || (after.steps[i].is_accepted && Writes(i).count(path) != 0);
        }
        if (value != start_of_run_.at(path) && !is_accepted) {
          Break(verb + ": rolled back, and the host is not what it was");
        }
      }
    }
    if (after.state == RunState::kIncomplete) {
      for (const auto& [path, value] : host_->world()) {
        bool is_named = value == start_of_run_.at(path);
        for (uint32_t i = 0; i < plan_.steps.size() && !is_named; ++i) {
          is_named = IsHeld(after, i) && Writes(i).count(path) != 0;
        }
        if (!is_named) {
          Break(fmt::format("{}: {} is `{}`, and nobody says so", verb, path, value));
        }
      }
    }
    if (after.state == RunState::kCommitted && after.is_finished) {
      JudgeNewWorld(verb, after);
    }
  }

  // The values of the last that wrote each, in the order of the text; but for what somebody else
  // changed since.
  void JudgeNewWorld(const std::string& verb, const Durable& after) {
    std::map<std::string, std::string> wanted = start_of_run_;
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      if (plan_.steps[i].undo == plan::UndoClass::kObserves) {
        continue;
      }
      if (after.steps[i].state != StepState::kApplied &&
          after.steps[i].state != StepState::kFound) {
        Break(fmt::format("{}: finished, and step {} is not done", verb, i));
      }
      for (const std::string& path : Writes(i)) {
        wanted[path] = fmt::format("of step {}", i);
      }
    }
    for (const auto& [path, value] : host_->world()) {
      if (value != wanted[path] && value != kForeign) {
        Break(fmt::format("{}: {} is `{}` in the end, not `{}`", verb, path, value, wanted[path]));
      }
    }
  }

  std::set<std::string> Writes(uint32_t step) const {
    std::set<std::string> paths;
    for (const plan::Effect& effect : plan_.steps[step].effects) {
      if (effect.kind == plan::EffectKind::kWrites) {
        paths.insert(plan_.resource(effect.resource_id).arguments.front());
      }
    }
    return paths;
  }

  // Nothing goes wrong any more, and a person has mended what somebody else changed.
  void BringToEnd() {
    std::map<std::string, std::string> mended;
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      for (const std::string& path : Writes(i)) {
        if (host_->world().at(path) == kForeign && start_of_run_.at(path) != kForeign) {
          mended[path] = fmt::format("of step {}", i);
        }
      }
    }
    host_->Mend(mended);
    SettleRest();
    for (int i = 0; i < 2 && report_.broken.empty(); ++i) {
      const Durable durable = Look();
      if (!durable.has_run) {
        return;
      }
      const bool is_back = durable.state == RunState::kTurningBack ||
                           durable.state == RunState::kIncomplete ||
                           (durable.state == RunState::kOpen && random_.OneIn(2));
      const executor::Outcome outcome = Command(is_back ? "rollback" : "resume", {});
      const Durable now = Look();
      if (outcome.exit_code != ExitCode::kDone && outcome.exit_code != ExitCode::kRolledBack) {
        Break(fmt::format("undisturbed, it ended with {}: {}", static_cast<int>(outcome.exit_code),
                          outcome.reason));
      }
      if (now.state != RunState::kRolledBack && !now.is_finished) {
        Break("undisturbed, it came to no end");
      }
      // From here on there is nothing left to do.
      host_->is_final = true;
    }
  }

  // What lies below something accepted does not go back by itself: a person settles it as well.
  void SettleRest() {
    const Durable durable = Look();
    const bool has_accepted =
        std::any_of(durable.steps.begin(), durable.steps.end(),
                    [](const history::StepHistory& step) { return step.is_accepted; });
    if (!has_accepted || durable.state == RunState::kRolledBack) {
      return;
    }
    if (durable.state == RunState::kTurningBack) {
      Command("resume", {});  // interrupted: what is left over is not known yet
    }
    const std::vector<uint32_t> open = OpenLeftovers(Look());
    const std::set<uint32_t> rest(open.begin(), open.end());
    const auto world = host_->world();
    PutBack(rest);
    if (report_.broken.empty() && !rest.empty() &&
        Settle(rest, executor::SettledAs::kReverted, {}) != ExitCode::kDone) {
      host_->Mend(world);
      Settle(rest, executor::SettledAs::kAccepted, {});
    }
  }

  static constexpr const char* kForeign = "half of somebody else's";

  Random random_;
  plan::Plan plan_;
  package::Package package_;
  std::string root_;
  std::unique_ptr<ModelHost> host_;
  std::map<std::string, std::string> start_of_run_;
  Sink sink_;
  std::set<uint32_t> by_hand_;  // settled by a person, in this run
  TrialReport report_;
};

}  // namespace

TrialReport RunTrial(uint64_t seed, bool is_told) { return Trial(seed, is_told).Run(); }

}  // namespace upgraph::model
