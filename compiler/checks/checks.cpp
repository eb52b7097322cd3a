#include "compiler/checks/checks.h"

#include <ctype.h>

#include <algorithm>

#include "compiler/diagnostics/position.h"
#include "plan/checks/check.h"

namespace upgraph::checks {
namespace {

// A name goes on with these, and a key with dots.
bool IsPartOfName(std::string_view text, size_t at) {
  return at < text.size() && (isalnum(static_cast<unsigned char>(text[at])) != 0 ||
                              std::string_view("_.-").find(text[at]) != std::string_view::npos);
}

// Where `what` stands as a whole in the text; npos when it does not, or more than once.
size_t FindOnce(std::string_view text, std::string_view what) {
  size_t found = std::string_view::npos;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    const bool is_whole =
        !IsPartOfName(text, at + what.size()) && (at == 0 || !IsPartOfName(text, at - 1));
    if (is_whole && found != std::string_view::npos) {
      return std::string_view::npos;
    }
    found = is_whole ? at : found;
  }
  return found;
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// Words, one text in quotes, and nothing but a comment behind it.
bool EndsStatement(std::string_view text) {
  const size_t open = text.find('"');
  const size_t close = open == std::string_view::npos ? open : text.find('"', open + 1);
  if (close == std::string_view::npos || text.substr(open, close).find('\\') < close - open ||
      text.substr(0, open).find_first_of(",{}") != std::string_view::npos) {
    return false;
  }
  const std::string_view tail = Trimmed(text.substr(close + 1));
  return tail.empty() || tail.starts_with("//");
}

// The line around the range, with its end, when it is one whole statement of that keyword: nothing
// else stands in it, and it does not go on in the next one.
source::SourceRange StatementLine(const source::SourceBuffer& buffer, source::SourceRange range,
                                  std::string_view keyword) {
  const source::LineColumn place = buffer.Locate(range.begin);
  const std::string_view line = buffer.Line(place.line);
  const size_t begin = place.column - 1;
  const size_t end = begin + range.size_bytes();
  if (end > line.size() || Trimmed(line.substr(0, begin)) != keyword ||
      !EndsStatement(line.substr(end))) {
    return {};
  }
  const uint32_t next = place.line < buffer.line_count()
                            ? buffer.Offset({place.line + 1, 1})
                            : static_cast<uint32_t>(buffer.text().size());
  return {range.buffer_id, range.begin - static_cast<uint32_t>(begin), next};
}

void AddMend(const plan::Mend& mend, const source::SourceManager& sources,
             diagnostics::Diagnostic* diagnostic) {
  const source::SourceRange range = diagnostic->range;
  if (!range.has_value() || mend.kind == plan::Mend::Kind::kNone) {
    return;
  }
  if (mend.kind == plan::Mend::Kind::kDrop) {
    const source::SourceRange line =
        StatementLine(sources.buffer(range.buffer_id), range, mend.from);
    if (line.has_value()) {
      diagnostic->AddFix(line, "");
    }
    return;
  }
  const size_t found = FindOnce(sources.Text(range), mend.from);
  if (found != std::string_view::npos) {
    const uint32_t begin = range.begin + static_cast<uint32_t>(found);
    diagnostic->AddFix({range.buffer_id, begin, begin + static_cast<uint32_t>(mend.from.size())},
                       mend.to);
  }
}

}  // namespace

void RunChecks(const plan::Plan& plan, const source::SourceManager& sources,
               diagnostics::Emitter& emitter) {
  for (const plan::Finding& finding : plan::RunChecks(plan)) {
    diagnostics::Severity severity = finding.severity == plan::FindingSeverity::kError
                                         ? diagnostics::Severity::kError
                                         : diagnostics::Severity::kWarning;
    diagnostics::Diagnostic& diagnostic = emitter.EmitFinding(
        finding.check, severity, diagnostics::RangeOf(sources, finding.position), finding.message);
    diagnostic.SetHint(finding.hint);
    AddMend(finding.mend, sources, &diagnostic);
    if (!finding.second_message.empty()) {
      diagnostic.AddNote(diagnostics::RangeOf(sources, finding.second_position),
                         finding.second_message);
    }
  }
}

std::optional<std::string> Explain(std::string_view check_name) {
  const plan::Check* check = plan::FindCheck(check_name);
  return check == nullptr ? std::nullopt : std::optional<std::string>(check->explanation);
}

std::vector<std::string> CheckNames() {
  std::vector<std::string> names;
  for (const plan::Check& check : plan::AllChecks()) {
    names.emplace_back(check.name);
  }
  return names;
}

}  // namespace upgraph::checks
