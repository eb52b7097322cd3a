#include "cli/leftover_text.h"

#include <fmt/format.h>

#include "cli/format.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {

using package::Printable;

std::string LeftoversText(const std::vector<executor::Leftover>& leftovers, bool use_color) {
  std::string text;
  for (const executor::Leftover& leftover : leftovers) {
    text += fmt::format("{} {}  {}: {}\n", Paint(Color::kRed, "needs a person:", use_color),
                        Printable(leftover.step_path), Printable(leftover.step_title),
                        Printable(leftover.reason));
    std::string left;
    for (const std::string& resource : leftover.left) {
      left += (left.empty() ? "" : ", ") + resource;
    }
    Table details;
    for (const auto& [name, value] : {std::pair<const char*, const std::string&>("left", left),
                                      {"kept", leftover.kept},
                                      {"finish", leftover.command}}) {
      if (!value.empty()) {
        details.Add({{name, Color::kDim}, {value}});
      }
    }
    text += details.Render("  ", use_color);
  }
  return text;
}

Json LeftoversJson(const std::vector<executor::Leftover>& leftovers) {
  Json json = Json::array();
  for (const executor::Leftover& leftover : leftovers) {
    Json leftover_json = Json::object();
    leftover_json["step"] = leftover.step_path;
    leftover_json["title"] = leftover.step_title;
    leftover_json["state"] = leftover.state;
    leftover_json["reason"] = leftover.reason;
    leftover_json["left"] = leftover.left;
    leftover_json["kept"] = leftover.kept;
    leftover_json["command"] = leftover.command;
    json.push_back(std::move(leftover_json));
  }
  return json;
}

}  // namespace upgraph::cli
