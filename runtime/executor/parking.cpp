// Nothing is written before it is decided that the run goes on: until then every answer is a
// refusal, and the run stays as it was.

#include "runtime/executor/parking.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"
#include "runtime/executor/approvals.h"
#include "runtime/executor/boot_unit.h"
#include "runtime/executor/execution.h"
#include "runtime/executor/gate_work.h"
#include "runtime/executor/keep_window.h"
#include "runtime/executor/natives.h"
#include "runtime/executor/preflight.h"
#include "runtime/executor/system_file.h"
#include "runtime/executor/trust.h"
#include "runtime/package/approval.h"

namespace upgraph::executor {
namespace {

using Answers = std::vector<std::pair<std::string, std::string>>;

// Facts and approvals have limits of their own; this holds all that they can come to.
constexpr uint64_t kKeptBytesMax = 256 << 20;

std::string FactsPath(const std::string& run_id) { return RunFolder(run_id) + "/parked.json"; }
std::string ApprovalsPath(const std::string& run_id) {
  return RunFolder(run_id) + "/approvals.json";
}

bool IsText(const Json& json, const char* name) {
  return json.is_object() && json.contains(name) && json[name].is_string();
}

// What its digest says, or an error: somebody has changed it.
Result<Answers> ReadFactsOfParked(env::Env& env, const LoadedRun& run) {
  const Error wrong{ErrorKind::kDamaged,
                    fmt::format("run {}: {} is not as it was when the run was parked", run.run_id,
                                FactsPath(run.run_id))};
  const auto text = env.files.Read(FactsPath(run.run_id), kKeptBytesMax);
  if (!text.ok() || Sha256(*text) != run.contents.history.parked_digest()) {
    return wrong;
  }
  const auto json = ParseJson(*text);
  if (!json.ok() || !json->is_array()) {
    return wrong;
  }
  Answers answers;
  for (const Json& one : *json) {
    if (!IsText(one, "fact") || !IsText(one, "answer")) {
      return wrong;
    }
    answers.emplace_back(one["fact"].get<std::string>(), one["answer"].get<std::string>());
  }
  return answers;
}

std::string RoleOf(const SignedApproval& approval) {
  const auto terms = package::ParseApproval(approval.text);
  return terms.ok() ? terms->role : "";
}

// Those that were kept, but for roles that approve anew. What cannot be read was not given: then
// the approvals are asked for.
void AddKeptApprovals(env::Env& env, const std::string& run_id, RunOptions* options) {
  const auto text = env.files.Read(ApprovalsPath(run_id), kKeptBytesMax);
  const auto json = text.ok() ? ParseJson(*text) : Result<Json>(text.error());
  if (!json.ok() || !json->is_array()) {
    return;
  }
  std::vector<std::string> anew;
  for (const Approval& typed : options->approvals) {
    anew.push_back(typed.role);
  }
  for (const SignedApproval& one : options->signed_approvals) {
    anew.push_back(RoleOf(one));
  }
  const auto is_anew = [&](const std::string& role) {
    return std::find(anew.begin(), anew.end(), role) != anew.end();
  };
  for (const Json& one : *json) {
    if (IsText(one, "role") && IsText(one, "by")) {
      const Approval typed{one["role"].get<std::string>(), one["by"].get<std::string>()};
      if (!is_anew(typed.role)) {
        options->approvals.push_back(typed);
      }
    } else if (IsText(one, "text") && IsText(one, "signature")) {
      const SignedApproval given{one["text"].get<std::string>(),
                                 one["signature"].get<std::string>()};
      if (!is_anew(RoleOf(given))) {
        options->signed_approvals.push_back(given);
      }
    }
  }
}

// Where nobody says when the window begins it is the one that was approved.
void TakeApprovedWindow(RunOptions* options) {
  for (const SignedApproval& one : options->signed_approvals) {
    const auto terms = package::ParseApproval(one.text);
    if (options->window_begin_wall_ms == 0 && terms.ok()) {
      options->window_begin_wall_ms = terms->window_begin_wall_ms;
    }
  }
}

std::vector<Approval> NotRecordedYet(const LoadedRun& run, const std::vector<Approval>& approvals) {
  std::vector<Approval> fresh;
  for (const Approval& approval : approvals) {
    const std::string text = ApprovedText(approval);
    if (std::none_of(run.contents.records.begin(), run.contents.records.end(),
                     [&](const history::Record& record) {
                       return record.kind == history::RecordKind::kApproved && record.text == text;
                     })) {
      fresh.push_back(approval);
    }
  }
  return fresh;
}

class GoingOn {
 public:
  GoingOn(const RunOptions& options, Host* host, LoadedRun* run)
      : options_(options),
        host_(*host),
        run_(*run),
        staging_(*host->env, RunFolder(run->run_id), run->run_id),
        context_(ContextOf(options, *host, *run, nullptr, cancel_)) {
    context_.run_id.clear();  // as in every preflight, nothing is the run's
    AddKeptApprovals(*host->env, run->run_id, &options_);
    TakeApprovedWindow(&options_);
  }

  Outcome Run() {
    if (std::optional<Outcome> refusal = LookAtWhoMay()) {
      return *refusal;
    }
    const auto was = ReadFactsOfParked(*host_.env, run_);
    if (!was.ok()) {
      Outcome outcome = FromError(was.error());
      outcome.run_id = run_.run_id;
      return outcome;
    }
    const std::string changed = FindChangedFact(AccessOf(options_), *host_.env, run_.plan.facts,
                                                *was, "since the run was parked");
    if (!changed.empty()) {
      return TurnBack(changed);
    }
    if (std::optional<Outcome> refusal = LookAtHost()) {
      return *refusal;
    }
    return GoOn();
  }

 private:
  Outcome StaysParked(const std::string& why) const {
    Outcome outcome = Refuse(why + "; the run stays parked");
    outcome.run_id = run_.run_id;
    return outcome;
  }

  // What is to be had without asking the host anything that the package names.
  std::optional<Outcome> LookAtWhoMay() {
    if (options_.host == nullptr) {
      const std::vector<std::string> missing = DescribeMissingCode(run_.plan);
      const auto trust = JudgePackage(host_.env->files, options_.root, run_.package);
      if (!missing.empty() || !trust.ok()) {
        return StaysParked(!missing.empty()
                               ? missing[0]
                               : "the package is not taken any more: " + trust.error().message);
      }
    }
    auto approvals = JudgeApprovals(options_, host_.env->files, run_.package, run_.plan);
    if (!approvals.ok()) {
      return StaysParked(approvals.error().message);
    }
    approvals_ = NotRecordedYet(run_, *approvals);
    const auto window = WindowFor(options_, run_.plan, host_.env->clock.WallMs());
    if (!window.ok()) {
      Outcome outcome = StaysParked(window.error().message);
      outcome.can_retry = window.error().kind == ErrorKind::kBusy;
      return outcome;
    }
    window_ = *window;
    return std::nullopt;
  }

  std::optional<Outcome> LookAtHost() {
    const Runner reader(options_, ContextOf(options_, host_, run_, &staging_, cancel_), &cancel_,
                        nullptr, &run_.contents);
    ParkedDrift drift = reader.FindParkedDrift();
    ended_ = std::move(drift.ended);
    if (!drift.changed.empty()) {
      return WithFindings("what prepare left was changed by somebody else", drift.changed);
    }
    const std::vector<std::string> findings = RunPreflight(
        context_, options_.jobs,
        [this](plan::StepId step_id, const WorkResult& result) {
          ReportPreflight(options_, run_.plan, host_.env->clock, step_id, result);
        },
        Done());
    if (!findings.empty()) {
      return WithFindings("preflight found", findings);
    }
    auto baselines = TakeBaselines(context_, options_);
    if (!baselines.ok()) {
      return StaysParked(baselines.error().message);
    }
    baselines_ = std::move(*baselines);
    const std::string no_time =
        WhyNoTime(run_.plan, run_.contents.history, window_, {host_.env->clock.WallMs(), ""});
    if (!no_time.empty()) {
      return StaysParked(no_time);
    }
    if (const Status kept = KeepBootUnit(options_, run_.plan); !kept.ok()) {
      return StaysParked("what a boot would do for the run cannot be installed: " +
                         kept.error().message);
    }
    return std::nullopt;
  }

  Outcome WithFindings(const std::string& what, const std::vector<std::string>& findings) const {
    Outcome outcome = StaysParked(fmt::format("{} ({}): {}", what, findings.size(), findings[0]));
    outcome.findings = findings;
    return outcome;
  }

  std::vector<bool> Done() const {
    std::vector<bool> done;
    for (const history::StepHistory& step : run_.contents.history.steps()) {
      done.push_back(step.state == history::StepState::kApplied ||
                     step.state == history::StepState::kFound);
    }
    return done;
  }

  Outcome TurnBack(const std::string& why) {
    Execution execution(options_, &host_, &run_);
    if (const Status begun = execution.Begin(); !begun.ok()) {
      return FromError(begun.error());
    }
    execution.runner().Report(ProgressKind::kResumed, plan::StepId(), "back: " + why);
    return execution.Back(why, ExitCode::kRolledBack);
  }

  Outcome GoOn() {
    Execution execution(options_, &host_, &run_);
    if (const Status begun = execution.Begin({false, ended_, window_}); !begun.ok()) {
      return FromError(begun.error());
    }
    Runner& runner = execution.runner();
    runner.Report(ProgressKind::kResumed, plan::StepId(), "forward: it was parked");
    runner.RecordApprovals(approvals_);
    // A failed journal is met again at once.
    (void)runner.RecordBaselines(std::move(baselines_));
    return execution.Forward();
  }

  RunOptions options_;
  Host& host_;
  LoadedRun& run_;
  std::atomic<bool> cancel_{false};
  steps::RunStaging staging_;
  RunContext context_;
  history::Window window_;
  std::vector<Approval> approvals_;
  std::vector<plan::StepId> ended_;
  Baselines baselines_;
};

}  // namespace

Result<Digest> KeepFactsOfParked(const HostAccess& access, env::Env& env, const LoadedRun& run) {
  Json json = Json::array();
  for (const plan::Fact& fact : run.plan.facts) {
    auto answer = access.AskFact(env, fact);
    if (!answer.ok()) {
      return answer.error().Within(fmt::format("fact `{}`", fact.name));
    }
    json.push_back({{"fact", fact.name}, {"answer", *answer}});
  }
  const std::string text = PrettyJson(json);
  UPGRAPH_TRY(WriteWhole(env.files, FactsPath(run.run_id), text, 0600));
  return Sha256(text);
}

Status KeepApprovalsOfParked(env::Env& env, const std::string& run_id, const RunOptions& options) {
  Json json = Json::array();
  for (const Approval& typed : options.approvals) {
    json.push_back({{"role", typed.role}, {"by", typed.by}});
  }
  for (const SignedApproval& one : options.signed_approvals) {
    json.push_back({{"text", one.text}, {"signature", one.signature}});
  }
  if (json.empty()) {
    return OkStatus();
  }
  return WriteWhole(env.files, ApprovalsPath(run_id), PrettyJson(json), 0600);
}

Outcome GoOnWithParked(const RunOptions& options, Host* host, LoadedRun* run) {
  return GoingOn(options, host, run).Run();
}

std::string HowToGoOn(const plan::Plan& plan) {
  return fmt::format("`upgraph resume{}` goes on with it, `upgraph rollback` turns it back",
                     plan.upgrade.window_ms > 0 ? " --window START" : "");
}

}  // namespace upgraph::executor
