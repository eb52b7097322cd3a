#pragma once

// The reference of the standard library, made from its text: every declaration with its doc
// comment, its parameters and what it says about itself.

#include <optional>
#include <string>
#include <string_view>

namespace upgraph::driver {

// Markdown; of one module ("files" or "std.files"), or of all when `module` is empty. Nothing when
// there is no such module. What `has_code` says no to, asked by its native name, is marked so.
std::optional<std::string> LibraryReference(std::string_view module,
                                            bool (*has_code)(std::string_view native));

}  // namespace upgraph::driver
