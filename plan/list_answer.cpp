#include "plan/list_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace upgraph::plan {

std::string JoinElements(const std::vector<std::string>& elements) {
  std::string text;
  std::set<std::string_view> seen;
  for (const std::string& element : elements) {
    if (!seen.insert(element).second) {
      continue;
    }
    for (const char c : element) {
      text += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
    }
    text += '\n';
  }
  return text;
}

Result<std::vector<std::string>> SplitElements(const std::string& answer) {
  const Error malformed{ErrorKind::kInvalid, "the answer is no list"};
  std::vector<std::string> elements;
  std::set<std::string> seen;
  std::string element;
  for (size_t i = 0; i < answer.size(); ++i) {
    if (answer[i] == '\n') {
      if (!seen.insert(element).second) {
        return malformed;
      }
      elements.push_back(std::move(element));
      element.clear();
    } else if (answer[i] != '\\') {
      element += answer[i];
    } else if (++i < answer.size() && (answer[i] == 'n' || answer[i] == '\\')) {
      element += answer[i] == 'n' ? '\n' : '\\';
    } else {
      return malformed;
    }
  }
  if (!element.empty()) {
    return malformed;
  }
  return elements;
}

std::string ElementHole(const std::string& fact, uint32_t number) {
  return fmt::format("${{{}.{}}}", fact, number);
}

std::string CountHole(const std::string& fact) { return fmt::format("${{{}.count}}", fact); }

Status NameElements(const Fact& fact, const std::string& answer, TemplateNames* names) {
  for (uint32_t number = 1; number <= fact.elements_max; ++number) {
    (*names)[fmt::format("{}.{}", fact.name, number)] = ElementHole(fact.name, number);
  }
  std::string& count = (*names)[fact.name + ".count"];
  if (answer == "${" + fact.name + "}") {
    count = CountHole(fact.name);
    return OkStatus();
  }
  auto elements = SplitElements(answer);
  if (!elements.ok()) {
    return elements.error().Within(fmt::format("fact `{}`", fact.name));
  }
  if (elements->size() > fact.elements_max) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("fact `{}` has {} elements on this host, and the spec goes through at "
                             "most {} of them (`max {}`)",
                             fact.name, elements->size(), fact.elements_max, fact.elements_max)};
  }
  for (size_t i = 0; i < elements->size(); ++i) {
    // Steps, paths and messages are lines.
    if (std::any_of((*elements)[i].begin(), (*elements)[i].end(),
                    [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("element {} of fact `{}` holds a control character on this host, "
                               "which no name of a step can hold",
                               i + 1, fact.name)};
    }
    (*names)[fmt::format("{}.{}", fact.name, i + 1)] = (*elements)[i];
  }
  count = std::to_string(elements->size());
  return OkStatus();
}

}  // namespace upgraph::plan
