#pragma once

// Texts with holes: "/opt/dten-${from}". "$$" is one dollar sign.

#include <map>
#include <string>

#include "base/result.h"

namespace upgraph::plan {

// What each name stands for: from, to, and the facts of the plan.
using TemplateNames = std::map<std::string, std::string>;

// An error for a name that is not given, and for a dollar sign that opens nothing.
Result<std::string> FillTemplate(const std::string& text, const TemplateNames& names);

}  // namespace upgraph::plan
