#pragma once

// What the head of a spec, product and upgrades, is read with. Internal to sema.

#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/properties.h"

namespace upgraph::sema {

inline SourceRange StartOf(const Context& context) {
  return {context.modules[0].tree->buffer_id, 0, 0};
}

// A version that is known when the spec is compiled; else an error that calls it `what`.
std::optional<std::string> VersionOf(Context* context, const ast::Expr& expr,
                                     const std::string& what);
// As they are written, for suggestions.
std::vector<std::string> WithV(std::vector<std::string> versions);
// As the product's scheme compares them; versions that do not read are the same as none.
bool IsSameVersion(const plan::Product& product, const std::string& a, const std::string& b);

}  // namespace upgraph::sema
