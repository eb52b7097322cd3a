#include "compiler/driver/format_spec.h"

#include <fmt/format.h>

#include <utility>

#include "compiler/diagnostics/emitter.h"
#include "compiler/driver/read_spec.h"
#include "compiler/format/format.h"
#include "compiler/syntax/parse.h"

namespace upgraph::driver {

Result<FormattedSpec> FormatSpec(const std::string& path) {
  Result<std::string> text = ReadSpec(path);
  if (text.ok()) {
    return FormatText(path, std::move(*text));
  }
  FormattedSpec spec;
  spec.sources = std::make_unique<source::SourceManager>();
  diagnostics::Emitter emitter;
  emitter.Emit(diagnostics::Kind::kUnreadableSpec, {}, text.error().message);
  spec.diagnostics = emitter.Take();
  return spec;
}

Result<FormattedSpec> FormatText(const std::string& display_path, std::string text) {
  FormattedSpec spec;
  spec.sources = std::make_unique<source::SourceManager>();
  spec.before = text;
  spec.after = text;
  const source::BufferId buffer_id = spec.sources->Add(display_path, std::move(text));
  diagnostics::Emitter emitter;
  syntax::Parse(buffer_id, *spec.sources, emitter);
  if (emitter.has_errors()) {
    spec.diagnostics = emitter.Take();
    return spec;
  }
  Result<std::string> formatted = format::Format(buffer_id, *spec.sources);
  if (!formatted.ok()) {
    return formatted.error().Within(fmt::format("`{}`", display_path));
  }
  spec.after = std::move(*formatted);
  return spec;
}

}  // namespace upgraph::driver
