#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace upgraph {

// As MIME has it, with its padding and without lines.
std::string Base64(std::string_view bytes);
// Of exactly that spelling; nothing else, no line ends either, is taken.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace upgraph
