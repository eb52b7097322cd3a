#include "compiler/driver/fix_spec.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "compiler/diagnostics/edits.h"
#include "compiler/driver/format_spec.h"
#include "compiler/driver/read_spec.h"

namespace upgraph::driver {
namespace {

// Each round mends something; more rounds than this would be a fix that undoes another.
constexpr int kRoundsMax = 10;

// One round. Whether anything was applied.
bool Round(const std::string& display_path, FixedSpec* spec) {
  const source::SourceManager& sources = *spec->compilation.sources;
  const source::BufferId buffer_id = sources.Find(display_path);
  if (!buffer_id.has_value()) {
    return false;
  }
  const std::vector<diagnostics::Diagnostic>& list = spec->compilation.diagnostics;
  std::vector<std::vector<diagnostics::Edit>> fixes;
  fixes.reserve(list.size());
  for (const diagnostics::Diagnostic& diagnostic : list) {
    fixes.push_back(diagnostic.fix);
  }
  diagnostics::EditedText edited = diagnostics::ApplyFixes(spec->after, buffer_id, fixes);
  for (const size_t index : edited.applied) {
    source::LineColumn place;
    if (list[index].range.has_value()) {
      place = sources.Locate(list[index].range);
    }
    spec->applied.push_back({list[index].name, list[index].message, place.line, place.column});
  }
  spec->after = std::move(edited.text);
  return !edited.applied.empty();
}

}  // namespace

Result<FixedSpec> FixSpec(const std::string& spec_path, const Options& options) {
  UPGRAPH_ASSIGN(std::string text, ReadSpec(spec_path));
  return FixText(spec_path, std::move(text),
                 std::filesystem::path(spec_path).parent_path().string(), options);
}

Result<FixedSpec> FixText(const std::string& display_path, std::string text,
                          const std::string& payload_root, const Options& options) {
  FixedSpec spec;
  spec.before = std::move(text);
  spec.after = spec.before;
  const auto compile = [&] {
    spec.compilation = CompileText(display_path, spec.after, payload_root, options);
  };
  compile();
  for (int round = 0; round < kRoundsMax && Round(display_path, &spec); ++round) {
    compile();
  }
  if (spec.applied.empty()) {
    return spec;
  }
  UPGRAPH_ASSIGN(FormattedSpec formatted, FormatText(display_path, spec.after));
  if (!formatted.diagnostics.empty()) {
    const Result<FormattedSpec> original = FormatText(display_path, spec.before);
    if (original.ok() && original->diagnostics.empty()) {
      return Error{
          ErrorKind::kInvalid,
          fmt::format("a fix broke the syntax of `{}`; nothing was changed", display_path)};
    }
    return spec;
  }
  if (formatted.after != spec.after) {
    spec.after = std::move(formatted.after);
    compile();
  }
  return spec;
}

}  // namespace upgraph::driver
