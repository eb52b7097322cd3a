#pragma once

// The explanations by stage, as kind.def groups them. Internal to diagnostics.

#include <span>

#include "compiler/diagnostics/explanation.h"

namespace upgraph::diagnostics {

std::span<const Explanation> SyntaxExplanations();
std::span<const Explanation> NameExplanations();
std::span<const Explanation> ValueExplanations();
std::span<const Explanation> DeclarationExplanations();
std::span<const Explanation> UpgradeExplanations();

}  // namespace upgraph::diagnostics
