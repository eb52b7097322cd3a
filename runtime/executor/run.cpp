// Apply, Resume, Rollback: which run it is about, in which direction it goes, and how it ended.
// The start is the recovery: lock, fence, judge, fence record, and only then decide.

#include "runtime/executor/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "plan/codec.h"
#include "plan/graph.h"
#include "plan/version.h"
#include "runtime/executor/announce.h"
#include "runtime/executor/approvals.h"
#include "runtime/executor/boot_unit.h"
#include "runtime/executor/early.h"
#include "runtime/executor/execution.h"
#include "runtime/executor/floor.h"
#include "runtime/executor/gate_work.h"
#include "runtime/executor/keep_window.h"
#include "runtime/executor/natives.h"
#include "runtime/executor/parking.h"
#include "runtime/executor/preflight.h"
#include "runtime/executor/retain.h"
#include "runtime/executor/taken_host.h"
#include "runtime/executor/trust.h"
#include "runtime/rollback/undo_plan.h"

namespace upgraph::executor {
namespace {

using history::RunState;

constexpr int64_t kClockWaitMsMax = 120'000;
constexpr int64_t kClockPollMs = 500;

// The run is there, and it could not be gone on with. Its journal was judged just before: what
// SQLite says of it now is for want of something that the system did not give.
Outcome NotGoneOn(const Error& error, const std::string& run_id) {
  Outcome outcome;
  outcome.exit_code = ExitCode::kInterrupted;
  outcome.run_id = run_id;
  outcome.reason = error.message + "; the run is open, and `upgraph resume` goes on";
  outcome.can_retry = true;
  return outcome;
}

Outcome Continue(const RunOptions& options, Host* host, LoadedRun* loaded, bool goes_forward) {
  const LoadedRun& run = *loaded;
  Execution execution(options, host, loaded);
  Status begun = execution.Begin();
  if (!begun.ok()) {
    return NotGoneOn(begun.error(), run.run_id);
  }
  Runner& runner = execution.runner();
  RunState state = run.contents.history.state();
  bool is_back = run.contents.history.direction() == history::Direction::kBack;
  const bool is_asked = goes_forward || state == RunState::kCommitted;
  const plan::StepId reboot = is_back ? plan::StepId() : runner.OrderedReboot();
  runner.ConfirmReboots();
  goes_forward = !is_back && (is_asked || reboot.has_value());
  std::string why_not = goes_forward ? runner.WhyNoTime() : "";
  if (goes_forward && !is_asked && why_not.empty()) {
    why_not = runner.FindChangedFact();
  }
  goes_forward = goes_forward && why_not.empty();
  runner.Report(ProgressKind::kResumed, plan::StepId(),
                goes_forward && is_asked ? "forward"
                : goes_forward           ? "forward: the plan ordered the reboot"
                : is_back                ? "back: it was turning back"
                : why_not.empty()        ? "back: nobody asked to go on"
                                         : "back: " + why_not);
  if (goes_forward) {
    execution.StartHeld();
    runner.LookIfNothingBegan();
    return execution.Forward();
  }
  const std::string cause = is_back           ? run.contents.history.cause()
                            : why_not.empty() ? kUnfinishedCause
                                              : why_not;
  return execution.Back(cause, ExitCode::kRolledBack);
}

// Where a run ended at a stop: why, and how it goes on.
std::string StopNote(const plan::Product& product, const plan::VersionPath& path) {
  const std::string& end = path.hops[path.run_hop_count - 1].to;
  std::string why;
  for (const plan::Stop& stop : product.stops) {
    const auto one = plan::ReadVersion(product, stop.version);
    const auto other = plan::ReadVersion(product, end);
    why = one.ok() && other.ok() && *one == *other ? stop.reason : why;
  }
  return fmt::format("; it stops here: {}; apply again to go on to v{}", why, path.target);
}

// A simulated host needs no code for what it only records.
std::optional<Outcome> RefuseMissingCode(const RunOptions& options, const plan::Plan& plan) {
  std::vector<std::string> missing;
  if (options.host == nullptr) {
    missing = DescribeMissingCode(plan);
  }
  if (missing.empty()) {
    return std::nullopt;
  }
  Outcome outcome = Refuse(
      missing.size() == 1 ? missing[0]
                          : fmt::format("{}; so with {} of its steps", missing[0], missing.size()));
  outcome.findings = std::move(missing);
  return outcome;
}

// Refuses a state folder that does not last, unless somebody accepts that. `found`: on what it
// lies, if it does not.
std::optional<Outcome> RefuseNotDurable(const RunOptions& options, env::Files& files,
                                        std::string* found) {
  auto why = files.WhyNotDurable(kStateFolder);
  if (!why.ok()) {
    return FromError(why.error());
  }
  *found = *why;
  if (why->empty() || options.accepts_not_durable) {
    return std::nullopt;
  }
  return Refuse(fmt::format(
      "the state folder {} lies on {}: a reboot or a power cut takes it away, and with it "
      "the way back; put it on a disk, or accept that with `--not-durable`, as tests, "
      "rehearsals and containers do",
      kStateFolder, *why));
}

// Before anything that the package names is asked of the host. A simulated one takes any.
std::optional<Outcome> RefuseUntrusted(const RunOptions& options, Host* host,
                                       const package::Package& package, Trust* trust) {
  if (options.host != nullptr) {
    return std::nullopt;
  }
  auto judged = JudgePackage(host->env->files, options.root, package);
  if (!judged.ok()) {
    return Refuse("the package is not taken: " + judged.error().message);
  }
  *trust = std::move(*judged);
  return std::nullopt;
}

journal::RunInfo InfoOf(const package::Package& package, const std::string& product,
                        const plan::Resolution& resolution, int64_t opened_wall_ms,
                        const history::Window& window, bool is_until_prepare, env::Clock& clock) {
  journal::RunInfo info;
  info.run_id = NewRunId(clock);
  info.product = product;
  info.from = resolution.from;
  info.to = resolution.plan.upgrade.to;
  info.package_digest = package.digest;
  info.plan_digest = package.manifest.plan_digest;
  info.step_count = static_cast<uint32_t>(resolution.plan.steps.size());
  info.opened_wall_ms = opened_wall_ms;
  info.boot_id = clock.BootId();
  info.window = window;
  info.is_until_prepare = is_until_prepare;
  info.facts = resolution.answers;
  return info;
}

// What is known of a run before it is opened.
struct Opening {
  Trust trust;
  plan::Product product;
  plan::Resolution resolution;
  std::string not_durable;
  std::vector<Approval> approvals;
  Baselines baselines;
  HeldConditions held;
  journal::RunInfo info;
};

// Asks everything that is asked before a run is opened. An outcome when none is to be.
std::optional<Outcome> PrepareOpening(const RunOptions& options, Host* host,
                                      const package::Package& package, plan::Plan plan,
                                      Opening* opening) {
  Trust trust;
  if (std::optional<Outcome> refusal = RefuseUntrusted(options, host, package, &trust)) {
    return *refusal;
  }
  if (const std::string why = WhyBelowFloor(*host, plan); !why.empty()) {
    return Refuse(why);
  }
  const plan::Product product = plan.product;
  auto resolution =
      ResolveWithFacts(AccessOf(options), *host->env, std::move(plan), options.target);
  if (!resolution.ok()) {
    return Refuse(resolution.error().message);
  }
  if (resolution->applicability == plan::Applicability::kAtTarget) {
    Outcome outcome;
    outcome.reason = fmt::format("already there: v{} is installed", resolution->path.target);
    return outcome;
  }
  if (resolution->applicability == plan::Applicability::kNotFrom) {
    return Refuse(resolution->reason);
  }
  if (std::optional<Outcome> refusal = RefuseMissingCode(options, resolution->plan)) {
    return *refusal;
  }
  std::string not_durable;
  if (std::optional<Outcome> refusal = RefuseNotDurable(options, host->env->files, &not_durable)) {
    return *refusal;
  }
  env::Clock& clock = host->env->clock;
  if (const auto window = WindowFor(options, resolution->plan, clock.WallMs()); !window.ok()) {
    return FromError(window.error());
  }
  std::atomic<bool> cancel{false};
  RunContext context{*host->env,
                     resolution->plan,
                     *package.payload,
                     nullptr,
                     "",
                     host->lock->epoch(),
                     host->lock->work_descriptor(),
                     cancel,
                     AccessOf(options)};
  std::vector<std::string> findings =
      RunPreflight(context, options.jobs, [&](plan::StepId step_id, const WorkResult& result) {
        ReportPreflight(options, resolution->plan, host->env->clock, step_id, result);
      });
  AddForeignReboots(options, resolution->plan, &findings);
  if (!findings.empty()) {
    Outcome outcome = Refuse(fmt::format("preflight found {}: {}", findings.size(), findings[0]));
    outcome.findings = std::move(findings);
    return outcome;
  }
  const auto approvals = JudgeApprovals(options, host->env->files, package, resolution->plan);
  if (!approvals.ok()) {
    return Refuse(approvals.error().message);
  }
  auto baselines = TakeBaselines(context, options);
  if (!baselines.ok()) {
    return Refuse(baselines.error().message);
  }
  context.baselines = *baselines;
  const auto held = LookAtVerify(context, options);
  if (!held.ok()) {
    return Refuse(held.error().message);
  }
  const int64_t opened_wall_ms = clock.WallMs();
  const auto window = WindowFor(options, resolution->plan, opened_wall_ms);
  if (!window.ok()) {
    return FromError(window.error());
  }
  const history::RunHistory nothing(static_cast<uint32_t>(resolution->plan.steps.size()));
  if (std::string why = WhyNoTime(resolution->plan, nothing, *window, {opened_wall_ms, ""});
      !why.empty()) {
    return Refuse(why);
  }
  opening->info = InfoOf(package, product.name, *resolution, opened_wall_ms, *window,
                         options.until_prepare, clock);
  opening->trust = std::move(trust);
  opening->product = product;
  opening->resolution = std::move(*resolution);
  opening->not_durable = std::move(not_durable);
  opening->approvals = *approvals;
  opening->baselines = std::move(*baselines);
  opening->held = *held;
  return std::nullopt;
}

Outcome Open(const RunOptions& options, Host* host, package::Package package, plan::Plan plan) {
  host->last.reset();  // an earlier run is not looked at any more
  Opening opening;
  if (std::optional<Outcome> end =
          PrepareOpening(options, host, package, std::move(plan), &opening)) {
    return *std::move(end);
  }
  const journal::RunInfo& info = opening.info;
  const plan::VersionPath& path = opening.resolution.path;
  if (Status kept = KeepBootUnit(options, opening.resolution.plan); !kept.ok()) {
    return Refuse(
        kept.error().Within("what a boot would do for the run cannot be installed").message);
  }
  // What is carried out is read again from the run's folder: a large plan does not stand there
  // twice.
  opening.resolution.plan = {};
  Status made = MakeRun(*host->env, info, package);
  if (!made.ok()) {
    (void)RemoveUnopenedRuns(*host->env).ok();
    const auto is_open = host->env->files.Exists(RunFolder(info.run_id));
    if (!is_open.ok() || *is_open) {
      return NotGoneOn(made.error(), info.run_id);
    }
    return Refuse("the run could not be opened: " + made.error().message + ForgetBootUnit(options));
  }
  package = {};
  auto run = LoadRun(*host->env, info.run_id);
  if (!run.ok()) {
    return run.error().kind == ErrorKind::kDamaged ? FromError(run.error())
                                                   : NotGoneOn(run.error(), info.run_id);
  }
  Execution execution(options, host, &*run);
  Status begun = execution.Begin({true, {}, std::nullopt});
  if (!begun.ok()) {
    return NotGoneOn(begun.error(), info.run_id);
  }
  execution.runner().Report(ProgressKind::kRunOpened, plan::StepId(),
                            fmt::format("v{} -> v{}", info.from, info.to));
  execution.runner().RecordSigner(opening.trust.signer);
  execution.runner().RecordNotDurable(opening.not_durable);
  execution.runner().RecordApprovals(opening.approvals);
  execution.runner().RecordHeld(opening.held);
  // A failed journal is met again at once.
  (void)execution.runner().RecordPreflight(std::move(opening.baselines));
  execution.Announce(nullptr);
  if (options.until_prepare) {
    if (Status kept = KeepApprovalsOfParked(*host->env, info.run_id, options); !kept.ok()) {
      return execution.Back(kept.error().Within("the approvals cannot be kept").message,
                            ExitCode::kRolledBack);
    }
  }
  Outcome outcome = execution.Forward();
  if (outcome.exit_code == ExitCode::kDone && !options.until_prepare &&
      path.run_hop_count < path.hops.size()) {
    outcome.reason += StopNote(opening.product, path);
  }
  return outcome;
}

// The last writer of what a committed run changed must find it as it left it: anything else was
// changed by somebody since, and rolling back would take that away.
std::vector<std::string> FindDrift(const RunOptions& options, Host* host, LoadedRun* loaded) {
  const LoadedRun& run = *loaded;
  std::atomic<bool> cancel{false};
  steps::RunStaging staging(*host->env, RunFolder(run.run_id), run.run_id);
  const Runner reader(options, ContextOf(options, *host, run, &staging, cancel), &cancel, nullptr,
                      &loaded->contents);
  return reader.FindDrift();
}

Outcome RollbackCommitted(const RunOptions& options, Host* host, LoadedRun* loaded) {
  const LoadedRun& run = *loaded;
  if (const std::string why = WhyNotRetained(run.plan, run.contents.history, run.run_id);
      !why.empty()) {
    Outcome outcome = Refuse(why);
    outcome.run_id = run.run_id;
    return outcome;
  }
  plan::StepId final_step = rollback::FirstFinalStep(run.plan, run.contents.history);
  if (final_step.has_value()) {
    return Refuse(
        fmt::format("`{}` was done and has no way back", run.plan.step(final_step).title));
  }
  std::vector<std::string> drift = FindDrift(options, host, loaded);
  if (!drift.empty()) {
    Outcome outcome =
        Refuse(fmt::format("changed since by somebody else ({}): {}", drift.size(), drift[0]));
    outcome.findings = std::move(drift);
    return outcome;
  }
  Execution execution(options, host, loaded);
  Status begun = execution.Begin();
  if (!begun.ok()) {
    return FromError(begun.error());
  }
  return execution.Back("asked for after the commit", ExitCode::kDone);
}

// In a boot it takes a while until somebody keeps the clock right, and a window cannot be kept
// before that.
void WaitForTime(const RunOptions& options, env::Clock& clock, const LoadedRun& run) {
  const bool may_go_forward = run.contents.history.state() == RunState::kOpen;
  if (!run.contents.info.window.is_agreed() || !may_go_forward) {
    return;
  }
  const int64_t end_boot_ms = clock.BootMs() + kClockWaitMsMax;
  while (!clock.IsSynchronised() && clock.BootMs() < end_boot_ms &&
         (options.stop == nullptr || *options.stop == 0)) {
    clock.SleepMs(kClockPollMs);
  }
}

// An unfinished run of the same package, that somebody applies or resumes.
Outcome GoOnWith(const RunOptions& options, Host* host, LoadedRun* loaded, bool goes_forward) {
  const LoadedRun& run = *loaded;
  const history::RunHistory& history = run.contents.history;
  const bool is_parked = history.state() == RunState::kParked;
  const history::Window& window = run.contents.info.window;
  Outcome outcome;
  outcome.run_id = run.run_id;
  if (is_parked && !options.until_prepare) {
    return GoOnWithParked(options, host, loaded);
  }
  if (is_parked) {
    outcome.reason = fmt::format("run {} is parked already: {}", run.run_id, HowToGoOn(run.plan));
    return outcome;
  }
  if (options.until_prepare && !history.parks()) {
    outcome = Refuse(fmt::format(
        "run {} of this package is unfinished and not to be parked; `upgraph resume` goes on with "
        "it, `upgraph rollback` turns it back",
        run.run_id));
  } else if (options.window_begin_wall_ms != 0 &&
             options.window_begin_wall_ms != window.begin_wall_ms) {
    outcome = Refuse(fmt::format(
        "run {} of this package is unfinished and {}", run.run_id,
        history.parks()
            ? std::string("is not parked yet: without `--window`, `upgraph resume` brings it there")
            : fmt::format(
                  "has its own window{}; `upgraph resume` goes on with it",
                  window.is_agreed()
                      ? fmt::format(", from {} to {}", env::FormatWallTime(window.begin_wall_ms),
                                    env::FormatWallTime(window.end_wall_ms))
                      : ": none")));
  } else {
    return Continue(options, host, loaded, goes_forward);
  }
  outcome.run_id = run.run_id;
  return outcome;
}

}  // namespace

Outcome Apply(const RunOptions& options, package::Package package) {
  auto plan = TakePlan(&package);
  if (!plan.ok()) {
    return Refuse(plan.error().message);
  }
  auto host = TakeHost(options);
  if (!host.ok()) {
    return FromError(host.error());
  }
  for (const std::shared_ptr<LoadedRun>& unfinished : (*host)->unfinished) {
    const LoadedRun& run = *unfinished;
    if (run.package.digest != package.digest) {
      const bool is_parked = run.contents.history.state() == RunState::kParked;
      Outcome outcome = Refuse(fmt::format(
          "run {} of another package is {}", run.run_id,
          is_parked ? "parked: " + HowToGoOn(run.plan)
                    : "unfinished; `upgraph resume` or `upgraph rollback` ends it first"));
      outcome.run_id = run.run_id;
      return outcome;
    }
    return GoOnWith(options, host->get(), unfinished.get(), options.person_asked);
  }
  return Open(options, host->get(), std::move(package), std::move(*plan));
}

Outcome Resume(const RunOptions& options) {
  auto host = TakeHost(options);
  if (!host.ok()) {
    return FromError(host.error());
  }
  if ((*host)->unfinished.empty()) {
    Outcome outcome;
    outcome.reason = "nothing to resume: no run is unfinished";
    return outcome;
  }
  return GoOnWith(options, host->get(), (*host)->unfinished.front().get(), true);
}

Outcome Recover(const RunOptions& options) {
  if (options.is_early) {
    return RecoverEarly(options);
  }
  FreeHeldUnits(options);
  auto host = TakeHost(options);
  if (!host.ok()) {
    Outcome outcome = FromError(host.error());
    outcome.reason += LeaveBootUnit(options, true, RunState::kOpen);
    return outcome;
  }
  if ((*host)->unfinished.empty()) {
    Outcome outcome;
    outcome.reason = "nothing to recover: no run is unfinished" + ForgetBootUnit(options);
    return outcome;
  }
  const LoadedRun& run = *(*host)->unfinished.front();
  if (run.contents.history.state() == RunState::kParked) {
    Outcome outcome;
    outcome.run_id = run.run_id;
    outcome.reason = fmt::format("run {} is parked, and no boot has anything to do for it: {}",
                                 run.run_id, HowToGoOn(run.plan)) +
                     ForgetBootUnit(options);
    return outcome;
  }
  if (run.contents.history.state() == RunState::kIncomplete) {
    Outcome outcome;
    outcome.exit_code = ExitCode::kIncomplete;
    outcome.run_id = run.run_id;
    outcome.reason =
        "the rollback is incomplete and waits for a person: `upgraph status` names what "
        "is left over" +
        LeaveBootUnit(options, true, RunState::kIncomplete);
    return outcome;
  }
  WaitForTime(options, (*host)->env->clock, run);
  return Continue(options, host->get(), (*host)->unfinished.front().get(), false);
}

Outcome Rollback(const RunOptions& options) {
  auto host = TakeHost(options);
  if (!host.ok()) {
    return FromError(host.error());
  }
  if ((*host)->last == nullptr) {
    return Refuse("nothing to roll back: there was no run on this host");
  }
  LoadedRun& run = (*host)->unfinished.empty() ? *(*host)->last : *(*host)->unfinished.front();
  if (run.contents.history.state() == RunState::kRolledBack) {
    Outcome outcome;
    outcome.run_id = run.run_id;
    outcome.reason = fmt::format("already rolled back to v{}{}", run.contents.info.from,
                                 ClearStaging(**host, run));
    return outcome;
  }
  if (run.contents.history.state() == RunState::kCommitted) {
    return RollbackCommitted(options, host->get(), &run);
  }
  Execution execution(options, host->get(), &run);
  Status begun = execution.Begin();
  if (!begun.ok()) {
    return FromError(begun.error());
  }
  return execution.Back("asked for", ExitCode::kDone);
}

Result<plan::Resolution> ResolveOnHost(const std::string& root, const plan::Plan& plan,
                                       const std::string& target) {
  UPGRAPH_ASSIGN(auto host, OpenHost(root, RealHost()));
  return ResolveWithFacts(RealHost(), *host->env, plan, target);
}

}  // namespace upgraph::executor
