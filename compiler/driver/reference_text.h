#pragma once

// What the references of the library and of a spec have in common. Internal to driver.

#include <string>
#include <string_view>

#include "compiler/ast/tree.h"
#include "compiler/source/source_manager.h"

namespace upgraph::driver {

using HasCode = bool (*)(std::string_view native);

// Appends its heading, its doc comment, its head and what it says about itself, as Markdown.
void AddDeclaration(const std::string& name, const ast::Declaration& declaration,
                    const source::SourceManager& sources, HasCode has_code, std::string* text);

}  // namespace upgraph::driver
