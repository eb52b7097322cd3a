#include "compiler/diagnostics/report_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json.h"

namespace upgraph::diagnostics {
namespace {

constexpr const char* kSarifSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";

bool IsTrailingByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Both ends of a range; lines and columns count from 1, columns in code points, the end is the
// first place behind it.
struct Region {
  source::LineColumn begin;
  source::LineColumn end;
};

source::LineColumn InCodePoints(const source::SourceBuffer& buffer, uint32_t offset) {
  source::LineColumn place = buffer.Locate(offset);
  const std::string_view before =
      buffer.text().substr(offset - (place.column - 1), place.column - 1);
  place.column -=
      static_cast<uint32_t>(std::count_if(before.begin(), before.end(), IsTrailingByte));
  return place;
}

Region RegionOf(const source::SourceManager& sources, source::SourceRange range) {
  const source::SourceBuffer& buffer = sources.buffer(range.buffer_id);
  return {InCodePoints(buffer, range.begin), InCodePoints(buffer, range.end)};
}

// RFC 3986: what may not stand in a path of a URI is percent-encoded. A path that begins with `//`
// would else name a machine.
std::string UriOf(const std::string& path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') ||
                          std::string_view("-._~/!$&'()*+,;=@").find(c) != std::string_view::npos;
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

Json LocationJson(const source::SourceManager& sources, source::SourceRange range) {
  const Region region = RegionOf(sources, range);
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", UriOf(sources.buffer(range.buffer_id).path())}}},
            {"region",
             {{"startLine", region.begin.line},
              {"startColumn", region.begin.column},
              {"endLine", region.end.line},
              {"endColumn", region.end.column}}}}}};
}

std::string MessageOf(const Diagnostic& diagnostic) {
  return diagnostic.hint.empty() ? diagnostic.message
                                 : diagnostic.message + "\nhint: " + diagnostic.hint;
}

const char* LevelOf(const Diagnostic& diagnostic) {
  return diagnostic.severity == Severity::kError ? "error" : "warning";
}

// One change for each file, with all edits of it.
Json FixJson(const Diagnostic& diagnostic, const source::SourceManager& sources) {
  Json changes = Json::array();
  std::map<uint32_t, size_t> change_of;  // by the number of the buffer
  for (const Edit& edit : diagnostic.fix) {
    const Json place = LocationJson(sources, edit.range)["physicalLocation"];
    const auto [change, is_new] =
        change_of.try_emplace(edit.range.buffer_id.index(), changes.size());
    if (is_new) {
      changes.push_back(
          {{"artifactLocation", place["artifactLocation"]}, {"replacements", Json::array()}});
    }
    changes[change->second]["replacements"].push_back(
        {{"deletedRegion", place["region"]}, {"insertedContent", {{"text", edit.text}}}});
  }
  return {{"artifactChanges", std::move(changes)}};
}

Json ResultJson(const Diagnostic& diagnostic, size_t rule_index,
                const source::SourceManager& sources) {
  Json result = {{"ruleId", diagnostic.name},
                 {"ruleIndex", rule_index},
                 {"level", LevelOf(diagnostic)},
                 {"message", {{"text", MessageOf(diagnostic)}}}};
  if (diagnostic.range.has_value()) {
    result["locations"] = Json::array({LocationJson(sources, diagnostic.range)});
  }
  Json related = Json::array();
  for (const Note& note : diagnostic.notes) {
    if (note.range.has_value()) {
      Json location = LocationJson(sources, note.range);
      location["message"] = {{"text", note.message}};
      related.push_back(std::move(location));
    }
  }
  if (!related.empty()) {
    result["relatedLocations"] = std::move(related);
  }
  if (!diagnostic.fix.empty()) {
    result["fixes"] = Json::array({FixJson(diagnostic, sources)});
  }
  return result;
}

// A workflow command ends at the line's end; in properties `:` and `,` have a meaning as well.
std::string Escaped(std::string_view text, bool is_property) {
  std::string escaped;
  for (const char c : text) {
    const bool is_special =
        c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','));
    escaped +=
        is_special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return escaped;
}

}  // namespace

std::string RenderSarif(const std::vector<Diagnostic>& diagnostics,
                        const source::SourceManager& sources, const std::string& tool_version,
                        const Explain& explain) {
  std::map<std::string, size_t> rules;
  for (const Diagnostic& diagnostic : diagnostics) {
    rules.emplace(diagnostic.name, 0);
  }
  Json rule_list = Json::array();
  for (auto& [name, index] : rules) {
    index = rule_list.size();
    Json rule = {{"id", name}};
    const std::string explanation = explain(name);
    if (!explanation.empty()) {
      rule["shortDescription"] = {{"text", explanation.substr(0, explanation.find('\n'))}};
      rule["help"] = {{"text", explanation}};
    }
    rule_list.push_back(std::move(rule));
  }
  Json results = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    results.push_back(ResultJson(diagnostic, rules.at(diagnostic.name), sources));
  }
  const Json driver = {{"name", "upgraph"}, {"version", tool_version}, {"rules", rule_list}};
  const Json run = {
      {"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", results}};
  return PrettyJson(
      {{"$schema", kSarifSchema}, {"version", "2.1.0"}, {"runs", Json::array({run})}});
}

std::string RenderGithub(const std::vector<Diagnostic>& diagnostics,
                         const source::SourceManager& sources) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    std::string place;
    if (diagnostic.range.has_value()) {
      const Region region = RegionOf(sources, diagnostic.range);
      place = fmt::format("file={},line={},endLine={},col={},",
                          Escaped(sources.buffer(diagnostic.range.buffer_id).path(), true),
                          region.begin.line, region.end.line, region.begin.column);
      // A column of the end is taken for one of the first line.
      if (region.begin.line == region.end.line) {
        place += fmt::format("endColumn={},", region.end.column);
      }
    }
    text += fmt::format("::{} {}title={}::{}\n", LevelOf(diagnostic), place,
                        Escaped(diagnostic.name, true), Escaped(MessageOf(diagnostic), false));
  }
  return text;
}

}  // namespace upgraph::diagnostics
