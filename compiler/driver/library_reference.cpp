#include "compiler/driver/library_reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/diagnostics/emitter.h"
#include "compiler/driver/reference_text.h"
#include "compiler/source/source_manager.h"
#include "compiler/syntax/parse.h"
#include "stdlib/library.h"

namespace upgraph::driver {
namespace {

constexpr std::string_view kPrefix = "std.";

// The words of a declaration without what is between its braces: "step link(path: Path, to: Path)".
std::string HeadOf(const ast::Declaration& declaration, const source::SourceManager& sources) {
  std::string head(sources.Text(declaration.range));
  if (declaration.result) {
    head += " : " + std::string(sources.Text(declaration.result->range));
  }
  if (declaration.value) {
    head += " = " + std::string(sources.Text(declaration.value->range));
  }
  return head;
}

// By which name the program looks for the code, or empty: a resource needs none.
std::string NativeOf(const ast::Declaration& declaration) {
  for (const ast::Property& property : declaration.properties) {
    if (property.name.text == "native") {
      return property.groups[0][0].text;
    }
  }
  return "";
}

}  // namespace

void AddDeclaration(const std::string& name, const ast::Declaration& declaration,
                    const source::SourceManager& sources, HasCode has_code, std::string* text) {
  *text += fmt::format("\n### {}\n\n{}{}```upg\n{}\n", name, declaration.doc,
                       declaration.doc.empty() ? "" : "\n\n", HeadOf(declaration, sources));
  for (const ast::Property& property : declaration.properties) {
    // How it is called inside the program is nobody's business but the program's.
    if (property.name.text != "native") {
      *text += "  " + std::string(sources.Text(property.range)) + "\n";
    }
  }
  *text += "```\n";
  const std::string native = NativeOf(declaration);
  if (!native.empty() && !has_code(native)) {
    *text += "\n**No code in this program:** a plan with it can be checked, and is not applied.\n";
  }
}

namespace {

void AddModule(const stdlib::Module& module, HasCode has_code, std::string* text) {
  source::SourceManager sources;
  diagnostics::Emitter emitter;
  const ast::Tree tree = syntax::Parse(
      sources.Add(std::string(module.path), std::string(module.text)), sources, emitter);
  UPGRAPH_CHECK(!emitter.has_errors());
  *text += fmt::format("\n## {}\n\n{}\n", module.name, tree.doc);
  const std::string alias(module.name.substr(kPrefix.size()));
  for (const ast::Declaration& declaration : tree.declarations) {
    AddDeclaration(alias + "." + declaration.name.text, declaration, sources, has_code, text);
  }
}

}  // namespace

std::optional<std::string> LibraryReference(std::string_view module, HasCode has_code) {
  std::string text =
      "# The standard library\n\n"
      "Made from the library's own text by `upgraph docs`. A step is called by its module and "
      "name:\n"
      "`files.link(\"/opt/dten\", to: \"/opt/dten-5.0.0\")`; what has a default may be left out.\n"
      "\n"
      "What this program has no code for is marked so: it can be written and checked, and `apply`\n"
      "refuses a plan that needs it before anything is touched, naming the step.\n";
  bool is_found = module.empty();
  for (const stdlib::Module& each : stdlib::Modules()) {
    const bool is_asked = module.empty() || each.name == module ||
                          each.name.substr(std::min(kPrefix.size(), each.name.size())) == module;
    if (is_asked) {
      AddModule(each, has_code, &text);
      is_found = true;
    }
  }
  return is_found ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace upgraph::driver
