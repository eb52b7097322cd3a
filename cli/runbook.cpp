#include "cli/runbook.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "cli/format.h"
#include "cli/markdown.h"
#include "cli/plan_words.h"
#include "plan/graph.h"
#include "plan/version.h"

namespace upgraph::cli {
namespace {

using plan::Phase;
using plan::StepId;

bool IsUndone(const plan::Step& step) {
  return step.phase >= Phase::kPrepare && step.undo != plan::UndoClass::kObserves &&
         step.undo != plan::UndoClass::kNever;
}

void AddSecrets(const plan::Value& value, std::set<std::string>* secrets) {
  if (value.kind == plan::ValueKind::kSecret) {
    if (!value.fields.empty()) {  // else there is none, and nothing to look for
      secrets->insert(plan::FormatValue(value));
    }
    return;
  }
  for (const plan::Field& field : value.fields) {
    AddSecrets(field.value, secrets);
  }
}

class Runbook {
 public:
  explicit Runbook(const PlanReport& report)
      : report_(report), plan_(report.plan), times_(TimesOf(report.plan)) {
    for (const plan::Meaning& meaning : plan_.meanings) {
      meanings_.emplace(meaning.step_name, FirstSentence(meaning.text));
    }
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      const plan::Step& step = plan_.steps[i];
      if (step.kind != plan::StepKind::kJoin && !IsLeftOut(plan_, step) &&
          !IsHiddenTurn(plan_, step)) {
        shown_.push_back(StepId(i));
      }
    }
  }

  std::string Render() {
    RenderHead();
    RenderPrerequisites();
    RenderInputs();
    RenderPeople();
    RenderGo();
    RenderSteps();
    RenderNoReturn();
    RenderWayBack();
    RenderAnnouncements();
    RenderAfter();
    RenderCommands();
    RenderEnds();
    return std::move(text_);
  }

 private:
  void Line(const std::string& line) { text_ += line + "\n"; }
  void Heading(const std::string& title) { text_ += "\n## " + title + "\n\n"; }

  std::string Way() const {
    return plan_.hops.size() > 1 ? FormatHops(plan_) : FormatUpgrade(plan_.upgrade);
  }

  void RenderHead() {
    const plan::Upgrade& upgrade = plan_.upgrade;
    Line("# Runbook: " + MarkdownText(fmt::format("{} {}", plan_.product.name, Way())));
    for (const std::string& purpose : {plan_.purpose, upgrade.purpose}) {
      if (!purpose.empty()) {
        Line("\n" + MarkdownProse(purpose));
      }
    }
    Line(
        fmt::format("\nMade from {}, {}; plan {}. Times are estimates: what steps say they "
                    "take, and full waits for locks.",
                    MarkdownText(report_.source), MarkdownText(report_.signature),
                    MarkdownCode(report_.plan_digest.substr(0, 16))));
    Heading("At a glance");
    Line("| | |\n|---|---|");
    const auto row = [this](const char* name, const std::string& value) {
      if (!value.empty()) {
        Line(fmt::format("| {} | {} |", name, value));
      }
    };
    row("ticket", MarkdownText(upgrade.ticket));
    row("to the commit", plan::FormatDuration(times_.forward_ms));
    row("rollback", plan::FormatDuration(times_.rollback_ms) + " from its last moment");
    const int64_t kept_ms = plan::KeptForWayBack(times_.rollback_ms);
    if (upgrade.window_ms > 0) {
      row("window", fmt::format("{}, from the start to the commit or to the end of a rollback",
                                plan::FormatDuration(upgrade.window_ms)));
      row("time to turn back",
          upgrade.window_ms > kept_ms
              ? fmt::format("{} into the window, when all is applied: {} are kept for the way back",
                            plan::FormatDuration(upgrade.window_ms - kept_ms),
                            plan::FormatDuration(kept_ms))
              : "the way back does not fit the window");
    }
    row("downtime",
        plan::FormatDuration(times_.downtime_ms) +
            (upgrade.downtime_ms > 0 ? "; promised are " + plan::FormatDuration(upgrade.downtime_ms)
                                     : ""));
    for (const std::string& condition : UpConditions(plan_)) {
      row("up again when", MarkdownText(condition));
    }
    row("after the commit",
        times_.cleanup_ms > 0 ? plan::FormatDuration(times_.cleanup_ms) + " of cleanup" : "");
  }

  void RenderPrerequisites() {
    Heading("What must be there");
    std::string from;
    for (const plan::VersionRange& range : plan_.upgrade.from) {
      from += (from.empty() ? "" : ", ") + plan::FormatRange(range);
    }
    Line(fmt::format(
        "- [ ] {} is installed: {}", MarkdownText(plan_.product.name),
        MarkdownText(plan_.hops.empty() ? from : plan::FormatVersion(plan_.hops.front().from))));
    std::set<std::string> locks;
    for (const plan::LockScope& scope : plan_.lock_scopes) {
      locks.insert(LockText(scope));
    }
    for (const std::string& lock : locks) {
      Line("- [ ] nobody else holds the lock " + MarkdownCode(lock));
    }
    std::set<std::string> secrets;
    for (const plan::Step& step : plan_.steps) {
      for (const plan::Field& argument : step.arguments) {
        AddSecrets(argument.value, &secrets);
      }
    }
    for (const std::string& secret : secrets) {
      Line(fmt::format("- [ ] the secret {} is there, and only root can read it",
                       MarkdownCode(secret)));
    }
    const bool is_late = std::any_of(plan_.steps.begin(), plan_.steps.end(),
                                     [](const plan::Step& step) { return step.delay_ms > 0; });
    if (is_late || !plan_.announcements.empty()) {
      Line(
          "- [ ] a timer calls `upgraph tick` every few minutes: it does what is due later, and "
          "tells "
          "what could not be told");
    }
  }

  void RenderInputs() {
    if (plan_.inputs.empty()) {
      return;
    }
    Heading("Inputs");
    Line("| input | here | meaning |\n|---|---|---|");
    for (const plan::SiteInput& input : plan_.inputs) {
      Line(fmt::format("| {} | {}{} | {} |", MarkdownText(input.name),
                       MarkdownText(plan::FormatValue(input.value)),
                       input.is_default ? " (the default)" : "",
                       MarkdownText(OneLine(input.meaning))));
    }
  }

  void RenderPeople() {
    Heading("Who says go");
    for (const std::string& role : plan_.upgrade.approvals) {
      Line(fmt::format("- [ ] **{}** approves, and is named: {}", MarkdownText(role),
                       MarkdownCode("--approve " + role + "=NAME")));
    }
    Line(plan_.upgrade.approvals.empty() ? "Nobody has to approve."
                                         : "\nWithout all of them `upgraph apply` refuses. Who "
                                           "approved is kept in the journal.");
  }

  void RenderGo() {
    Heading("Go or no-go");
    Line(
        "Go when all of this holds. `upgraph apply` looks itself before it touches anything, and "
        "ends "
        "with exit code 5 where something does not.\n");
    for (const StepId id : shown_) {
      const plan::Step& step = plan_.step(id);
      if (step.phase == Phase::kPreflight) {
        Line(fmt::format("- [ ] {}{}", Named(step), Meant(step)));
      }
    }
    for (const plan::Gate& gate : plan_.gates) {
      if (gate.baseline_ms > 0) {
        Line(fmt::format("- [ ] the baseline of {} can be had: {}", MarkdownCode(gate.name),
                         MarkdownText(GateText(gate))));
      }
    }
    if (plan_.upgrade.window_ms > 0) {
      Line(fmt::format(
          "- [ ] the window has {} left: the way there, and half as much again as the "
          "way back",
          plan::FormatDuration(times_.forward_ms + plan::KeptForWayBack(times_.rollback_ms))));
    }
    Line("- [ ] no other run of this host is unfinished: `upgraph status`");
  }

  std::string Named(const plan::Step& step) const {
    return fmt::format("{} {}", MarkdownCode(step.path), MarkdownCode(step.title));
  }

  // ": Moves a link …"
  std::string Meant(const plan::Step& step) const {
    const auto meaning = meanings_.find(step.name);
    return meaning == meanings_.end() ? "" : ": " + MarkdownProse(meaning->second);
  }

  void RenderSteps() {
    Heading("The steps");
    Line(
        "In this order, each when what it waits for is done. Nothing is to be done by hand unless "
        "a "
        "step says so.");
    std::optional<plan::Stage> stage;
    StepId previous;
    size_t number = 0;
    for (const StepId id : shown_) {
      const plan::Step& step = plan_.step(id);
      if (step.phase == Phase::kPreflight || step.phase == Phase::kCleanup) {
        continue;
      }
      if (!stage.has_value() || *stage != plan::StageOf(step)) {
        stage = plan::StageOf(step);
        previous = StepId();
        RenderStageHead(step);
        number = 0;
      }
      RenderStep(id, previous, ++number);
      previous = id;
    }
  }

  void RenderStageHead(const plan::Step& step) {
    std::string times;
    if (plan_.hops.size() <= 1) {
      const plan::Duration time = plan::CriticalPath(plan_, step.phase, step.phase);
      times = ": " + plan::FormatDuration(time.forward_ms);
      if (time.back_ms > 0) {
        times += fmt::format(", back {}", plan::FormatDuration(time.back_ms));
      }
    }
    Line(fmt::format("\n### {}{}\n\n{}\n", MarkdownText(StageName(plan_, step)), times,
                     Sentence(PhaseMeaning(step.phase))));
  }

  void RenderStep(StepId id, StepId previous, size_t number) {
    const plan::Step& step = plan_.step(id);
    Line(fmt::format("{}. {}, {}{}", number, Named(step), plan::FormatDuration(step.takes_ms),
                     Meant(step)));
    const auto detail = [this](const std::string& text) {
      if (!text.empty()) {
        Line("   - " + text);
      }
    };
    const std::vector<StepId> after = RealPredecessors(plan_, id);
    if (previous.has_value() && !(after.size() == 1 && after[0] == previous)) {
      detail(after.empty() ? "from the start" : "after " + Paths(after));
    }
    detail(MarkdownText(ArmText(plan_, step.arm_id)));
    for (const plan::LockScopeId scope_id : plan::EnclosingScopes(plan_, step.lock_scope_id)) {
      detail("under the lock " + MarkdownCode(LockText(plan_.lock_scope(scope_id))));
    }
    if (step.waits) {
      detail("waits for a person, or for something outside, for at most " +
             plan::FormatDuration(step.timeout_ms));
    }
    detail(MarkdownProse(DelayText(plan_, step)));
    if (step.gate_id.has_value()) {
      const plan::Gate& gate = plan_.gate(step.gate_id);
      detail(fmt::format("for {}, {}", plan::FormatDuration(gate.for_ms),
                         MarkdownText(GateText(gate))));
      for (const plan::Condition& condition : gate.conditions) {
        detail("holds: " + MarkdownCode(condition.title));
      }
    }
    if (step.undo != plan::UndoClass::kObserves || step.kind == plan::StepKind::kCommit) {
      detail(MarkdownText(WayBack(step)));
    }
    if (!step.issues.empty()) {
      detail(MarkdownText(TemporaryText(plan_, id)));
    }
  }

  // With many predecessors the order is said by their number.
  std::string Paths(const std::vector<StepId>& ids) const {
    constexpr size_t kPathsMax = 8;
    std::string text;
    for (size_t i = 0; i < std::min(ids.size(), kPathsMax); ++i) {
      text += (i == 0 ? "" : ", ") + MarkdownCode(plan_.step(ids[i]).path);
    }
    return ids.size() > kPathsMax ? fmt::format("{} and {} more", text, ids.size() - kPathsMax)
                                  : text;
  }

  void RenderNoReturn() {
    Heading("Point of no return");
    const auto commit =
        std::find_if(plan_.steps.begin(), plan_.steps.end(),
                     [](const plan::Step& step) { return step.kind == plan::StepKind::kCommit; });
    if (commit != plan_.steps.end()) {
      Line(
          fmt::format("{}: {}. What fails before it turns everything back by itself; what fails "
                      "after it is tried again, and needs a person where that does not help.",
                      MarkdownCode(commit->path), MarkdownText(commit->undo_reason.str())));
    } else {
      const int64_t retain_ms = plan_.upgrade.retain_ms;
      Line(fmt::format(
          "The commit, when all of `verify` holds. What fails before it turns everything back by "
          "itself. Nothing turns back by itself after it; `upgraph rollback` still takes all of it "
          "back, {} and nobody changed what it left.",
          retain_ms < 0 ? "as long as its undo is kept"
          : retain_ms == 0
              ? "until the next `upgraph tick` removes what that needs,"
              : fmt::format("for {}, as long as no cleanup without a way back was done",
                            plan::FormatDuration(retain_ms))));
    }
    for (const std::string& loss : plan_.upgrade.accepts_loss) {
      Line("\nAccepted: a rollback loses " + MarkdownText(loss) + ".");
    }
    for (const plan::Allowance& allowance : plan_.upgrade.allows) {
      Line(fmt::format("\nAllowed by the author, though {} speaks against it: {}",
                       MarkdownCode(allowance.check), MarkdownText(allowance.reason)));
    }
  }

  void RenderWayBack() {
    Heading("The way back");
    const uint32_t end = plan::WayBackEnd(plan_);
    Line(
        fmt::format("In {} from the last moment before the commit. The graph is walked in reverse: "
                    "each step as soon as all that came after it is back.\n",
                    plan::FormatDuration(times_.rollback_ms)));
    size_t number = 0;
    for (auto id = shown_.rbegin(); id != shown_.rend(); ++id) {
      const plan::Step& step = plan_.step(*id);
      if (id->index() < end && IsUndone(step)) {
        Line(fmt::format("{}. {}: {}", ++number, Named(step), MarkdownText(WayBack(step))));
      }
    }
    if (number == 0) {
      Line("Nothing is changed before the commit, so nothing has to go back.");
    }
  }

  void RenderAnnouncements() {
    if (plan_.announcements.empty()) {
      return;
    }
    Heading("Who is told");
    Line("| when | channel | what |\n|---|---|---|");
    for (const plan::Announcement& announcement : plan_.announcements) {
      Line(fmt::format("| {} | {}: {} | {} |", plan::AnnouncedEventName(announcement.event),
                       MarkdownText(announcement.to),
                       MarkdownText(plan::FormatValue(announcement.channel)),
                       MarkdownText(announcement.text)));
    }
  }

  void RenderAfter() {
    size_t number = 0;
    for (const StepId id : shown_) {
      if (plan_.step(id).phase != Phase::kCleanup) {
        continue;
      }
      if (number == 0) {
        Heading("After the commit");
        Line("Nothing of this turns back by itself, and what fails is tried again.\n");
      }
      RenderStep(id, StepId(), ++number);
    }
  }

  void RenderCommands() {
    const std::string input = report_.source.substr(report_.source.find(' ') + 1);
    std::string approvals;
    for (const std::string& role : plan_.upgrade.approvals) {
      approvals += " --approve " + role + "=NAME";
    }
    const std::string to =
        plan_.hops.empty() ? "" : " --to " + plan::FormatVersion(plan_.upgrade.to);
    const char* window = plan_.upgrade.window_ms > 0 ? " --window START" : "";
    Heading("Commands");
    const std::pair<std::string, const char*> commands[] = {
        {fmt::format("upgraph plan {}{} --root ROOT", input, to), "what it comes to on that host"},
        {fmt::format("upgraph apply {}{} --root ROOT{}{}", input, to, approvals, window),
         "do it; the terminal may be closed"},
        {"upgraph status --root ROOT --follow", "watch it, from any terminal"},
        {"upgraph rollback --root ROOT", "turn back now, or take back what is committed"},
        {"upgraph resume --root ROOT", "go on after a crash, or once what is named is mended"},
        {"upgraph resolve STEP --as reverted --because WHY --root ROOT",
         "a person put it back by hand"},
        {"upgraph tick --root ROOT", "do now what is due after the commit"},
        {"upgraph report --root ROOT -o report.html", "what happened, for everybody"}};
    if (HasPrepare()) {
      Line(fmt::format("- {}: days ahead, what comes before the switch; then {} goes on",
                       MarkdownCode(fmt::format("upgraph apply {}{} --root ROOT{} --until prepare",
                                                input, to, approvals)),
                       MarkdownCode(fmt::format("upgraph resume --root ROOT{}", window))));
    }
    for (const auto& [command, meaning] : commands) {
      Line(fmt::format("- {}: {}", MarkdownCode(command), meaning));
    }
  }

  bool HasPrepare() const {
    return std::any_of(plan_.steps.begin(), plan_.steps.end(), [](const plan::Step& step) {
      return step.phase == plan::Phase::kPrepare && step.kind != plan::StepKind::kJoin &&
             step.hop == 0;
    });
  }

  void RenderEnds() {
    Heading("How it ends");
    Line("| exit code | what it means | what to do |\n|---|---|---|");
    Line("| 0 | done | look at what follows the commit |");
    Line(
        "| 3 | it failed and is rolled back; the host is as before | read why, mend it, apply "
        "again |");
    Line(
        "| 4 | the rollback is incomplete | `upgraph status` names each leftover with the command "
        "that "
        "finishes it |");
    Line("| 5 | refused; nothing was touched | read why |");
    Line("| 6 | interrupted | `upgraph resume`, or `upgraph rollback` |");
    Line(
        "| 7 | committed, and something after it needs a person | `upgraph status`, then `upgraph "
        "resume` |");
    Line("| 8 | the journal is damaged; nothing acts on it | keep the state folder, and ask |");
  }

  const PlanReport& report_;
  const plan::Plan& plan_;
  const PlanTimes times_;
  std::map<std::string, std::string> meanings_;  // of steps, by their names
  std::vector<StepId> shown_;
  std::string text_;
};

}  // namespace

std::string RenderRunbook(const PlanReport& report) { return Runbook(report).Render(); }

}  // namespace upgraph::cli
