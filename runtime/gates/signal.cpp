#include "runtime/gates/signal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/json.h"
#include "runtime/clients/http.h"
#include "runtime/gates/metrics_text.h"

namespace upgraph::gates {
namespace {

constexpr uint64_t kFileBytesMax = 1 << 20;
constexpr size_t kShownBytesMax = 200;

// One reading of one signal.
struct Ask {
  const SignalContext& context;
  const plan::Signal& signal;
  int64_t timeout_ms = 0;
};

Error Missing(const std::string& why) { return {ErrorKind::kFailed, why}; }

Result<const plan::Value*> Argument(const Ask& ask, const char* name) {
  const plan::Value* value = plan::FindField(ask.signal.arguments, name);
  if (value == nullptr) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("`{}` lacks its argument `{}`", ask.signal.title, name)};
  }
  return value;
}

Result<std::string> TextArgument(const Ask& ask, const char* name) {
  UPGRAPH_ASSIGN(const plan::Value* value, Argument(ask, name));
  return value->text;
}

std::string Trim(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  const size_t last = text.find_last_not_of(" \t\r\n");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

Result<double> ParseNumber(const std::string& text) {
  const char* end = text.data() + text.size();
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end || !std::isfinite(number)) {
    return Missing(fmt::format("`{}` is no number", text.substr(0, kShownBytesMax)));
  }
  return number;
}

Result<clients::HttpAnswer> Get(const Ask& ask, const std::string& url) {
  return clients::HttpGet(url, ask.timeout_ms, ask.context.cancel);
}

Result<std::string> GetBody(const Ask& ask, const std::string& url) {
  UPGRAPH_ASSIGN(clients::HttpAnswer answer, Get(ask, url));
  if (answer.status / 100 != 2) {
    return Missing(fmt::format("{} answers {}", url, answer.status));
  }
  return answer.body;
}

Result<Reading> HttpStatus(const Ask& ask) {
  UPGRAPH_ASSIGN(std::string url, TextArgument(ask, "url"));
  UPGRAPH_ASSIGN(clients::HttpAnswer answer, Get(ask, url));
  return Reading{static_cast<double>(answer.status), ""};
}

Result<Reading> HttpLatency(const Ask& ask) {
  UPGRAPH_ASSIGN(std::string url, TextArgument(ask, "url"));
  const int64_t start_ms = ask.context.env.clock.BootMs();
  UPGRAPH_ASSIGN(std::string body, GetBody(ask, url));
  return Reading{static_cast<double>(ask.context.env.clock.BootMs() - start_ms), ""};
}

Result<double> JsonNumber(const Json& json, const std::string& what) {
  if (json.is_number()) {
    return json.get<double>();
  }
  if (json.is_boolean()) {
    return json.get<bool>() ? 1.0 : 0.0;
  }
  if (json.is_string()) {
    return ParseNumber(json.get<std::string>());
  }
  return Missing(what + " is no number");
}

// What a JSON pointer (RFC 6901) leads to; null when it leads nowhere.
const Json* FollowPointer(const Json& json, const std::string& pointer) {
  const Json* here = &json;
  for (size_t at = 0; at < pointer.size();) {
    const size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    std::string name;
    for (size_t i = at + 1; i < end; ++i) {
      const bool is_escape = pointer[i] == '~' && i + 1 < end;
      name += !is_escape ? pointer[i] : pointer[++i] == '1' ? '/' : '~';
    }
    at = end;
    if (here->is_object() && here->contains(name)) {
      here = &(*here)[name];
    } else if (size_t index = 0;
               here->is_array() &&
               std::from_chars(name.data(), name.data() + name.size(), index).ptr ==
                   name.data() + name.size() &&
               !name.empty() && index < here->size()) {
      here = &(*here)[index];
    } else {
      return nullptr;
    }
  }
  return here;
}

Result<Reading> HttpNumber(const Ask& ask) {
  UPGRAPH_ASSIGN(std::string url, TextArgument(ask, "url"));
  UPGRAPH_ASSIGN(std::string pointer, TextArgument(ask, "at"));
  if (!pointer.empty() && pointer[0] != '/') {
    return Error{ErrorKind::kInvalid, fmt::format("`{}` does not begin with `/`", pointer)};
  }
  UPGRAPH_ASSIGN(std::string body, GetBody(ask, url));
  auto json = ParseJson(body);
  if (!json.ok()) {
    return Missing(fmt::format("{} answers without JSON: {}", url, json.error().message));
  }
  const Json* found = FollowPointer(*json, pointer);
  if (found == nullptr) {
    return Missing(fmt::format("{} answers without `{}`", url, pointer));
  }
  UPGRAPH_ASSIGN(double number, JsonNumber(*found, url + " " + pointer));
  return Reading{number, ""};
}

Result<Reading> Metric(const Ask& ask) {
  UPGRAPH_ASSIGN(std::string url, TextArgument(ask, "url"));
  UPGRAPH_ASSIGN(std::string name, TextArgument(ask, "name"));
  UPGRAPH_ASSIGN(std::string body, GetBody(ask, url));
  UPGRAPH_ASSIGN(double number, FindMetric(body, name));
  return Reading{number, ""};
}

// A text as it stands between quotes in PromQL.
std::string Quote(const std::string& text) {
  std::string quoted = "\"";
  for (char c : text) {
    quoted += c == '"' || c == '\\' ? std::string("\\") + c : c == '\n' ? "\\n" : std::string(1, c);
  }
  return quoted + "\"";
}

Result<std::string> PromQlOf(const Ask& ask) {
  if (ask.signal.native == "telemetry.query" || ask.signal.native == "telemetry.share") {
    return TextArgument(ask, "expression");
  }
  UPGRAPH_ASSIGN(std::string job, TextArgument(ask, "job"));
  UPGRAPH_ASSIGN(const plan::Value* over, Argument(ask, "over"));
  const std::string span = fmt::format("[{}ms]", over->number);
  if (ask.signal.native == "telemetry.p99") {
    return fmt::format(
        "histogram_quantile(0.99, sum by (le) "
        "(rate(http_request_duration_seconds_bucket{{job={}}}{})))",
        Quote(job), span);
  }
  return fmt::format(
      "sum(rate(http_requests_total{{job={0},code=~\"5..\"}}{1})) / "
      "sum(rate(http_requests_total{{job={0}}}{1}))",
      Quote(job), span);
}

// The one number of an instant query.
Result<double> AskPrometheus(const Ask& ask, const std::string& expression) {
  UPGRAPH_ASSIGN(const plan::Value* handle, Argument(ask, "server"));
  const plan::Value* server = plan::FindField(handle->fields, "url");
  if (server == nullptr) {
    return Error{ErrorKind::kInvalid, "`telemetry.prometheus` lacks its argument `url`"};
  }
  std::string url = server->text;
  while (!url.empty() && url.back() == '/') {
    url.pop_back();
  }
  url += "/api/v1/query?query=" + clients::UrlEncode(expression);
  UPGRAPH_ASSIGN(clients::HttpAnswer answer, Get(ask, url));
  auto json = ParseJson(answer.body);
  if (!json.ok() || !json->is_object()) {
    return Missing(fmt::format("{} answers {} and no JSON", server->text, answer.status));
  }
  if (json->value("status", "") != "success") {
    return Missing(fmt::format("{}: {}", server->text, json->value("error", "it has no answer")));
  }
  const Json* type = FollowPointer(*json, "/data/resultType");
  const bool is_scalar = type != nullptr && *type == "scalar";
  const Json* result = FollowPointer(*json, "/data/result");
  if (!is_scalar && result != nullptr && result->is_array() && result->size() > 1) {
    return Missing(
        fmt::format("`{}` gives {} numbers, a signal is one", expression, result->size()));
  }
  const Json* number =
      FollowPointer(*json, is_scalar ? "/data/result/1" : "/data/result/0/value/1");
  if (number == nullptr) {
    return Missing(fmt::format("`{}` gives nothing", expression));
  }
  return JsonNumber(*number, "the answer");
}

double ScaleOf(const plan::Signal& signal) {
  return signal.type == plan::ValueKind::kPercent ? 100 : 1;
}

Result<Reading> Prometheus(const Ask& ask) {
  UPGRAPH_ASSIGN(std::string expression, PromQlOf(ask));
  UPGRAPH_ASSIGN(double number, AskPrometheus(ask, expression));
  return Reading{number * ScaleOf(ask.signal), ""};
}

Result<std::string> RunToOutput(const Ask& ask, std::vector<std::string> arguments) {
  env::Command command;
  command.arguments = std::move(arguments);
  UPGRAPH_ASSIGN(command.directory, ask.context.env.files.RealPath("/"));
  const std::string root = command.directory == "/" ? "" : command.directory;
  // A program named by its host path is one of the tree.
  if (command.arguments[0].rfind('/', 0) == 0 && !root.empty()) {
    UPGRAPH_ASSIGN(bool is_in_tree, ask.context.env.files.Exists(command.arguments[0]));
    command.arguments[0] = (is_in_tree ? root : "") + command.arguments[0];
  }
  command.environment = {{"ROOT", root}};
  command.timeout_ms = ask.timeout_ms;
  command.cancel = &ask.context.cancel;
  command.inherited_fd = ask.context.work_lock_fd;
  const std::string program = command.arguments[0];
  UPGRAPH_ASSIGN(env::CommandResult result, ask.context.env.processes.Run(command));
  if (result.timed_out || result.cancelled || result.signal != 0 || result.exit_code != 0) {
    return Missing(result.timed_out
                       ? fmt::format("`{}` takes longer than {}", program,
                                     plan::FormatDuration(ask.timeout_ms))
                       : fmt::format("`{}` ended with {}", program,
                                     result.signal != 0 ? 128 + result.signal : result.exit_code));
  }
  return Trim(result.output);
}

Result<Reading> CommandNumber(const Ask& ask) {
  UPGRAPH_ASSIGN(const plan::Value* list, Argument(ask, "arguments"));
  std::vector<std::string> arguments;
  for (const plan::Field& word : list->fields) {
    arguments.push_back(word.value.text);
  }
  if (arguments.empty()) {
    return Error{ErrorKind::kInvalid, "a command of no words"};
  }
  UPGRAPH_ASSIGN(std::string output, RunToOutput(ask, std::move(arguments)));
  return ParseReading(ask.signal.type, output);
}

Result<Reading> DeclaredCommand(const Ask& ask) {
  std::vector<std::string> arguments;
  for (const plan::Value& word : ask.signal.command) {
    arguments.push_back(word.text);
  }
  UPGRAPH_ASSIGN(std::string output, RunToOutput(ask, std::move(arguments)));
  return ParseReading(ask.signal.type, output);
}

// The manager of the system that runs; another root has none.
Result<Reading> UnitState(const Ask& ask) {
  UPGRAPH_ASSIGN(std::string unit, TextArgument(ask, "unit"));
  UPGRAPH_ASSIGN(std::string root, ask.context.env.files.RealPath("/"));
  if (root != "/") {
    return Missing(fmt::format("below {} no systemd runs", root));
  }
  UPGRAPH_ASSIGN(
      std::string output,
      RunToOutput(ask, {"systemctl", "show", "--property=ActiveState", "--value", "--", unit}));
  return Reading{0, output};
}

Result<Reading> FileExists(const Ask& ask) {
  UPGRAPH_ASSIGN(std::string path, TextArgument(ask, "path"));
  UPGRAPH_ASSIGN(bool exists, ask.context.env.files.Exists(path));
  return Reading{exists ? 1.0 : 0.0, ""};
}

Result<Reading> FileNumber(const Ask& ask) {
  UPGRAPH_ASSIGN(std::string path, TextArgument(ask, "path"));
  UPGRAPH_ASSIGN(std::string content, ask.context.env.files.Read(path, kFileBytesMax));
  return ParseReading(ask.signal.type, content);
}

using Reader = Result<Reading> (*)(const Ask&);

const std::map<std::string, Reader, std::less<>>& Readers() {
  static const auto* const kReaders = new std::map<std::string, Reader, std::less<>>{
      {"http.code", HttpStatus},
      {"http.number", HttpNumber},
      {"http.latency", HttpLatency},
      {"telemetry.metric", Metric},
      {"telemetry.query", Prometheus},
      {"telemetry.share", Prometheus},
      {"telemetry.p99", Prometheus},
      {"telemetry.error_ratio", Prometheus},
      {"telemetry.command", CommandNumber},
      {"systemd.state", UnitState},
      {"files.exists", FileExists},
      {"files.number", FileNumber},
  };
  return *kReaders;
}

Result<Reader> FindReader(const plan::Signal& signal) {
  if (signal.native.empty()) {
    return &DeclaredCommand;
  }
  const auto reader = Readers().find(signal.native);
  if (reader == Readers().end()) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("this program has no signal `{}`", signal.native)};
  }
  return reader->second;
}

}  // namespace

bool HasSignal(std::string_view native) { return Readers().count(native) > 0; }

bool HasHandle(std::string_view native) { return native == "telemetry.prometheus"; }

Result<Reading> ReadSignal(const SignalContext& context, const plan::Signal& signal,
                           int64_t timeout_ms) {
  UPGRAPH_ASSIGN(Reader reader, FindReader(signal));
  return reader({context, signal, std::clamp<int64_t>(timeout_ms, 1, kReadingMsMax)});
}

Result<double> ReadHistory(const SignalContext& context, const plan::Signal& signal,
                           int64_t span_ms, int64_t timeout_ms) {
  const Ask ask{context, signal, std::clamp<int64_t>(timeout_ms, 1, kReadingMsMax)};
  UPGRAPH_ASSIGN(Reader reader, FindReader(signal));
  if (reader != &Prometheus) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("`{}` cannot be asked about the past", signal.native)};
  }
  UPGRAPH_ASSIGN(std::string expression, PromQlOf(ask));
  UPGRAPH_ASSIGN(double number, AskPrometheus(ask, fmt::format("avg_over_time(({})[{}ms:])",
                                                               expression, span_ms)));
  return number * ScaleOf(signal);
}

Result<Reading> ParseReading(plan::ValueKind type, const std::string& text) {
  std::string trimmed = Trim(text);
  double scale = 1;
  switch (type) {
    case plan::ValueKind::kString:
      return Reading{0, trimmed};
    case plan::ValueKind::kBool:
      if (trimmed == "true" || trimmed == "false") {
        return Reading{trimmed == "true" ? 1.0 : 0.0, ""};
      }
      break;
    case plan::ValueKind::kPercent:
      if (!trimmed.empty() && trimmed.back() == '%') {
        trimmed.pop_back();
      }
      break;
    case plan::ValueKind::kDuration: {
      const bool is_ms = trimmed.size() > 2 && trimmed.compare(trimmed.size() - 2, 2, "ms") == 0;
      const bool is_s = !is_ms && !trimmed.empty() && trimmed.back() == 's';
      trimmed.resize(trimmed.size() - (is_ms ? 2 : is_s ? 1 : 0));
      scale = is_ms ? 1 : 1000;
      break;
    }
    default:
      break;
  }
  UPGRAPH_ASSIGN(double number, ParseNumber(trimmed));
  if (type == plan::ValueKind::kBool && number != 0 && number != 1) {
    return Missing(fmt::format("`{}` is neither true nor false", trimmed));
  }
  return Reading{number * scale, ""};
}

}  // namespace upgraph::gates
