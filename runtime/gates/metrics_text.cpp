#include "runtime/gates/metrics_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>

namespace upgraph::gates {
namespace {

using Labels = std::map<std::string, std::string, std::less<>>;

struct Series {
  std::string name;
  Labels labels;
};

void SkipSpace(std::string_view text, size_t* at) {
  while (*at < text.size() && (text[*at] == ' ' || text[*at] == '\t')) {
    ++*at;
  }
}

// A text in quotes, `\\`, `\"` and `\n` decoded; nothing when it does not end.
std::optional<std::string> ReadQuoted(std::string_view text, size_t* at) {
  std::string value;
  if (*at >= text.size() || text[*at] != '"') {
    return std::nullopt;
  }
  for (++*at; *at < text.size(); ++*at) {
    const char c = text[*at];
    if (c == '"') {
      ++*at;
      return value;
    }
    if (c == '\\' && *at + 1 < text.size()) {
      ++*at;
      value += text[*at] == 'n' ? '\n' : text[*at];
    } else {
      value += c;
    }
  }
  return std::nullopt;
}

// `name{a="b",c="d"}`, from `at` on; `at` is moved behind it.
std::optional<Series> ReadSeries(std::string_view text, size_t* at) {
  Series series;
  SkipSpace(text, at);
  const size_t end = text.find_first_of("{ \t", *at);
  series.name = text.substr(*at, end == std::string_view::npos ? end : end - *at);
  *at = end == std::string_view::npos ? text.size() : end;
  SkipSpace(text, at);
  if (*at >= text.size() || text[*at] != '{') {
    return series.name.empty() ? std::nullopt : std::optional(series);
  }
  ++*at;
  while (true) {
    SkipSpace(text, at);
    if (*at < text.size() && text[*at] == '}') {
      ++*at;
      return series;
    }
    const size_t equals = text.find('=', *at);
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    std::string_view label = text.substr(*at, equals - *at);
    label = label.substr(0, label.find_last_not_of(" \t") + 1);
    *at = equals + 1;
    SkipSpace(text, at);
    std::optional<std::string> value = ReadQuoted(text, at);
    if (!value) {
      return std::nullopt;
    }
    series.labels[std::string(label)] = std::move(*value);
    SkipSpace(text, at);
    if (*at < text.size() && text[*at] == ',') {
      ++*at;
    }
  }
}

bool Matches(const Series& wanted, const Series& series) {
  if (wanted.name != series.name) {
    return false;
  }
  for (const auto& [label, value] : wanted.labels) {
    const auto found = series.labels.find(label);
    if (found == series.labels.end() || found->second != value) {
      return false;
    }
  }
  return true;
}

// The number of a sample's line, behind its name.
std::optional<double> ReadNumber(std::string_view line, size_t at) {
  SkipSpace(line, &at);
  const size_t end = line.find_first_of(" \t", at);
  std::string_view text = line.substr(at, end == std::string_view::npos ? end : end - at);
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
  }
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() ? std::optional(number)
                                                                   : std::nullopt;
}

}  // namespace

Result<double> FindMetric(const std::string& text, const std::string& selector) {
  size_t end = 0;
  const std::optional<Series> wanted = ReadSeries(selector, &end);
  if (!wanted || end != selector.size()) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("`{}` does not read as a metric: name{{label=\"value\"}}", selector)};
  }
  double sum = 0;
  bool is_found = false;
  for (size_t start = 0; start < text.size();) {
    const size_t stop = std::min(text.find('\n', start), text.size());
    const std::string_view line(text.data() + start, stop - start);
    start = stop + 1;
    if (line.empty() || line[0] == '#' || line.find(wanted->name) == std::string_view::npos) {
      continue;
    }
    size_t at = 0;
    const std::optional<Series> series = ReadSeries(line, &at);
    if (!series || !Matches(*wanted, *series)) {
      continue;
    }
    const std::optional<double> number = ReadNumber(line, at);
    if (!number || !std::isfinite(*number)) {
      return Error{ErrorKind::kFailed, fmt::format("`{}` has no number", selector)};
    }
    sum += *number;
    is_found = true;
  }
  return is_found ? Result<double>(sum)
                  : Error{ErrorKind::kNotFound, fmt::format("there is no metric `{}`", selector)};
}

}  // namespace upgraph::gates
