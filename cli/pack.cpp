#include <fmt/format.h>

#include "base/digest.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/plan_report.h"
#include "cli/whole_file.h"
#include "runtime/package/archive_writer.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

int Say(const Arguments& arguments, Console& console, const Compiled& compiled,
        const std::string& path, const std::string& bytes) {
  const std::string digest = Sha256(bytes).Hex();
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "packed", false, ""});
    json["package"] = path;
    json["bytes"] = bytes.size();
    json["digest"] = digest;
    json["product"] = compiled.plan->product.name;
    json["upgrade"] = FormatUpgrade(compiled.plan->upgrade);
    json["diagnostics"] = compiled.diagnostics_json;
    console.Out(PrettyJson(json));
  } else {
    console.Out(fmt::format("{} {} ({} bytes, sha-256 {})\n",
                            Paint(Color::kGreen, "packed:", console.use_color()),
                            package::Printable(path), bytes.size(), digest));
  }
  return static_cast<int>(executor::ExitCode::kDone);
}

}  // namespace

int RunPack(const Arguments& arguments, Console& console) {
  const Result<Compiled> compiled =
      CompileSpec(arguments.input, OptionsOf(arguments), console.use_color());
  const auto wrong = [&](const std::string& reason) {
    return Fail(console, arguments.command, {executor::ExitCode::kSpecWrong, reason, false, ""});
  };
  if (!compiled.ok()) {
    return wrong(compiled.error().message);
  }
  if (!console.is_json()) {
    console.Err(compiled->diagnostics);
  }
  if (!compiled->plan.has_value()) {
    return wrong(
        fmt::format("the spec is wrong: {}", Count(compiled->error_count, "error", "errors")));
  }
  const Result<std::string> bytes = PackCompiled(*compiled);
  if (!bytes.ok()) {
    return wrong(bytes.error().message);
  }
  if (arguments.output == "-") {
    console.Out(*bytes);
    return static_cast<int>(executor::ExitCode::kDone);
  }
  const std::string path = arguments.output.empty()
                               ? package::PackageFileName(compiled->plan->product.name)
                               : arguments.output;
  if (Status written = ReplaceFile(path, *bytes); !written.ok()) {
    return Fail(console, arguments.command, Refusal(written.error()));
  }
  return Say(arguments, console, *compiled, path, *bytes);
}

}  // namespace upgraph::cli
