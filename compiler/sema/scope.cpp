#include <algorithm>

#include <fmt/format.h>

#include "compiler/sema/context.h"

namespace upgraph::sema {

const Symbol* Scope::Find(std::string_view name) const {
  auto found = names_.find(name);
  if (found != names_.end()) {
    return &found->second;
  }
  return parent_ == nullptr ? nullptr : parent_->Find(name);
}

std::vector<std::string> Scope::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, symbol] : names_) {
    names.push_back(name);
  }
  if (parent_ != nullptr) {
    std::vector<std::string> outer = parent_->Names();
    names.insert(names.end(), outer.begin(), outer.end());
  }
  return names;
}

const plan::Config* Context::FindConfig(std::string_view name) const {
  for (const plan::Config& config : program.configs) {
    if (config.name == name) {
      return &config;
    }
  }
  return nullptr;
}

const plan::ConfigKey* Context::FindKey(std::string_view config_name, std::string_view key) const {
  auto positions = keys.find(config_name);
  const plan::Config* config = FindConfig(config_name);
  if (positions == keys.end() || config == nullptr) {
    return nullptr;
  }
  auto position = positions->second.find(key);
  return position == positions->second.end() ? nullptr : &config->keys[position->second];
}

bool Context::Declare(Scope* scope, const ast::Name& name, Symbol symbol) {
  symbol.range = name.range;
  const Symbol* first = scope->Find(name.text);
  // The hop's versions are names of every phase, so nothing at the top may take them.
  const bool is_top = std::any_of(modules.begin(), modules.end(), [&](const Module& module) {
    return !module.is_library && scope == &module.scope;
  });
  bool is_hop = is_top && (name.text == "from" || name.text == "to");
  if (first != nullptr || is_hop) {
    auto& error = Error(Kind::kDuplicateName, name.range,
                        fmt::format("`{}` is declared twice, nothing shadows", name.text));
    if (first != nullptr && first->range.has_value()) {
      error.AddNote(first->range, "first declared here");
    } else {
      error.SetHint(fmt::format("`{}` is a name of the language itself", name.text));
    }
    return false;
  }
  scope->Add(name.text, std::move(symbol));
  return true;
}

}  // namespace upgraph::sema
