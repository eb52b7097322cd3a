#include "cli/progress_event.h"

#include "base/json.h"
#include "cli/leftover_text.h"

namespace upgraph::cli {
namespace {

using executor::ExitCode;
using executor::Outcome;
using executor::Progress;
using executor::ProgressKind;

constexpr ProgressKind kProgressKinds[] = {
    ProgressKind::kRunOpened,    ProgressKind::kResumed,    ProgressKind::kChecking,
    ProgressKind::kCapturing,    ProgressKind::kApplying,   ProgressKind::kApplied,
    ProgressKind::kFound,        ProgressKind::kRetrying,   ProgressKind::kFailed,
    ProgressKind::kReverting,    ProgressKind::kReverted,   ProgressKind::kDrift,
    ProgressKind::kStuck,        ProgressKind::kBlocked,    ProgressKind::kLockWaiting,
    ProgressKind::kLockTaken,    ProgressKind::kLockFreed,  ProgressKind::kTurningBack,
    ProgressKind::kCommitted,    ProgressKind::kRolledBack, ProgressKind::kIncomplete,
    ProgressKind::kFinished,     ProgressKind::kSettled,    ProgressKind::kAccepted,
    ProgressKind::kLate,         ProgressKind::kHeldAgain,  ProgressKind::kBroken,
    ProgressKind::kNotInhibited, ProgressKind::kParked,
};

// Reads members; the first one that is missing or of another type makes the whole line no event.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}
  bool is_good() const { return is_good_; }

  std::string Text(const char* name) {
    const Json* member = Find(name);
    if (member == nullptr || !member->is_string()) {
      is_good_ = false;
      return "";
    }
    return member->get<std::string>();
  }
  int64_t Number(const char* name) {
    const Json* member = Find(name);
    if (member == nullptr || !member->is_number_integer()) {
      is_good_ = false;
      return 0;
    }
    return member->get<int64_t>();
  }
  // 0 where it is missing: older lines do not have it.
  int64_t NumberIfThere(const char* name) { return Find(name) == nullptr ? 0 : Number(name); }
  bool Flag(const char* name) {
    const Json* member = Find(name);
    if (member == nullptr || !member->is_boolean()) {
      is_good_ = false;
      return false;
    }
    return member->get<bool>();
  }
  // An empty list when it is missing.
  const Json& List(const char* name) {
    static const Json kEmpty = Json::array();
    const Json* member = Find(name);
    if (member == nullptr || !member->is_array()) {
      is_good_ = false;
      return kEmpty;
    }
    return *member;
  }

 private:
  const Json* Find(const char* name) const {
    const auto it = json_.find(name);
    return it == json_.end() ? nullptr : &*it;
  }
  const Json& json_;
  bool is_good_ = true;
};

Json ProgressJson(const Progress& progress) {
  Json json = Json::object();
  json["event"] = executor::ProgressKindName(progress.kind);
  json["run"] = progress.run_id;
  json["step"] = progress.step_path;
  json["title"] = progress.step_title;
  json["direction"] = progress.direction == history::Direction::kForward ? "forward" : "back";
  json["text"] = progress.text;
  json["wall_ms"] = progress.wall_ms;
  if (progress.window_end_wall_ms != 0) {
    json["window_end_ms"] = progress.window_end_wall_ms;
    json["window_left_ms"] = progress.window_left_ms;
  }
  if (progress.turn_back_wall_ms != 0) {
    json["turn_back_ms"] = progress.turn_back_wall_ms;
  }
  json["done"] = progress.done_count;
  json["of"] = progress.step_count;
  return json;
}

std::optional<Event> ReadProgress(Reader& reader, const std::string& name) {
  for (const ProgressKind kind : kProgressKinds) {
    if (name == executor::ProgressKindName(kind)) {
      Progress progress;
      progress.kind = kind;
      progress.run_id = reader.Text("run");
      progress.step_path = reader.Text("step");
      progress.step_title = reader.Text("title");
      progress.direction = reader.Text("direction") == "back" ? history::Direction::kBack
                                                              : history::Direction::kForward;
      progress.text = reader.Text("text");
      progress.wall_ms = reader.Number("wall_ms");
      progress.window_end_wall_ms = reader.NumberIfThere("window_end_ms");
      progress.window_left_ms = reader.NumberIfThere("window_left_ms");
      progress.turn_back_wall_ms = reader.NumberIfThere("turn_back_ms");
      progress.done_count = static_cast<uint32_t>(reader.Number("done"));
      progress.step_count = static_cast<uint32_t>(reader.Number("of"));
      return progress;
    }
  }
  return std::nullopt;
}

std::optional<Event> ReadFinal(const Json& json, Reader& reader) {
  Final final;
  const int64_t code = reader.Number("exit_code");
  if (code < 0 || code > static_cast<int>(ExitCode::kDamaged)) {
    return std::nullopt;
  }
  final.outcome.exit_code = static_cast<ExitCode>(code);
  final.outcome.reason = reader.Text("reason");
  final.outcome.can_retry = reader.Flag("retry");
  if (const auto run = json.find("run"); run != json.end() && run->is_string()) {
    final.outcome.run_id = run->get<std::string>();
  }
  for (const Json& leftover_json : reader.List("leftovers")) {
    if (!leftover_json.is_object()) {
      return std::nullopt;
    }
    Reader leftover(leftover_json);
    executor::Leftover read{leftover.Text("step"),
                            leftover.Text("title"),
                            leftover.Text("reason"),
                            leftover.Text("state"),
                            {},
                            leftover.Text("kept"),
                            leftover.Text("command")};
    for (const Json& resource : leftover.List("left")) {
      read.left.push_back(resource.is_string() ? resource.get<std::string>() : "");
    }
    if (!leftover.is_good()) {
      return std::nullopt;
    }
    final.outcome.leftovers.push_back(std::move(read));
  }
  for (const Json& finding : reader.List("findings")) {
    if (!finding.is_string()) {
      return std::nullopt;
    }
    final.outcome.findings.push_back(finding.get<std::string>());
  }
  return final;
}

struct Writer {
  Json operator()(const RunnerStarted& started) const {
    Json json = Json::object();
    json["event"] = "runner-started";
    json["pid"] = started.pid;
    json["start_ticks"] = started.start_ticks;
    json["boot_id"] = started.boot_id;
    json["wall_ms"] = started.wall_ms;
    return json;
  }
  Json operator()(const MovedToFile& moved) const {
    Json json = Json::object();
    json["event"] = "moved";
    json["run"] = moved.run_id;
    json["path"] = moved.path;
    json["offset"] = moved.offset;
    json["log"] = moved.log_path;
    return json;
  }
  Json operator()(const Progress& progress) const { return ProgressJson(progress); }
  Json operator()(const Final& final) const {
    Json json = Json::object();
    json["event"] = "final";
    json.update(OutcomeJson(final.outcome));
    return json;
  }
};

}  // namespace

Json OutcomeJson(const Outcome& outcome) {
  Json json = Json::object();
  json["exit_code"] = static_cast<int>(outcome.exit_code);
  json["reason"] = outcome.reason;
  json["retry"] = outcome.can_retry;
  json["run"] = outcome.run_id.empty() ? Json(nullptr) : Json(outcome.run_id);
  json["leftovers"] = LeftoversJson(outcome.leftovers);
  json["findings"] = Json::array();
  for (const std::string& finding : outcome.findings) {
    json["findings"].push_back(finding);
  }
  return json;
}

std::string EventLine(const Event& event) {
  return CompactJson(std::visit(Writer(), event)) + "\n";
}

std::optional<Event> ParseEvent(std::string_view line) {
  const Result<Json> json = ParseJson(line);
  if (!json.ok() || !json->is_object()) {
    return std::nullopt;
  }
  Reader reader(*json);
  const std::string name = reader.Text("event");
  std::optional<Event> event;
  if (name == "runner-started") {
    event = RunnerStarted{reader.Number("pid"), reader.Number("start_ticks"),
                          reader.Text("boot_id"), reader.Number("wall_ms")};
  } else if (name == "moved") {
    event = MovedToFile{reader.Text("run"), reader.Text("path"), reader.Number("offset"),
                        reader.Text("log")};
  } else if (name == "final") {
    event = ReadFinal(*json, reader);
  } else {
    event = ReadProgress(reader, name);
  }
  return reader.is_good() ? event : std::nullopt;
}

}  // namespace upgraph::cli
