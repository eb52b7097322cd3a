#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/format.h"
#include "compiler/diagnostics/explanation.h"
#include "compiler/diagnostics/suggest.h"
#include "plan/checks/check.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

// A check of the plan, or a diagnostic of the compiler.
struct Topic {
  std::string name;
  std::string text;
  bool is_check = false;
};

std::vector<Topic> AllTopics() {
  std::vector<Topic> topics;
  for (const plan::Check& check : plan::AllChecks()) {
    topics.push_back({check.name, check.explanation, true});
  }
  for (const diagnostics::Explanation& explanation : diagnostics::AllExplanations()) {
    topics.push_back(
        {std::string(diagnostics::KindName(explanation.kind)), explanation.text, false});
  }
  return topics;
}

// The first sentence says what it is.
std::string FirstLine(const Topic& topic) { return topic.text.substr(0, topic.text.find('\n')); }

Json TopicJson(const Topic& topic) {
  Json json = Json::object();
  json[topic.is_check ? "check" : "diagnostic"] = topic.name;
  json["explanation"] = topic.text;
  return json;
}

int ExplainAll(const Arguments& arguments, Console& console) {
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "explained", false, ""});
    json["checks"] = Json::array();
    json["diagnostics"] = Json::array();
    for (const Topic& topic : AllTopics()) {
      json[topic.is_check ? "checks" : "diagnostics"].push_back(TopicJson(topic));
    }
    console.Out(PrettyJson(json));
    return static_cast<int>(executor::ExitCode::kDone);
  }
  Table checks;
  Table others;
  for (const Topic& topic : AllTopics()) {
    (topic.is_check ? checks : others).Add({{topic.name, Color::kBold}, {FirstLine(topic)}});
  }
  console.Out("Checks of the plan:\n\n" + checks.Render("  ", console.use_color()) +
              "\nWhat the compiler says of a text:\n\n" + others.Render("  ", console.use_color()));
  return static_cast<int>(executor::ExitCode::kDone);
}

}  // namespace

int RunExplain(const Arguments& arguments, Console& console) {
  if (arguments.name.empty()) {
    return ExplainAll(arguments, console);
  }
  const std::vector<Topic> topics = AllTopics();
  const auto topic = std::find_if(topics.begin(), topics.end(),
                                  [&](const Topic& known) { return known.name == arguments.name; });
  if (topic == topics.end()) {
    std::vector<std::string> names;
    for (const Topic& known : topics) {
      names.push_back(known.name);
    }
    std::string hint = diagnostics::SuggestHint(arguments.name, names);
    if (hint.empty()) {
      hint = "`upgraph explain` lists what there is";
    }
    return Fail(
        console, arguments.command,
        {executor::ExitCode::kUsage,
         fmt::format("there is no check or diagnostic `{}`; {}", arguments.name, hint), false, ""});
  }
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "explained", false, ""});
    json.update(TopicJson(*topic));
    console.Out(PrettyJson(json));
  } else {
    std::string text = topic->text;
    if (!text.ends_with('\n')) {
      text += '\n';
    }
    console.Out(
        fmt::format("{}\n\n{}", Paint(Color::kBold, topic->name, console.use_color()), text));
  }
  return static_cast<int>(executor::ExitCode::kDone);
}

}  // namespace upgraph::cli
