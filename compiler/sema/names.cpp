// What a name stands for in a value, and what stands behind its dots.

#include <utility>

#include <fmt/format.h>

#include "compiler/sema/expressions.h"

namespace upgraph::sema {
namespace {

// What the module will name so; null: nothing.
const ast::Name* FindLater(Module* module, std::string_view name) {
  if (!module->values) {
    auto& values = module->values.emplace();
    const auto add = [&](const auto& items) {
      for (const auto& item : items) {
        values.try_emplace(item.name.text, &item.name);
      }
    };
    add(module->tree->lets);
    add(module->tree->inputs);
    add(module->tree->configs);
  }
  const auto found = module->values->find(name);
  return found == module->values->end() ? nullptr : found->second;
}

std::string MemberHint(const std::string& written, const std::vector<std::string>& known) {
  std::string hint = SuggestHint(written, known);
  if (hint.empty() && !known.empty()) {
    for (const std::string& name : known) {
      hint += (hint.empty() ? "it has `" : ", `") + name + "`";
    }
  }
  return hint;
}

}  // namespace

Formula Expressions::Name(const ast::DottedName& name) {
  const ast::Name& first = name.parts[0];
  const Symbol* symbol = scope_.Find(first.text);
  if (symbol == nullptr) {
    if (const ast::Name* later = FindLater(&context_.modules[module_], first.text)) {
      context_
          .Error(Kind::kUnknownName, first.range,
                 fmt::format("`{}` is declared further down; a value stands above what uses it",
                             first.text))
          .AddNote(later->range, "declared here");
      return ErrorFormula();
    }
    context_
        .Error(Kind::kUnknownName, first.range, fmt::format("there is no `{}` here", first.text))
        .Suggest(first.text,
                 context_.wants_suggestions() ? scope_.Names() : std::vector<std::string>());
    return ErrorFormula();
  }
  size_t used = 1;
  if (symbol->kind == SymbolKind::kModule && name.parts.size() > 1) {
    // What a module imports is its own affair.
    const Scope& scope = context_.modules[symbol->index].scope;
    const Symbol* member = scope.Find(name.parts[1].text);
    if (member == nullptr || member->kind == SymbolKind::kModule) {
      context_
          .Error(Kind::kUnknownName, name.parts[1].range,
                 fmt::format("module `{}` has no `{}`", first.text, name.parts[1].text))
          .Suggest(name.parts[1].text,
                   context_.wants_suggestions() ? scope.Names() : std::vector<std::string>());
      return ErrorFormula();
    }
    symbol = member;
    used = 2;
  }
  Formula formula;
  switch (symbol->kind) {
    case SymbolKind::kModule:
    case SymbolKind::kDeclaration:
      context_.Error(Kind::kWrongKind, name.range,
                     fmt::format("`{}` is a {}, not a value", name.Text(),
                                 symbol->kind == SymbolKind::kModule && name.parts.size() == 1
                                     ? "module"
                                     : "name to call"));
      return ErrorFormula();
    case SymbolKind::kParameter:
      formula.kind = FormulaKind::kParameter;
      formula.parameter = symbol->index;
      formula.type = symbol->type;
      break;
    case SymbolKind::kConstant:
      formula = Formula::Constant(symbol->type, symbol->value);
      break;
  }
  return name.parts.size() == used ? formula : Member(std::move(formula), name, used);
}

// The members of `base` from the name's part number `part` on.
Formula Expressions::Member(Formula base, const ast::DottedName& name, size_t part) {
  if (base.type.is_error()) {
    return base;
  }
  if (base.type.kind == TypeKind::kConfig && base.is_constant()) {
    return ConfigMember(std::move(base), name, part);
  }
  const ast::Name& member = name.parts[part];
  if (base.type.kind == TypeKind::kMap) {
    Formula value = MapMember(std::move(base), member);
    return part + 1 == name.parts.size() ? value : Member(std::move(value), name, part + 1);
  }
  Formula formula;
  formula.kind = FormulaKind::kMember;
  formula.member = member.text;
  std::vector<std::string> known;
  if (base.type.kind == TypeKind::kKey) {
    known = {"name", "config"};
    if (member.text == "name" || member.text == "config") {
      formula.type = Type::Of(member.text == "name" ? TypeKind::kString : TypeKind::kConfig);
    }
  }
  auto handle = context_.handle_types.find(TypeName(base.type));
  if (handle != context_.handle_types.end()) {
    // What only some makers of the type have is a member where it is known who made the value.
    size_t makers_with_it = 0;
    size_t maker_count = 0;
    for (DeclarationId maker : handle->second.makers) {
      const Declaration& declaration = context_.declaration(maker);
      if (base.is_constant() && declaration.name != base.constant.text) {
        continue;
      }
      ++maker_count;
      for (const Parameter& parameter : declaration.parameters) {
        known.push_back(parameter.name);
        if (parameter.name == member.text) {
          formula.type = parameter.type;
          ++makers_with_it;
        }
      }
    }
    if (makers_with_it != maker_count && !may_lack_members_) {
      formula.type = {};
    }
  }
  if (formula.type.is_error()) {
    context_
        .Error(Kind::kUnknownMember, member.range,
               fmt::format("{} has no `{}`", WithArticle(TypeName(base.type)), member.text))
        .SetHint(MemberHint(member.text, known));
    return formula;
  }
  bool is_constant = base.is_constant();
  formula.operands.push_back(std::move(base));
  if (is_constant) {
    Type type = formula.type;
    formula = Formula::Constant(type, Evaluate(formula, {}, context_.program));
  }
  return part + 1 == name.parts.size() ? formula : Member(std::move(formula), name, part + 1);
}

// A key of a configuration, whose name may have dots in it, or an argument of its handle.
Formula Expressions::ConfigMember(Formula base, const ast::DottedName& name, size_t part) {
  const plan::Config* config = context_.FindConfig(base.constant.text);
  if (config == nullptr) {
    return ErrorFormula();
  }
  std::string key_name;
  for (size_t i = part; i < name.parts.size(); ++i) {
    key_name += (key_name.empty() ? "" : ".") + name.parts[i].text;
  }
  if (context_.FindKey(config->name, key_name) != nullptr) {
    plan::Value value = plan::TextValue(plan::ValueKind::kKey, key_name);
    value.fields.push_back({"config", plan::TextValue(plan::ValueKind::kString, config->name)});
    return Literal(TypeKind::kKey, std::move(value));
  }
  if (part + 1 == name.parts.size()) {
    const plan::Value* argument = FindField(config->handle.fields, name.parts[part].text);
    if (argument != nullptr) {
      return Formula::Constant(Type::Of(TypeKindOf(argument->kind)), *argument);
    }
  }
  const auto known = [&] {
    std::vector<std::string> names;
    for (const plan::ConfigKey& key : config->keys) {
      names.push_back(key.name);
    }
    return names;
  };
  SourceRange range = Cover(name.parts[part].range, name.parts.back().range);
  context_
      .Error(Kind::kUnknownMember, range,
             fmt::format("`{}` has no key `{}`, every key stands in its `config`", config->name,
                         key_name))
      .Suggest(key_name, context_.Candidates(known));
  return ErrorFormula();
}

}  // namespace upgraph::sema
