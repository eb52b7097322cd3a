#include "cli/run_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/format.h"
#include "cli/leftover_text.h"
#include "cli/way_back_text.h"
#include "plan/value.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

using executor::HostView;
using executor::RunView;
using executor::StepView;
using history::RunState;
using history::StepState;
using package::Printable;

Color ColorOf(StepState state) {
  switch (state) {
    case StepState::kPending:
      return Color::kDim;
    case StepState::kFound:
      return Color::kBlue;
    case StepState::kCaptured:
    case StepState::kReverting:
      return Color::kYellow;
    case StepState::kApplied:
    case StepState::kReverted:
      return Color::kGreen;
    case StepState::kStuck:
    case StepState::kBlocked:
      return Color::kRed;
  }
  UPGRAPH_UNREACHABLE("step state");
}

Color ColorOf(const RunView& run) {
  if (!run.damage.empty()) {
    return Color::kRed;
  }
  switch (run.state) {
    case RunState::kCommitted:
      return Color::kGreen;
    case RunState::kOpen:
    case RunState::kParked:
    case RunState::kTurningBack:
    case RunState::kRolledBack:
      return Color::kYellow;
    case RunState::kIncomplete:
      return Color::kRed;
  }
  UPGRAPH_UNREACHABLE("run state");
}

// Of what was done: that a runner came by later to remove what was kept is none of it.
int64_t LastWallMs(const RunView& run) {
  for (auto record = run.records.rbegin(); record != run.records.rend(); ++record) {
    if (record->kind != history::RecordKind::kFence &&
        record->kind != history::RecordKind::kUndoGoing &&
        record->kind != history::RecordKind::kUndoGone) {
      return record->wall_ms;
    }
  }
  return run.opened_wall_ms;
}

bool IsAboutStep(history::RecordKind kind) {
  switch (kind) {
    case history::RecordKind::kRunOpen:
    case history::RecordKind::kFence:
    case history::RecordKind::kTurningBack:
    case history::RecordKind::kCommitted:
    case history::RecordKind::kRolledBack:
    case history::RecordKind::kIncomplete:
    case history::RecordKind::kApproved:
    case history::RecordKind::kUp:
    case history::RecordKind::kDown:
    case history::RecordKind::kLate:
    case history::RecordKind::kUndoGoing:
    case history::RecordKind::kUndoGone:
    case history::RecordKind::kNotDurable:
    case history::RecordKind::kSigned:
    case history::RecordKind::kInterrupted:
    case history::RecordKind::kLeft:
    case history::RecordKind::kParked:
    case history::RecordKind::kUnparked:
      return false;
    case history::RecordKind::kFound:
    case history::RecordKind::kCaptured:
    case history::RecordKind::kApplied:
    case history::RecordKind::kFailed:
    case history::RecordKind::kReverting:
    case history::RecordKind::kReverted:
    case history::RecordKind::kStuck:
    case history::RecordKind::kBlocked:
    case history::RecordKind::kDrift:
    case history::RecordKind::kBaseline:
    case history::RecordKind::kHeld:
    case history::RecordKind::kBroken:
    case history::RecordKind::kSettled:
    case history::RecordKind::kAccepted:
    case history::RecordKind::kEnded:
      return true;
  }
  UPGRAPH_UNREACHABLE("record kind");
}

const StepView* StepOf(const RunView& run, const history::Record& record) {
  if (!IsAboutStep(record.kind) || !record.step_id.has_value() ||
      record.step_id.index() >= run.steps.size()) {
    return nullptr;
  }
  return &run.steps[record.step_id.index()];
}

std::string Upgrade(const RunView& run) {
  return fmt::format("{} {} -> {}", run.product, run.from, run.to);
}

bool IsHeldBroken(const RunView& run) {
  return std::any_of(run.held.begin(), run.held.end(), [](const executor::HeldView& held) {
    return held.holds_again.has_value() && !*held.holds_again;
  });
}

std::string Advice(const HostView& host, const RunView& run) {
  if (!run.damage.empty()) {
    return "the journal of this run cannot be believed; nothing acts on it: " + run.damage;
  }
  if (host.is_running) {
    return "a runner is at work; `upgraph status --follow` watches it";
  }
  if (run.state == RunState::kIncomplete) {
    return run.leftovers.empty() ? "nothing is left over; `upgraph resume` ends the rollback"
           : IsHeldBroken(run)
               ? "everything is back, and what is named does not hold as it did; `upgraph resume` "
                 "asks again, and `upgraph resolve` accepts it"
               : "the rollback is incomplete; `upgraph resume` tries again what is named, and "
                 "`upgraph resolve` takes your word for what you put back by hand";
  }
  if (run.state == RunState::kParked) {
    return "prepared, and parked: " + run.how_to_go_on;
  }
  if (run.parks) {
    return "nobody works on it; `upgraph resume` goes on until it is parked, `upgraph rollback` "
           "turns it back";
  }
  if (!run.is_finished && !run.no_time.empty()) {
    return "nobody works on it, and `upgraph resume` turns it back: " + run.no_time;
  }
  if (!run.is_finished) {
    return "nobody works on it; `upgraph resume` goes on, `upgraph rollback` turns it back";
  }
  return "";
}

// While a runner is at work it may still put them right.
std::vector<executor::Leftover> LeftoversOf(const HostView& host, const RunView& run) {
  return host.is_running ? std::vector<executor::Leftover>() : run.leftovers;
}

Color DowntimeColor(const RunView& run) {
  const bool is_late = run.downtime_promised_ms > 0 && run.downtime_ms > run.downtime_promised_ms;
  return is_late || run.is_up_unseen ? Color::kYellow : Color::kNone;
}

Json WindowJson(const RunView& run) {
  if (!run.window.is_agreed()) {
    return nullptr;
  }
  Json json = Json::object();
  json["begin"] = FormatWallTime(run.window.begin_wall_ms);
  json["end"] = FormatWallTime(run.window.end_wall_ms);
  json["late"] = run.late_wall_ms != 0;
  json["doubt"] = run.now.doubt.empty() ? Json(nullptr) : Json(run.now.doubt);
  json["left_ms"] = nullptr;
  json["turn_back"] = nullptr;
  json["turn_back_left_ms"] = nullptr;
  if (!run.is_finished && run.state != RunState::kCommitted) {
    json["left_ms"] = run.window.end_wall_ms - run.now.ms;
  }
  if (run.turn_back_wall_ms != 0) {
    json["turn_back"] = FormatWallTime(run.turn_back_wall_ms);
    json["turn_back_left_ms"] = run.turn_back_wall_ms - run.now.ms;
  }
  return json;
}

Json HeldJson(const RunView& run) {
  Json json = Json::array();
  for (const executor::HeldView& held : run.held) {
    Json one = Json::object();
    one["step"] = held.step_path;
    one["condition"] = held.condition;
    one["holds_again"] = held.holds_again.has_value() ? Json(*held.holds_again) : Json(nullptr);
    one["seen"] = held.seen.empty() ? Json(nullptr) : Json(held.seen);
    one["accepted"] = held.is_accepted;
    json.push_back(std::move(one));
  }
  return json;
}

// Whether a boot would have something to do for it.
bool IsBootsBusiness(const RunView& run) {
  return run.damage.empty() && !run.is_finished && run.state != RunState::kIncomplete &&
         run.state != RunState::kParked;
}

// Whether a boot does not start the run's units by itself.
bool AreHeld(const HostView& host, const RunView& run) {
  return !host.held_units.empty() && !run.is_finished;
}

// Of a cleanup that waits for its time, of a watch, and of what answers one.
std::string DueText(const StepView& step) {
  if (step.history.state != StepState::kPending) {
    return "";
  }
  if (!step.watch.empty()) {
    return fmt::format("only when `{}` does not hold", step.watch);
  }
  return step.due_wall_ms == 0
             ? ""
             : fmt::format("{} {}, by `upgraph tick`", step.is_watch ? "looks until" : "due",
                           FormatWallTime(step.due_wall_ms));
}

}  // namespace

std::string DowntimeText(const RunView& run) {
  const int64_t promised_ms = run.downtime_promised_ms;
  return FormatElapsed(run.downtime_ms) +
         (promised_ms > 0 ? "; promised were " + plan::FormatDuration(promised_ms) : "") +
         (run.is_up_unseen ? "; `up when` was not seen to hold" : "");
}

std::string NotDurableText(const RunView& run) {
  return "no: its state lies on " + run.not_durable + "; a reboot or a power cut takes it away";
}

std::string HeldText(const RunView& run) {
  size_t broken_count = 0;
  size_t accepted_count = 0;
  for (const executor::HeldView& held : run.held) {
    if (!held.holds_again.has_value()) {
      return "";
    }
    broken_count += *held.holds_again ? 0 : 1;
    accepted_count += *held.holds_again || !held.is_accepted ? 0 : 1;
  }
  if (run.held.empty()) {
    return "";
  }
  const std::string all =
      fmt::format("{} held before the run",
                  Count(run.held.size(), "condition of `verify`", "conditions of `verify`"));
  if (broken_count == 0) {
    return fmt::format("{}, and {} again", all, run.held.size() == 1 ? "holds" : "all hold");
  }
  return fmt::format("{}; {} not hold any more{}", all, Count(broken_count, "does", "do"),
                     accepted_count == 0              ? ""
                     : accepted_count == broken_count ? ", which a person accepted"
                                                      : ", some of which a person accepted");
}

std::string WindowText(const RunView& run) {
  std::string text = fmt::format("{} to {}", FormatWallTime(run.window.begin_wall_ms),
                                 FormatWallTime(run.window.end_wall_ms));
  if (run.is_finished || run.state == RunState::kCommitted) {
    return text + (run.late_wall_ms != 0 ? ", and it took longer" : "");
  }
  if (!run.now.doubt.empty()) {
    return text + "; it counts as over: " + run.now.doubt;
  }
  const int64_t left_ms = run.window.end_wall_ms - run.now.ms;
  return text + (left_ms >= 0 ? fmt::format(", {} left", FormatElapsed(left_ms))
                              : fmt::format(", over for {}", FormatElapsed(-left_ms)));
}

std::string TurnBackText(const RunView& run) {
  const int64_t left_ms = run.turn_back_wall_ms - run.now.ms;
  return FormatWallTime(run.turn_back_wall_ms) +
         (left_ms >= 0 ? fmt::format(" at the latest, in {}", FormatElapsed(left_ms))
                       : fmt::format(", {} ago", FormatElapsed(-left_ms)));
}

Json RunHeadJson(const RunView& run) {
  Json json = Json::object();
  json["run"] = run.run_id;
  json["product"] = run.product;
  json["from"] = run.from;
  json["to"] = run.to;
  json["package"] = run.package_digest;
  json["signed_by"] = run.signer.empty() ? Json(nullptr) : Json(run.signer);
  json["state"] = history::RunStateName(run.state);
  json["finished"] = run.is_finished;
  json["opened"] = FormatWallTime(run.opened_wall_ms);
  json["changed"] = FormatWallTime(LastWallMs(run));
  json["parked"] =
      run.parked_wall_ms == 0 ? Json(nullptr) : Json(FormatWallTime(run.parked_wall_ms));
  json["took_ms"] = LastWallMs(run) - run.opened_wall_ms;
  json["window"] = WindowJson(run);
  json["way_back"] = WayBackJson(run);
  json["not_durable"] = run.not_durable.empty() ? Json(nullptr) : Json(run.not_durable);
  json["held"] = HeldJson(run);
  json["downtime_ms"] = run.downtime_ms;
  json["up_unseen"] = run.is_up_unseen;
  json["downtime_promised_ms"] = run.downtime_promised_ms;
  json["damage"] = run.damage.empty() ? Json(nullptr) : Json(run.damage);
  return json;
}

Json RunStepsJson(const RunView& run) {
  Json json = Json::array();
  for (const StepView& step : run.steps) {
    Json step_json = Json::object();
    step_json["step"] = step.path;
    step_json["title"] = step.title;
    step_json["phase"] = step.phase;
    step_json["does_nothing"] = step.does_nothing;
    step_json["state"] = history::StepStateName(step.history.state);
    step_json["accepted"] = step.history.is_accepted;
    step_json["attempts"] = step.history.attempt_count;
    step_json["changed"] = step.history.changed_wall_ms == 0
                               ? Json(nullptr)
                               : Json(FormatWallTime(step.history.changed_wall_ms));
    step_json["text"] = step.history.text;
    step_json["watch"] = step.watch.empty() ? Json(nullptr) : Json(step.watch);
    step_json["due"] =
        step.due_wall_ms == 0 ? Json(nullptr) : Json(FormatWallTime(step.due_wall_ms));
    json.push_back(std::move(step_json));
  }
  return json;
}

const RunView* CurrentRun(const HostView& host) {
  for (auto run = host.runs.rbegin(); run != host.runs.rend(); ++run) {
    if (!run->is_finished) {
      return &*run;
    }
  }
  return host.runs.empty() ? nullptr : &host.runs.back();
}

Result<const RunView*> FindRun(const HostView& host, const std::string& name) {
  std::vector<const RunView*> matches;
  for (const RunView& run : host.runs) {
    if (run.run_id.starts_with(name)) {
      matches.push_back(&run);
    }
  }
  if (matches.size() == 1) {
    return matches[0];
  }
  return Error{
      ErrorKind::kInvalid,
      matches.empty()
          ? fmt::format("there is no run `{}`; `upgraph history` lists them", name)
          : fmt::format("{} runs begin with `{}`; give more of the name", matches.size(), name)};
}

std::string RunResult(const RunView& run) {
  if (!run.damage.empty()) {
    return "damaged";
  }
  return history::RunStateName(run.state);
}

std::string RenderStatus(const HostView& host, const RunnerStarted* runner, bool use_color) {
  const RunView* run = CurrentRun(host);
  if (run == nullptr) {
    return host.is_running ? "a run is about to open\n" : "no run yet\n";
  }
  std::string text =
      fmt::format("run {}  {}\n", Paint(Color::kBold, Printable(run->run_id), use_color),
                  Printable(Upgrade(*run)));
  Table head;
  head.Add({{"state", Color::kDim},
            {RunResult(*run) + (host.is_running ? ", at work" : ""), ColorOf(*run)}});
  head.Add({{"opened", Color::kDim}, {FormatWallTime(run->opened_wall_ms)}});
  head.Add({{"changed", Color::kDim}, {FormatWallTime(LastWallMs(*run))}});
  if (run->parked_wall_ms != 0) {
    head.Add({{"parked", Color::kDim}, {FormatWallTime(run->parked_wall_ms)}});
  }
  head.Add({{"package", Color::kDim}, {run->package_digest.substr(0, 16)}});
  if (!run->signer.empty()) {
    head.Add({{"signed by", Color::kDim}, {Printable(run->signer)}});
  }
  if (!run->not_durable.empty()) {
    head.Add({{"durable", Color::kDim}, {NotDurableText(*run), Color::kYellow}});
  }
  if (run->window.is_agreed()) {
    const bool is_over = run->late_wall_ms != 0 || !run->no_time.empty();
    head.Add(
        {{"window", Color::kDim}, {WindowText(*run), is_over ? Color::kYellow : Color::kNone}});
  }
  if (run->turn_back_wall_ms != 0) {
    head.Add({{"turn back", Color::kDim}, {TurnBackText(*run)}});
  }
  if (run->state == RunState::kCommitted) {
    head.Add({{"way back", Color::kDim}, {Printable(WayBackText(*run))}});
  }
  if (const std::string held = HeldText(*run); !held.empty()) {
    head.Add({{"verify", Color::kDim}, {held, IsHeldBroken(*run) ? Color::kYellow : Color::kNone}});
  }
  if (run->downtime_ms > 0) {
    head.Add({{"downtime", Color::kDim}, {DowntimeText(*run), DowntimeColor(*run)}});
  }
  if (IsBootsBusiness(*run)) {
    head.Add({{"at boot", Color::kDim},
              {host.has_boot_unit ? "goes on, or back, by itself"
                                  : "nobody goes on with it: `upgraph recover` would",
               host.has_boot_unit ? Color::kNone : Color::kYellow}});
  }
  if (run->has_later) {
    head.Add({{"later", Color::kDim},
              {host.has_tick_timer ? "a timer calls `upgraph tick`"
                                   : "no timer of this system calls `upgraph tick`",
               host.has_tick_timer ? Color::kNone : Color::kYellow}});
  }
  if (AreHeld(host, *run)) {
    head.Add({{"held", Color::kDim},
              {fmt::format("{}: no boot starts what stands here until the run has ended, but "
                           "`systemctl start` does",
                           fmt::join(host.held_units, ", ")),
               Color::kYellow}});
  }
  if (runner != nullptr) {
    head.Add({{"runner", Color::kDim},
              {fmt::format("process {} since {}", runner->pid, FormatWallTime(runner->wall_ms))}});
  }
  text += head.Render("  ", use_color);
  Table steps;
  for (const StepView& step : run->steps) {
    if (step.does_nothing) {
      continue;
    }
    const bool is_accepted = step.history.is_accepted;
    steps.Add(
        {{history::StepStateName(step.history.state),
          is_accepted ? Color::kYellow : ColorOf(step.history.state)},
         {step.path},
         {step.title},
         {(is_accepted ? "accepted by " : "") + step.history.text + DueText(step), Color::kDim}});
  }
  text += steps.Render("  ", use_color);
  text += LeftoversText(LeftoversOf(host, *run), use_color);
  if (const std::string advice = Advice(host, *run); !advice.empty()) {
    text += Printable(advice) + "\n";
  }
  return text;
}

Json StatusJson(const HostView& host, const RunnerStarted* runner) {
  Json json = Json::object();
  json["running"] = host.is_running;
  json["runner"] = nullptr;
  if (runner != nullptr) {
    json["runner"] = Json::object();
    json["runner"]["pid"] = runner->pid;
    json["runner"]["since"] = FormatWallTime(runner->wall_ms);
  }
  const RunView* run = CurrentRun(host);
  json["current"] = nullptr;
  if (run != nullptr) {
    json["current"] = RunHeadJson(*run);
    json["current"]["recovered_at_boot"] =
        IsBootsBusiness(*run) ? Json(host.has_boot_unit) : Json(nullptr);
    json["current"]["ticked_by_timer"] = run->has_later ? Json(host.has_tick_timer) : Json(nullptr);
    json["current"]["held_at_boot"] =
        AreHeld(host, *run) ? Json(host.held_units) : Json(Json::array());
    json["current"]["steps"] = RunStepsJson(*run);
    json["current"]["leftovers"] = LeftoversJson(LeftoversOf(host, *run));
  }
  return json;
}

std::string RenderHistory(const HostView& host, bool use_color) {
  if (host.runs.empty()) {
    return "no run yet\n";
  }
  Table table;
  for (auto run = host.runs.rbegin(); run != host.runs.rend(); ++run) {
    std::vector<Table::Cell> cells = {
        {run->run_id},
        {FormatWallTime(run->opened_wall_ms)},
        {Upgrade(*run)},
        {RunResult(*run) +
             (run->is_finished || run->state == RunState::kParked ? "" : ", unfinished"),
         ColorOf(*run)},
        {FormatElapsed(LastWallMs(*run) - run->opened_wall_ms)},
        {run->package_digest.substr(0, 16), Color::kDim}};
    if (run->way_back.is_there && run->way_back.until_wall_ms != 0) {
      cells.push_back({"way back until " + FormatWallTime(run->way_back.until_wall_ms)});
    }
    table.Add(std::move(cells));
  }
  return table.Render("", use_color);
}

Json HistoryJson(const HostView& host) {
  Json json = Json::object();
  json["runs"] = Json::array();
  for (auto run = host.runs.rbegin(); run != host.runs.rend(); ++run) {
    json["runs"].push_back(RunHeadJson(*run));
  }
  return json;
}

std::string RenderRun(const RunView& run, bool use_color) {
  std::string text =
      fmt::format("run {}  {}  {}\n", Paint(Color::kBold, Printable(run.run_id), use_color),
                  Printable(Upgrade(run)), Paint(ColorOf(run), RunResult(run), use_color));
  if (!run.damage.empty()) {
    text += Printable(run.damage) + "\n";
  }
  Table table;
  for (const history::Record& record : run.records) {
    const StepView* step = StepOf(run, record);
    table.Add({{FormatWallTime(record.wall_ms), Color::kDim},
               {FormatElapsed(record.wall_ms - run.opened_wall_ms), Color::kDim},
               {history::RecordKindName(record.kind)},
               {step != nullptr ? step->path : ""},
               {step != nullptr ? step->title : ""},
               {record.text}});
  }
  text += table.Render("  ", use_color);
  if (run.state == RunState::kCommitted) {
    text += "way back " + Printable(WayBackText(run)) + "\n";
  }
  if (const std::string held = HeldText(run); !held.empty()) {
    text += "verify " + held + "\n";
  }
  if (run.downtime_ms > 0) {
    text += Paint(DowntimeColor(run), "downtime " + DowntimeText(run), use_color) + "\n";
  }
  return text;
}

Json RunJson(const RunView& run) {
  Json json = RunHeadJson(run);
  json["steps"] = RunStepsJson(run);
  json["records"] = Json::array();
  for (const history::Record& record : run.records) {
    const StepView* step = StepOf(run, record);
    Json record_json = Json::object();
    record_json["record"] = history::RecordKindName(record.kind);
    record_json["step"] = step != nullptr ? Json(step->path) : Json(nullptr);
    record_json["attempt"] = record.attempt;
    record_json["wall_ms"] = record.wall_ms;
    record_json["text"] = record.text;
    json["records"].push_back(std::move(record_json));
  }
  return json;
}

}  // namespace upgraph::cli
