#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/whole_file.h"
#include "cli/window_start.h"
#include "runtime/package/approval.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

// What is wrong with the question itself; empty: nothing.
std::string UsageFault(const Arguments& arguments, const Input& input) {
  if (!input.is_package) {
    return fmt::format("{} is no package: what is approved is packed first", input.source);
  }
  const std::vector<std::string>& people = input.plan.people;
  if (std::find(people.begin(), people.end(), arguments.name) == people.end()) {
    return fmt::format("`{}` is not among the people of the spec", arguments.name);
  }
  if (arguments.hosts.empty() != arguments.is_any_host) {
    return "either `--host NAME`, once or several times, or `--any-host` says for which hosts";
  }
  return "";
}

int Say(const Arguments& arguments, Console& console, const package::Approval& approval,
        const std::string& path) {
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "written", false, ""});
    json["approval"] = path;
    json["package"] = approval.package.Hex();
    json["role"] = approval.role;
    json["hosts"] = approval.hosts;
    json["window_begin_ms"] = approval.window_begin_wall_ms;
    console.Out(PrettyJson(json));
    return static_cast<int>(executor::ExitCode::kDone);
  }
  std::string hosts;
  for (const std::string& host : approval.hosts) {
    hosts += (hosts.empty() ? "" : ", ") + host;
  }
  console.Out(package::Printable(fmt::format(
                  "{} approves {} to v{}, on {}, {}", approval.role, approval.product, approval.to,
                  arguments.is_any_host ? "any host" : hosts,
                  approval.window_begin_wall_ms == 0
                      ? "at any time"
                      : "in the window from " + FormatWallTime(approval.window_begin_wall_ms))) +
              "\n");
  console.Out(package::Printable(fmt::format(
                  "written to {}; it counts once it is signed: `minisign -S -s KEY -m {}`, and "
                  "then `upgraph apply {} --approval {}`",
                  path, path, arguments.input, path)) +
              "\n");
  return static_cast<int>(executor::ExitCode::kDone);
}

}  // namespace

int RunApprove(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<Input> input = ReadInput(arguments, false, console, &exit_code);
  if (!input.has_value()) {
    return exit_code;
  }
  const auto wrong = [&](const std::string& why) {
    return Fail(console, arguments.command, {executor::ExitCode::kUsage, why, false, ""});
  };
  if (const std::string fault = UsageFault(arguments, *input); !fault.empty()) {
    return wrong(fault);
  }
  package::Approval approval;
  approval.package = input->package->digest;
  approval.product = input->package->manifest.product;
  approval.to = input->package->manifest.to;
  approval.role = arguments.name;
  approval.hosts =
      arguments.is_any_host ? std::vector<std::string>{package::kAnyHost} : arguments.hosts;
  std::sort(approval.hosts.begin(), approval.hosts.end());
  approval.hosts.erase(std::unique(approval.hosts.begin(), approval.hosts.end()),
                       approval.hosts.end());
  if (!arguments.window.empty()) {
    const Result<int64_t> begin = ParseWindowStart(arguments.window);
    if (!begin.ok()) {
      return wrong(begin.error().message);
    }
    approval.window_begin_wall_ms = *begin;
  }
  const std::string text = package::ApprovalText(approval);
  if (!package::ParseApproval(text).ok()) {
    return wrong(fmt::format("the names of the hosts take more than {} bytes, or are no text",
                             package::kApprovalBytesMax));
  }
  const std::string path =
      arguments.output.empty() ? arguments.name + ".approval" : arguments.output;
  if (Status written = ReplaceFile(path, text); !written.ok()) {
    return Fail(console, arguments.command, Refusal(written.error()));
  }
  return Say(arguments, console, approval, path);
}

}  // namespace upgraph::cli
