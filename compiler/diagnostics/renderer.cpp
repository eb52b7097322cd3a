#include "compiler/diagnostics/renderer.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "base/json.h"
#include "compiler/source/utf8.h"

namespace upgraph::diagnostics {
namespace {

struct Style {
  const char* error = "";
  const char* warning = "";
  const char* note = "";
  const char* bold = "";
  const char* off = "";
};

constexpr Style kPlain{};
constexpr Style kColored{"\x1b[1;31m", "\x1b[1;35m", "\x1b[1;36m", "\x1b[1m", "\x1b[0m"};

// Longer lines are cut around the mark.
constexpr size_t kLineBytesMax = 160;

// What a terminal would obey, or show as something else, becomes `?`.
std::string Printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    source::Utf8Character found = source::DecodeUtf8(text);
    bool is_line_end = text[0] == '\n' || text[0] == '\r';
    if (text[0] == '\t') {
      result += ' ';
    } else if (!found.is_valid || is_line_end || source::IsControl(found.code) ||
               source::ChangesDirection(found.code) || source::IsHidden(found.code)) {
      result += '?';
    } else {
      result += text.substr(0, found.size_bytes);
    }
    text.remove_prefix(found.size_bytes);
  }
  return result;
}

// How many columns the bytes take when they are shown, one for each character.
size_t Width(std::string_view bytes) {
  std::string text = Printable(bytes);
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool IsContinuation(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

// The line of the place, and a mark below it: ^ at the first byte, ~ below the rest, the label
// behind it.
std::string Excerpt(const source::SourceManager& sources, source::SourceRange range,
                    const std::string& label, const Style& style, const char* mark_style) {
  const source::SourceBuffer& buffer = sources.buffer(range.buffer_id);
  source::LineColumn place = buffer.Locate(range.begin);
  std::string_view line = buffer.Line(place.line);
  size_t begin = std::min<size_t>(place.column - 1, line.size());
  size_t end = std::min<size_t>(begin + std::max(range.size_bytes(), 1u), line.size());
  size_t shown_from = begin > kLineBytesMax / 2 ? begin - kLineBytesMax / 2 : 0;
  if (line.size() <= kLineBytesMax) {
    shown_from = 0;
  }
  while (shown_from > 0 && IsContinuation(line, shown_from)) {
    --shown_from;
  }
  size_t shown_to = std::min(line.size(), shown_from + kLineBytesMax);
  while (shown_to > shown_from && IsContinuation(line, shown_to)) {
    --shown_to;
  }
  end = std::min(end, shown_to);
  std::string indent(Width(line.substr(shown_from, begin - shown_from)), ' ');
  size_t mark_width = end > begin ? Width(line.substr(begin, end - begin)) : 1;
  std::string mark = "^" + std::string(mark_width - 1, '~');
  mark += label.empty() ? "" : " " + Printable(label);
  return fmt::format("{:>5} | {}\n      | {}{}{}{}\n", place.line,
                     Printable(line.substr(shown_from, shown_to - shown_from)), indent, mark_style,
                     mark, style.off);
}

std::string Place(const source::SourceManager& sources, source::SourceRange range) {
  if (!range.has_value()) {
    return "";
  }
  source::LineColumn place = sources.Locate(range);
  return fmt::format("{}:{}:{}: ", sources.buffer(range.buffer_id).path(), place.line,
                     place.column);
}

Json PlaceJson(const source::SourceManager& sources, source::SourceRange range) {
  Json json = Json::object();
  if (range.has_value()) {
    source::LineColumn place = sources.Locate(range);
    json["path"] = sources.buffer(range.buffer_id).path();
    json["line"] = place.line;
    json["column"] = place.column;
    json["length"] = range.size_bytes();
  }
  return json;
}

const char* SeverityName(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

}  // namespace

std::string RenderHuman(const std::vector<Diagnostic>& diagnostics,
                        const source::SourceManager& sources, bool use_color) {
  const Style& style = use_color ? kColored : kPlain;
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    const char* color = diagnostic.severity == Severity::kError ? style.error : style.warning;
    text += fmt::format("{}{}{}{}:{} {}{}{} [{}]\n", Place(sources, diagnostic.range), color,
                        SeverityName(diagnostic.severity), "", style.off, style.bold,
                        Printable(diagnostic.message), style.off, diagnostic.name);
    if (diagnostic.range.has_value()) {
      text += Excerpt(sources, diagnostic.range, diagnostic.label, style, color);
    }
    for (const Note& note : diagnostic.notes) {
      text += fmt::format("{}{}note:{} {}\n", Place(sources, note.range), style.note, style.off,
                          Printable(note.message));
      if (note.range.has_value()) {
        text += Excerpt(sources, note.range, "", style, style.note);
      }
    }
    if (!diagnostic.hint.empty()) {
      text += fmt::format("{}hint:{} {}\n", style.note, style.off, Printable(diagnostic.hint));
    }
  }
  return text;
}

std::string RenderJson(const std::vector<Diagnostic>& diagnostics,
                       const source::SourceManager& sources) {
  Json list = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    Json json = Json::object();
    json["name"] = diagnostic.name;
    json["severity"] = SeverityName(diagnostic.severity);
    json["message"] = diagnostic.message;
    json.update(PlaceJson(sources, diagnostic.range));
    json["label"] = diagnostic.label;
    Json notes = Json::array();
    for (const Note& note : diagnostic.notes) {
      Json note_json = PlaceJson(sources, note.range);
      note_json["message"] = note.message;
      notes.push_back(std::move(note_json));
    }
    json["notes"] = std::move(notes);
    json["hint"] = diagnostic.hint;
    Json fix = Json::array();
    for (const Edit& edit : diagnostic.fix) {
      Json edit_json = PlaceJson(sources, edit.range);
      edit_json["text"] = edit.text;
      fix.push_back(std::move(edit_json));
    }
    json["fix"] = std::move(fix);
    list.push_back(std::move(json));
  }
  Json root = Json::object();
  root["diagnostics"] = std::move(list);
  return PrettyJson(root);
}

}  // namespace upgraph::diagnostics
