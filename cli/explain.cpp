#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/format.h"
#include "compiler/diagnostics/suggest.h"
#include "plan/checks/check.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

// The first sentence says what a check is.
std::string FirstLine(const plan::Check& check) {
  const std::string text = check.explanation;
  return text.substr(0, text.find('\n'));
}

Json CheckJson(const plan::Check& check) {
  Json json = Json::object();
  json["check"] = check.name;
  json["explanation"] = check.explanation;
  return json;
}

int ExplainAll(const Arguments& arguments, Console& console) {
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "explained", false, ""});
    json["checks"] = Json::array();
    for (const plan::Check& check : plan::AllChecks()) {
      json["checks"].push_back(CheckJson(check));
    }
    console.Out(PrettyJson(json));
    return static_cast<int>(executor::ExitCode::kDone);
  }
  Table table;
  for (const plan::Check& check : plan::AllChecks()) {
    table.Add({{check.name, Color::kBold}, {FirstLine(check)}});
  }
  console.Out(table.Render("", console.use_color()));
  return static_cast<int>(executor::ExitCode::kDone);
}

}  // namespace

int RunExplain(const Arguments& arguments, Console& console) {
  if (arguments.name.empty()) {
    return ExplainAll(arguments, console);
  }
  const plan::Check* check = plan::FindCheck(arguments.name);
  if (check == nullptr) {
    std::vector<std::string> names;
    for (const plan::Check& known : plan::AllChecks()) {
      names.emplace_back(known.name);
    }
    std::string hint = diagnostics::SuggestHint(arguments.name, names);
    if (hint.empty()) {
      hint = "`upgraph explain` lists them";
    }
    return Fail(console, arguments.command,
                {executor::ExitCode::kUsage,
                 fmt::format("there is no check `{}`; {}", arguments.name, hint), false, ""});
  }
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "explained", false, ""});
    json.update(CheckJson(*check));
    console.Out(PrettyJson(json));
  } else {
    std::string text = check->explanation;
    if (!text.ends_with('\n')) {
      text += '\n';
    }
    console.Out(
        fmt::format("{}\n\n{}", Paint(Color::kBold, check->name, console.use_color()), text));
  }
  return static_cast<int>(executor::ExitCode::kDone);
}

}  // namespace upgraph::cli
