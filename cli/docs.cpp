#include <fmt/format.h>

#include "cli/commands.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/driver/library_reference.h"
#include "compiler/driver/spec_reference.h"
#include "runtime/executor/natives.h"
#include "stdlib/library.h"

namespace upgraph::cli {

namespace {

// `upgraph docs shop.upg`
int RunSpecDocs(const Arguments& arguments, Console& console) {
  const driver::SpecReference reference =
      driver::MakeSpecReference(arguments.name, executor::HasNative);
  if (reference.diagnostics.empty()) {
    console.Out(reference.text);
    return 0;
  }
  console.Err(
      diagnostics::RenderHuman(reference.diagnostics, *reference.sources, console.use_color()));
  return static_cast<int>(executor::ExitCode::kSpecWrong);
}

}  // namespace

int RunDocs(const Arguments& arguments, Console& console) {
  if (std::string_view(arguments.name).ends_with(".upg")) {
    return RunSpecDocs(arguments, console);
  }
  const std::optional<std::string> text =
      driver::LibraryReference(arguments.name, executor::HasNative);
  if (text.has_value()) {
    console.Out(*text);
    return 0;
  }
  std::vector<std::string> names;
  for (const stdlib::Module& module : stdlib::Modules()) {
    names.emplace_back(module.name);
  }
  std::string known;
  for (const std::string& name : names) {
    known += (known.empty() ? "" : ", ") + name;
  }
  const std::string hint = diagnostics::SuggestHint(arguments.name, names);
  return Fail(console, arguments.command,
              {executor::ExitCode::kUsage,
               fmt::format("there is no module `{}`; {}", arguments.name,
                           hint.empty() ? "there are " + known : hint),
               false, ""});
}

}  // namespace upgraph::cli
