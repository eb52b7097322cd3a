#include "compiler/driver/spec_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "compiler/diagnostics/emitter.h"
#include "compiler/driver/read_spec.h"
#include "compiler/driver/reference_text.h"
#include "compiler/syntax/parse.h"

namespace upgraph::driver {
namespace {

class Writer {
 public:
  Writer(const ast::Tree& tree, const source::SourceManager& sources, const std::string& path)
      : tree_(tree), sources_(sources), stem_(std::filesystem::path(path).stem().string()) {
    // A module's things go by its own name, but for what its users name alone.
    prefix_ = tree.products.empty() ? stem_ + "." : "";
  }

  std::string Run(HasCode has_code) {
    const bool is_spec = !tree_.products.empty();
    text_ = fmt::format("# {}\n", is_spec ? tree_.products[0].name.text : stem_);
    Paragraph(tree_.doc);
    for (const ast::Product& product : tree_.products) {
      Paragraph(product.doc);
      Code([&] { Properties(product.properties); });
    }
    Section("Inputs", tree_.inputs, [&](const ast::HostInput& input) { AddInput(input); });
    Section("Values", tree_.lets, [&](const ast::Let& let) { AddLet(let); });
    Section("Types", tree_.types, [&](const ast::TypeDeclaration& type) {
      Heading(type.name.text, type.doc);
      Code([&] { text_ += "type " + type.name.text + "\n"; });
    });
    Section("Configurations", tree_.configs, [&](const ast::Config& config) { AddConfig(config); });
    Section("Steps and more", tree_.declarations, [&](const ast::Declaration& declaration) {
      const bool is_resource = declaration.kind == ast::DeclarationKind::kResource;
      AddDeclaration((is_resource ? "" : prefix_) + declaration.name.text, declaration, sources_,
                     has_code, &text_);
    });
    Section("Upgrades", tree_.upgrades, [&](const ast::Upgrade& upgrade) {
      Heading(Text(upgrade.range), upgrade.doc);
      Code([&] { Properties(upgrade.properties); });
    });
    Section("Tests", tree_.tests,
            [&](const ast::Test& test) { Heading(Text(test.name.range), test.doc); });
    return std::move(text_);
  }

 private:
  std::string Text(source::SourceRange range) const { return std::string(sources_.Text(range)); }
  static uint32_t EndOf(const ast::ConfigKey& key) {
    if (!key.attributes.empty()) {
      return key.attributes.back().back().range.end;
    }
    return key.default_value ? key.default_value->range.end
           : key.unit        ? key.unit->range.end
                             : key.type.range.end;
  }

  void Paragraph(const std::string& doc) { text_ += doc.empty() ? "" : "\n" + doc + "\n"; }
  void Heading(const std::string& name, const std::string& doc) {
    text_ += "\n### " + name + "\n";
    Paragraph(doc);
  }
  // What `write` appends; nothing when that is nothing.
  template <typename Write>
  void Code(Write write) {
    const size_t before = text_.size();
    text_ += "\n```upg\n";
    const size_t begin = text_.size();
    write();
    if (text_.size() == begin) {
      text_.resize(before);
    } else {
      text_ += "```\n";
    }
  }
  template <typename Items, typename Add>
  void Section(const char* title, const Items& items, Add add) {
    text_ += items.empty() ? "" : fmt::format("\n## {}\n", title);
    for (const auto& item : items) {
      add(item);
    }
  }
  void Properties(const ast::List<ast::Property>& properties) {
    for (const ast::Property& property : properties) {
      text_ += Text(property.range) + "\n";
    }
  }

  void AddInput(const ast::HostInput& input) {
    Heading(input.name.text, input.doc);
    Code([&] {
      text_ += fmt::format("input {} : {}{}\n", input.name.text, Text(input.type.range),
                           input.default_value ? " = " + Text(input.default_value->range) : "");
    });
  }
  void AddLet(const ast::Let& let) {
    Heading(prefix_ + let.name.text, let.doc);
    Code([&] {
      text_ += fmt::format("let {}{} = {}\n", let.name.text,
                           let.type ? " : " + Text(let.type->range) : "", Text(let.value.range));
    });
  }
  void AddConfig(const ast::Config& config) {
    Heading(config.name.text, config.doc);
    Code([&] { text_ += fmt::format("{} = {}\n", config.name.text, Text(config.handle.range)); });
    for (const ast::ConfigKey& key : config.keys) {
      const source::SourceRange name = key.name.range;
      text_ += fmt::format("\n- `{}`", Text({name.buffer_id, name.begin, EndOf(key)}));
      std::string doc = key.doc;
      std::replace(doc.begin(), doc.end(), '\n', ' ');
      text_ += doc.empty() ? "" : ": " + doc;
    }
    text_ += config.keys.empty() ? "" : "\n";
  }

  const ast::Tree& tree_;
  const source::SourceManager& sources_;
  std::string stem_;
  std::string prefix_;
  std::string text_;
};

}  // namespace

SpecReference MakeSpecReference(const std::string& path, HasCode has_code) {
  SpecReference reference;
  reference.sources = std::make_unique<source::SourceManager>();
  diagnostics::Emitter emitter;
  Result<std::string> text = ReadSpec(path);
  if (!text.ok()) {
    emitter.Emit(diagnostics::Kind::kUnreadableSpec, {}, text.error().message);
  } else {
    const ast::Tree tree =
        syntax::Parse(reference.sources->Add(path, std::move(*text)), *reference.sources, emitter);
    if (!emitter.has_errors()) {
      reference.text = Writer(tree, *reference.sources, path).Run(has_code);
      return reference;
    }
  }
  reference.diagnostics = emitter.Take();
  return reference;
}

}  // namespace upgraph::driver
