#include "runtime/steps/systemctl.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "runtime/steps/last_line.h"

namespace upgraph::steps {
namespace {

constexpr size_t kSaidBytesMax = 300;

Result<std::string> Run(const StepContext& context, const std::vector<std::string>& words) {
  env::Command command;
  command.arguments = {"systemctl", "--no-ask-password", "--no-pager"};
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  command.timeout_ms = std::max<int64_t>(context.deadline_boot_ms - context.env.clock.BootMs(), 1);
  command.cancel = &context.cancel;
  command.inherited_fd = context.work_lock_fd;
  UPGRAPH_ASSIGN(env::CommandResult result, context.env.processes.Run(command));
  const std::string what = "systemctl " + words.front();
  if (result.timed_out || result.cancelled) {
    return Error{
        result.timed_out ? ErrorKind::kTimeout : ErrorKind::kInterrupted,
        fmt::format("`{}` {}", what, result.timed_out ? "did not end in time" : "was stopped")};
  }
  if (result.signal != 0 || result.exit_code != 0) {
    const std::string said = LastLine(std::move(result.output), kSaidBytesMax);
    return Error{ErrorKind::kFailed,
                 fmt::format("`{}` ended with {}{}", what,
                             result.signal != 0 ? 128 + result.signal : result.exit_code,
                             said.empty() ? "" : ": " + said)};
  }
  return std::move(result.output);
}

}  // namespace

Status CheckSystemd(const StepContext& context) {
  UPGRAPH_ASSIGN(const std::string root, context.env.files.RealPath("/"));
  if (root != "/") {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("below {} no systemd runs; units are started and stopped on this "
                             "system alone, with the root /",
                             root)};
  }
  UPGRAPH_ASSIGN(const bool is_there, context.env.files.Exists("/run/systemd/system"));
  if (!is_there) {
    return Error{ErrorKind::kUnsupported, "this system was not booted with systemd"};
  }
  return OkStatus();
}

Status RunSystemctl(const StepContext& context, const std::vector<std::string>& words) {
  UPGRAPH_TRY(CheckSystemd(context));
  UPGRAPH_TRY(Run(context, words));
  return OkStatus();
}

Result<UnitState> AskUnit(const StepContext& context, const std::string& unit) {
  UPGRAPH_TRY(CheckSystemd(context));
  UPGRAPH_ASSIGN(const std::string output,
                 Run(context, {"show", "--property=LoadState,ActiveState,Result", "--", unit}));
  std::map<std::string, std::string> properties;
  for (size_t at = 0; at < output.size();) {
    const size_t end = std::min(output.find('\n', at), output.size());
    const std::string line = output.substr(at, end - at);
    const size_t equals = line.find('=');
    if (equals != std::string::npos) {
      properties[line.substr(0, equals)] = line.substr(equals + 1);
    }
    at = end + 1;
  }
  UnitState state{properties["ActiveState"], properties["ActiveState"]};
  if (state.active.empty()) {
    return Error{ErrorKind::kFailed, fmt::format("systemd does not say what `{}` is", unit)};
  }
  const std::string& loaded = properties["LoadState"];
  const std::string& result = properties["Result"];
  if (loaded == "not-found") {
    state.text = "there is no such unit";
  } else if (loaded == "masked") {
    state.text += ", and masked";
  } else if (!result.empty() && result != "success") {
    state.text += fmt::format(" ({})", result);
  }
  return state;
}

}  // namespace upgraph::steps
