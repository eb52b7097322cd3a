#include "cli/way_back_text.h"

#include <fmt/format.h>

#include "cli/format.h"

namespace upgraph::cli {

std::string WayBackText(const executor::RunView& run) {
  const executor::WayBack& way_back = run.way_back;
  if (!way_back.is_there) {
    return way_back.removed_wall_ms == 0 ? "none: " + way_back.why_not
                                         : fmt::format("none: {} {}", way_back.why_not,
                                                       FormatWallTime(way_back.removed_wall_ms));
  }
  if (way_back.until_wall_ms == 0) {
    return "`upgraph rollback`, without an end";
  }
  return fmt::format("`upgraph rollback`, until {}{}", FormatWallTime(way_back.until_wall_ms),
                     way_back.until_what.empty() ? "" : ": then comes " + way_back.until_what);
}

Json WayBackJson(const executor::RunView& run) {
  if (run.state != history::RunState::kCommitted) {
    return nullptr;
  }
  const executor::WayBack& way_back = run.way_back;
  const auto time = [](int64_t wall_ms) {
    return wall_ms == 0 ? Json(nullptr) : Json(FormatWallTime(wall_ms));
  };
  Json json = Json::object();
  json["possible"] = way_back.is_there;
  json["until"] = way_back.is_there ? time(way_back.until_wall_ms) : Json(nullptr);
  json["why_not"] = way_back.is_there ? Json(nullptr) : Json(way_back.why_not);
  json["removed"] = time(way_back.removed_wall_ms);
  return json;
}

}  // namespace upgraph::cli
