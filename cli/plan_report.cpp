#include "cli/plan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "cli/format.h"
#include "cli/plan_words.h"
#include "plan/graph.h"
#include "plan/turns.h"
#include "plan/version.h"
#include "runtime/executor/natives.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

using package::Printable;

std::string RetainText(int64_t retain_ms) {
  return retain_ms == 0
             ? "after the commit nothing is kept for a way back"
             : fmt::format("for {} after the commit `upgraph rollback` finds what it needs",
                           plan::FormatDuration(retain_ms));
}

Color WayBackColor(plan::UndoClass undo) {
  switch (undo) {
    case plan::UndoClass::kObserves:
    case plan::UndoClass::kExactly:
    case plan::UndoClass::kByCompensation:
      return Color::kDim;
    case plan::UndoClass::kWithLoss:
      return Color::kYellow;
    case plan::UndoClass::kNever:
      return Color::kRed;
  }
  UPGRAPH_UNREACHABLE("undo class");
}

class Renderer {
 public:
  Renderer(const PlanReport& report, bool use_color)
      : report_(report), plan_(report.plan), use_color_(use_color) {
    for (executor::MissingCode& missing : executor::FindMissingCode(plan_)) {
      missing_.emplace(missing.step_id, std::move(missing.native));
    }
  }

  std::string Render() {
    RenderHead();
    RenderSteps();
    return std::move(text_);
  }

 private:
  void Line(const std::string& line) { text_ += line + "\n"; }

  void RenderHead() {
    const plan::Upgrade& upgrade = plan_.upgrade;
    Line(Paint(
        Color::kBold,
        Printable(fmt::format("{}: {}", plan_.product.name,
                              plan_.hops.size() > 1 ? FormatHops(plan_) : FormatUpgrade(upgrade))),
        use_color_));
    Table table;
    table.Add({{"from", Color::kDim}, {report_.source + ", " + report_.signature}});
    if (!report_.root.empty()) {
      table.Add({{"host", Color::kDim}, {HostText()}});
    }
    if (!upgrade.ticket.empty()) {
      table.Add({{"ticket", Color::kDim}, {upgrade.ticket}});
    }
    const PlanTimes times = TimesOf(plan_);
    const auto with = [](const char* what, int64_t promise_ms) {
      return promise_ms > 0 ? what + plan::FormatDuration(promise_ms) : std::string();
    };
    table.Add({{"forward", Color::kDim},
               {plan::FormatDuration(times.forward_ms) + " to the commit" +
                with("; the window is ", upgrade.window_ms)}});
    table.Add({{"rollback", Color::kDim},
               {plan::FormatDuration(times.rollback_ms) + " from its last moment"}});
    if (upgrade.retain_ms >= 0) {
      table.Add({{"retain", Color::kDim}, {RetainText(upgrade.retain_ms)}});
    }
    table.Add(
        {{"downtime", Color::kDim},
         {plan::FormatDuration(times.downtime_ms) + with("; promised are ", upgrade.downtime_ms)}});
    for (const std::string& condition : UpConditions(plan_)) {
      table.Add({{"up when", Color::kDim}, {condition}});
    }
    for (const plan::SiteInput& input : plan_.inputs) {
      table.Add({{"input", Color::kDim},
                 {fmt::format("{} = {}{}", input.name, plan::FormatValue(input.value),
                              input.is_default ? " (the default)" : "")}});
    }
    if (!upgrade.approvals.empty()) {
      std::string roles;
      for (const std::string& role : upgrade.approvals) {
        roles += (roles.empty() ? "" : ", ") + role;
      }
      table.Add({{"approvals", Color::kYellow}, {roles}});
    }
    for (const plan::Announcement& announcement : plan_.announcements) {
      table.Add({{"announces", Color::kDim},
                 {fmt::format("{} to {}: {}", plan::AnnouncedEventName(announcement.event),
                              announcement.to, announcement.text)}});
    }
    for (const std::string& loss : upgrade.accepts_loss) {
      table.Add({{"accepts loss", Color::kYellow}, {loss}});
    }
    for (const plan::Allowance& allowance : upgrade.allows) {
      table.Add({{"allows", Color::kYellow}, {allowance.check + ": " + allowance.reason}});
    }
    text_ += table.Render("  ", use_color_);
    Line(Paint(Color::kDim, "  times are estimates: what steps say they take, full waits for locks",
               use_color_));
  }

  std::string HostText() const {
    switch (report_.applicability) {
      case plan::Applicability::kApplies:
        return fmt::format("{}: {} -> {}", report_.root, report_.installed, plan_.upgrade.to) +
               (report_.goes_on_to.empty() ? ""
                                           : "; a stop, another run goes on to " +
                                                 plan::FormatVersion(report_.goes_on_to));
      case plan::Applicability::kAtTarget:
        return fmt::format("{}: {} is installed; already there", report_.root, report_.installed);
      case plan::Applicability::kNotFrom:
        return fmt::format("{}: {}", report_.root, report_.why_not);
    }
    UPGRAPH_UNREACHABLE("applicability");
  }

  // In the order of the plan, which is that of its stages.
  void RenderSteps() {
    std::optional<plan::Stage> stage;
    plan::StepId previous;
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      const plan::Step& step = plan_.steps[i];
      const bool is_left_out = IsLeftOut(plan_, step);
      if (step.kind == plan::StepKind::kJoin && !is_left_out) {
        continue;
      }
      if (IsHiddenTurn(plan_, step)) {
        previous = is_left_out ? previous : plan::StepId(i);
        continue;
      }
      if (!stage || *stage != plan::StageOf(step)) {
        stage = plan::StageOf(step);
        previous = plan::StepId();
        RenderStageHead(step);
      }
      if (is_left_out) {
        RenderLeftOut(step);
        continue;
      }
      RenderStep(plan::StepId(i), previous);
      previous = plan::StepId(i);
    }
  }

  void RenderStageHead(const plan::Step& step) {
    Line("");
    Line(fmt::format("{}  {}", Paint(Color::kBlue, Printable(StageName(plan_, step)), use_color_),
                     Paint(Color::kDim, PhaseMeaning(step.phase), use_color_)));
  }

  void RenderLeftOut(const plan::Step& step) {
    Line(Paint(Color::kDim,
               fmt::format("  {}  {}  left out", Printable(step.path), Printable(step.title)),
               use_color_));
    Detail("not here: ", ArmText(plan_, step.arm_id), Color::kDim);
  }

  void RenderStep(plan::StepId step_id, plan::StepId previous) {
    const plan::Step& step = plan_.step(step_id);
    Line(fmt::format("  {}  {}  {}", Printable(step.path),
                     Paint(Color::kBold, Printable(step.title), use_color_),
                     plan::FormatDuration(step.takes_ms)));
    const std::vector<plan::StepId> after = RealPredecessors(plan_, step_id);
    // In a chain the order is that of the lines.
    const bool is_chained = after.empty() || (after.size() == 1 && after[0] == previous);
    if (!is_chained) {
      Detail("after ", Join(after), Color::kDim);
    } else if (after.empty() && previous.has_value()) {
      Detail("", "at the start", Color::kDim);
    }
    std::string effects;
    for (const plan::Effect& effect : step.effects) {
      effects +=
          fmt::format("{}{} {}", effects.empty() ? "" : ", ", plan::EffectKindName(effect.kind),
                      plan_.resource(effect.resource_id).Name());
    }
    Detail("", effects, Color::kNone);
    Detail("", ArmText(plan_, step.arm_id), Color::kYellow);
    for (const plan::LockScopeId scope_id : plan::EnclosingScopes(plan_, step.lock_scope_id)) {
      Detail("under ", LockText(plan_.lock_scope(scope_id)), Color::kYellow);
    }
    if (const std::string due = DelayText(plan_, step); !due.empty()) {
      Detail("", due, Color::kYellow);
    }
    if (step.gate_id.has_value()) {
      RenderGate(plan_.gate(step.gate_id));
    }
    Detail("", WayBack(step), WayBackColor(step.undo));
    if (step.ends.has_value()) {
      Detail("ends ", plan_.step(step.ends).path, Color::kDim);
    }
    if (!step.issues.empty()) {
      Detail("", TemporaryText(plan_, step_id), step.kept.empty() ? Color::kDim : Color::kYellow);
    }
    if (const auto missing = missing_.find(step_id); missing != missing_.end()) {
      Detail("", fmt::format("this program has no code for {}: `apply` refuses", missing->second),
             Color::kRed);
    }
  }

  void RenderGate(const plan::Gate& gate) {
    Detail("", GateText(gate), Color::kNone);
    for (const plan::Condition& condition : gate.conditions) {
      Detail("holds ", condition.title, Color::kNone);
    }
  }

  std::string Join(const std::vector<plan::StepId>& ids) const {
    std::string text;
    for (const plan::StepId id : ids) {
      text += (text.empty() ? "" : ", ") + plan_.step(id).path;
    }
    return text;
  }

  void Detail(const char* label, const std::string& text, Color color) {
    if (!text.empty()) {
      Line("      " + Paint(color, label + Printable(text), use_color_));
    }
  }

  const PlanReport& report_;
  const plan::Plan& plan_;
  const bool use_color_;
  std::map<plan::StepId, std::string> missing_;  // the code that a step lacks
  std::string text_;
};

}  // namespace

PlanTimes TimesOf(const plan::Plan& plan) {
  const plan::Duration until_commit = plan::UntilCommit(plan);
  return {until_commit.forward_ms, until_commit.back_ms,
          plan::CriticalPathForward(plan, plan::Phase::kSwitch, plan::Phase::kSwitch),
          plan::CriticalPathForward(plan, plan::Phase::kCleanup, plan::Phase::kCleanup)};
}

std::string FormatUpgrade(const plan::Upgrade& upgrade) {
  std::string from;
  for (const plan::VersionRange& range : upgrade.from) {
    from += (from.empty() ? "" : ", ") + plan::FormatRange(range);
  }
  return fmt::format("{} -> {}", from, plan::FormatVersion(upgrade.to));
}

std::string FormatHops(const plan::Plan& plan) {
  if (plan.hops.empty()) {
    return FormatUpgrade(plan.upgrade);
  }
  std::string text = plan::FormatVersion(plan.hops.front().from);
  for (const plan::Hop& hop : plan.hops) {
    text += " -> " + plan::FormatVersion(hop.to);
  }
  return text;
}

std::string RenderPlan(const PlanReport& report, bool use_color) {
  return Renderer(report, use_color).Render();
}

}  // namespace upgraph::cli
