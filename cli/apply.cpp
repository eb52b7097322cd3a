#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/plan_report.h"
#include "cli/run_folder.h"
#include "cli/start_run.h"
#include "cli/whole_file.h"
#include "cli/window_start.h"
#include "runtime/executor/trust.h"
#include "runtime/package/approval.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

std::string WindowText(int64_t length_ms, int64_t begin_wall_ms) {
  if (length_ms == 0) {
    return "";
  }
  const std::string length = plan::FormatDuration(length_ms);
  return begin_wall_ms == 0
             ? fmt::format(", the window is {} from then on", length)
             : fmt::format(", the window is {} from {}", length, FormatWallTime(begin_wall_ms));
}

// Whether there is such a step on any way.
bool HasStep(const plan::Plan& plan, bool (*is_such)(const plan::Step& step)) {
  const auto has_one = [is_such](const plan::StepGraph& edge) {
    return std::any_of(edge.steps.begin(), edge.steps.end(), is_such);
  };
  return has_one(plan) || std::any_of(plan.other_edges.begin(), plan.other_edges.end(), has_one);
}

bool IsLater(const plan::Step& step) { return step.delay_ms > 0; }

// What a person is asked before anything begins. False: they said no.
bool Confirm(const Input& input, const std::string& root, const Arguments& arguments,
             int64_t window_begin_wall_ms, Console& console, bool* person_asked) {
  const std::optional<executor::RunView> unfinished = FindUnfinishedRun(root);
  if (unfinished.has_value()) {
    if (unfinished->package_digest != input.package->digest.Hex()) {
      return true;  // refused by the run itself, with its reason
    }
    if (unfinished->state == history::RunState::kParked) {
      *person_asked =
          arguments.until_prepare ||
          Ask(console, fmt::format("run {} of this package is parked since {}. Go on "
                                   "with it? No leaves it parked",
                                   unfinished->run_id, FormatWallTime(unfinished->parked_wall_ms)));
      return *person_asked;
    }
    *person_asked = Ask(console, fmt::format("run {} of this package is unfinished. Go on with it? "
                                             "No turns it back, if it is not committed",
                                             unfinished->run_id));
    return true;
  }
  const auto on_host = executor::ResolveOnHost(root, input.plan, arguments.to);
  if (!on_host.ok() || on_host->applicability != plan::Applicability::kApplies) {
    return true;  // the run itself says why not
  }
  const std::string upgrade =
      fmt::format("{} {}", input.plan.product.name, FormatHops(on_host->plan));
  if (arguments.until_prepare) {
    *person_asked = Ask(
        console, package::Printable(fmt::format(
                     "{} on {}: prepare alone, then it is parked. Prepare it?", upgrade, root)));
    return *person_asked;
  }
  const PlanTimes times = TimesOf(on_host->plan);
  *person_asked = Ask(
      console, package::Printable(fmt::format(
                   "{} on {}: forward {}, downtime {}, rollback {}{}. Apply it?", upgrade, root,
                   plan::FormatDuration(times.forward_ms), plan::FormatDuration(times.downtime_ms),
                   plan::FormatDuration(times.rollback_ms),
                   WindowText(on_host->plan.upgrade.window_ms, window_begin_wall_ms))));
  return *person_asked;
}

// With their signatures. Where no window is given it is the one that was approved.
Result<std::vector<executor::SignedApproval>> ReadApprovals(const std::vector<std::string>& paths,
                                                            int64_t* window_begin_wall_ms) {
  std::vector<executor::SignedApproval> approvals;
  for (const std::string& path : paths) {
    UPGRAPH_ASSIGN(std::string text, ReadWhole(path, package::kApprovalBytesMax));
    const auto terms = package::ParseApproval(text);
    if (!terms.ok()) {
      return terms.error().Within(path);
    }
    auto signature = ReadWhole(path + ".minisig", minisign::kSignatureBytesMax);
    if (!signature.ok()) {
      return signature.error().Within(
          fmt::format("the signature of `{}`, which `minisign -S -m {}` makes", path, path));
    }
    approvals.push_back({std::move(text), std::move(*signature)});
    *window_begin_wall_ms =
        *window_begin_wall_ms == 0 ? terms->window_begin_wall_ms : *window_begin_wall_ms;
  }
  return approvals;
}

}  // namespace

int RunApply(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  std::optional<Input> input = ReadInput(arguments, true, console, &exit_code);
  if (!input.has_value()) {
    return exit_code;
  }
  int64_t window_begin_wall_ms = 0;
  if (!arguments.window.empty()) {
    const Result<int64_t> begin = ParseWindowStart(arguments.window);
    if (!begin.ok()) {
      return Fail(console, arguments.command,
                  {executor::ExitCode::kUsage, begin.error().message, false, ""});
    }
    window_begin_wall_ms = *begin;
  }
  const auto approvals = ReadApprovals(arguments.approval_files, &window_begin_wall_ms);
  if (!approvals.ok()) {
    return Fail(console, arguments.command, Refusal(approvals.error()));
  }
  const Result<RootStatus> root = LookAtRoot(arguments.root);
  if (!root.ok()) {
    return Fail(console, arguments.command, Refusal(root.error()));
  }
  const Result<executor::Trust> trust = executor::JudgePackageFor(root->path, *input->package);
  // An unfinished run was judged when it was opened, and goes on whoever is trusted now.
  if (!trust.ok() && !FindUnfinishedRun(root->path).has_value()) {
    return Fail(
        console, arguments.command,
        {executor::ExitCode::kRefused,
         fmt::format("{} is not taken: {}", input->source, trust.error().message), false, ""});
  }
  RunnerRequest request{CommandKind::kApply,       root->path,  arguments.jobs, arguments.is_yes,
                        std::move(input->package), arguments.to};
  // A run that is parked agrees its window when it goes on.
  request.until_prepare = arguments.until_prepare;
  request.window_begin_wall_ms = arguments.until_prepare ? 0 : window_begin_wall_ms;
  request.accepts_not_durable = arguments.accepts_not_durable;
  request.may_reboot = arguments.may_reboot;
  for (const executor::Approval& approval : arguments.approvals) {
    request.approvals.push_back({approval.role, approval.by + " (" + CallerText() + ")"});
  }
  request.signed_approvals = *approvals;
  if (!console.is_json() && trust.ok()) {
    console.Out(package::Printable(fmt::format("{}, {}", input->source, trust->text)) + "\n");
  }
  const bool is_alone = !IsRecoveredAtBoot(
      arguments.is_foreground ? RunnerKind::kProcess : arguments.runner, root->path);
  if (HasStep(input->plan, IsLater) && !console.is_json() && is_alone) {
    console.Out(package::Printable(fmt::format(
                    "what its plan does later waits for `upgraph tick --root {}`, and no timer of "
                    "this system will call it; `--runner service` installs one",
                    root->path)) +
                "\n");
  }
  if (HasStep(input->plan, plan::IsReboot) && !console.is_json() && is_alone) {
    console.Out(package::Printable(fmt::format(
                    "its plan reboots, and no unit of this system goes on after that: `upgraph "
                    "recover --root {}` does; `--runner service` installs one",
                    root->path)) +
                "\n");
  }
  if (!arguments.is_yes && console.can_ask()) {
    input->package = request.package;
    if (!Confirm(*input, root->path, arguments, window_begin_wall_ms, console,
                 &request.person_asked)) {
      return Fail(console, arguments.command,
                  {executor::ExitCode::kRefused, "not applied: the answer was no", true, ""});
    }
  }
  // The run reads its plan and its package again; a large one does not stand there twice.
  input.reset();
  return StartRun(arguments, std::move(request), console);
}

}  // namespace upgraph::cli
