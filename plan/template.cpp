#include "plan/template.h"

#include <fmt/format.h>

namespace upgraph::plan {

Result<std::string> FillTemplate(const std::string& text, const TemplateNames& names) {
  std::string filled;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      filled += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '$') {
      filled += '$';
      ++i;
      continue;
    }
    const size_t end = text.find('}', i);
    if (i + 1 >= text.size() || text[i + 1] != '{' || end == std::string::npos) {
      return Error{ErrorKind::kInvalid, fmt::format("`{}` is not a template", text)};
    }
    const auto name = names.find(text.substr(i + 2, end - i - 2));
    if (name == names.end()) {
      return Error{ErrorKind::kInvalid, fmt::format("`{}` names a fact that nobody gives", text)};
    }
    filled += name->second;
    i = end;
  }
  return filled;
}

}  // namespace upgraph::plan
