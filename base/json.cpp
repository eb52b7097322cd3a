#include "base/json.h"

namespace upgraph {

Result<Json> ParseJson(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return Error{ErrorKind::kInvalid, "not JSON: " + std::string(error.what())};
  }
}

std::string PrettyJson(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string CompactJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace upgraph
