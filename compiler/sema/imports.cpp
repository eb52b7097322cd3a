// What modules import, and the order in which they are read: each behind those that it imports.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/context.h"

namespace upgraph::sema {
namespace {

std::string AliasOf(const std::string& module_name) {
  return module_name.substr(module_name.rfind('.') + 1);
}

// The index of a module, or none. The spec is one when it is imported by its file's name.
std::optional<uint32_t> FindModule(const Context& context, const std::string& name) {
  if (name == context.input.spec_name) {
    return 0;
  }
  for (uint32_t index = 1; index < context.modules.size(); ++index) {
    if (context.modules[index].name == name) {
      return index;
    }
  }
  return std::nullopt;
}

void ReportUnknown(Context* context, const std::string& name, SourceRange range) {
  const auto& known = context->input.known_modules;
  auto fault = context->input.module_faults.find(name);
  auto& error = context->Error(
      Kind::kUnknownModule, range,
      fmt::format("there is no module `{}`{}", name,
                  fault == context->input.module_faults.end() ? " in the standard library"
                                                              : ": " + fault->second));
  bool lacks_std = std::find(known.begin(), known.end(), "std." + name) != known.end();
  error.SetHint(lacks_std ? "did you mean `std." + name + "`?" : SuggestHint(name, known));
}

void CollectImportsOf(Context* context, uint32_t module_index) {
  Module& module = context->modules[module_index];
  ast::List<ast::Name> meant;  // by imports that name no module
  for (const ast::Import& import : module.tree->imports) {
    const std::string name = import.name.Text();
    const std::optional<uint32_t> index = FindModule(*context, name);
    if (!index) {
      ReportUnknown(context, name, import.name.range);
      const std::string nearest = diagnostics::FindNearest(name, context->input.known_modules);
      meant.push_back({AliasOf(name), import.name.range});
      meant.push_back({AliasOf(nearest), import.name.range});
      continue;
    }
    Symbol symbol;
    symbol.kind = SymbolKind::kModule;
    symbol.index = *index;
    if (context->Declare(&module.scope, {AliasOf(name), import.name.range}, symbol)) {
      module.imports.push_back(*index);
      module.import_ranges.push_back(import.name.range);
    }
  }
  for (const ast::Name& name : meant) {
    if (module.scope.Find(name.text) == nullptr) {
      // Of type kError, so that its uses are not reported again.
      Symbol symbol;
      symbol.range = name.range;
      module.scope.Add(name.text, symbol);
    }
  }
}

// Depth first from the spec, with a stack of its own.
class ModuleOrder {
 public:
  explicit ModuleOrder(Context* context)
      : context_(*context), states_(context->modules.size(), State::kNew) {}

  bool Find() {
    std::vector<Frame> path = {{0, 0}};
    states_[0] = State::kOpen;
    while (!path.empty()) {
      Frame& frame = path.back();
      const Module& module = context_.modules[frame.module];
      if (frame.next == module.imports.size()) {
        states_[frame.module] = State::kDone;
        context_.order.push_back(frame.module);
        path.pop_back();
        continue;
      }
      const uint32_t imported = module.imports[frame.next++];
      if (states_[imported] == State::kOpen) {
        Report(path, imported);
        return false;
      }
      if (states_[imported] == State::kNew) {
        states_[imported] = State::kOpen;
        path.push_back({imported, 0});
      }
    }
    return true;
  }

 private:
  enum class State { kNew, kOpen, kDone };
  struct Frame {
    uint32_t module = 0;
    size_t next = 0;  // behind the import that is followed
  };

  const std::string& NameOf(uint32_t module) const {
    return module == 0 ? context_.input.spec_name : context_.modules[module].name;
  }
  SourceRange Followed(const Frame& frame) const {
    return context_.modules[frame.module].import_ranges[frame.next - 1];
  }

  void Report(const std::vector<Frame>& path, uint32_t imported) {
    const auto first = std::find_if(path.begin(), path.end(),
                                    [&](const Frame& frame) { return frame.module == imported; });
    std::string names;
    for (auto frame = first; frame != path.end(); ++frame) {
      names += "`" + NameOf(frame->module) + "` -> ";
    }
    auto& error = context_.Error(
        Kind::kImportCycle, Followed(path.back()),
        fmt::format("module `{0}` would import itself: {1}`{0}`; what is needed on both sides "
                    "belongs into a module of its own",
                    NameOf(imported), names));
    for (auto frame = first; frame + 1 < path.end(); ++frame) {
      error.AddNote(Followed(*frame),
                    fmt::format("`{}` is imported here", NameOf((frame + 1)->module)));
    }
  }

  Context& context_;
  std::vector<State> states_;
};

}  // namespace

bool CollectImports(Context* context) {
  for (uint32_t module = 0; module < context->modules.size(); ++module) {
    CollectImportsOf(context, module);
  }
  return ModuleOrder(context).Find();
}

void CheckModuleContents(Context* context) {
  for (const Module& module : context->modules) {
    if (&module == &context->modules[0]) {
      continue;
    }
    auto refuse = [&](const auto& trees, const char* word, auto range_of) {
      for (const auto& tree : trees) {
        context->Error(Kind::kWrongKind, range_of(tree),
                       fmt::format("`{}` stands in the spec; a module declares steps, functions, "
                                   "constants, signals, resources and types",
                                   word));
      }
    };
    const ast::Tree& tree = *module.tree;
    refuse(tree.products, "product", [](const auto& item) { return item.name.range; });
    refuse(tree.configs, "config", [](const auto& item) { return item.name.range; });
    refuse(tree.people, "people", [](const auto& item) { return item.names[0].range; });
    refuse(tree.inputs, "input", [](const auto& item) { return item.name.range; });
    refuse(tree.tests, "test", [](const auto& item) { return item.range; });
    for (const ast::Upgrade& upgrade : tree.upgrades) {
      const char* word = upgrade.is_downgrade ? "downgrade" : "upgrade";
      refuse(std::vector<const ast::Upgrade*>{&upgrade}, word,
             [](const auto* item) { return item->range; });
    }
  }
}

}  // namespace upgraph::sema
