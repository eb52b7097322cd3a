#pragma once

// The one JSON type of the project: keys keep the order in which they were written, so that
// output for machines is stable. nlohmann-json is owned here; nobody else includes it.

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "base/result.h"

namespace upgraph {

using Json = nlohmann::ordered_json;

// Parses one document; the error names the byte. Never throws.
Result<Json> ParseJson(std::string_view text);
// Two-space indent, bytes that are not UTF-8 replaced, newline at the end. Never throws.
std::string PrettyJson(const Json& json);
// One line, without a newline at the end. Never throws.
std::string CompactJson(const Json& json);

}  // namespace upgraph
