#pragma once

#include <string>
#include <string_view>

namespace upgraph {

// As MIME has it, with its padding and without lines.
std::string Base64(std::string_view bytes);

}  // namespace upgraph
