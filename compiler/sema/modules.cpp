#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/sema/context.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/facts.h"

namespace upgraph::sema {
namespace {

DeclarationKind KindOf(ast::DeclarationKind kind) {
  switch (kind) {
    case ast::DeclarationKind::kStep:
      return DeclarationKind::kStep;
    case ast::DeclarationKind::kFact:
      return DeclarationKind::kFact;
    case ast::DeclarationKind::kHandle:
      return DeclarationKind::kHandle;
    case ast::DeclarationKind::kLock:
      return DeclarationKind::kLock;
    case ast::DeclarationKind::kResource:
      return DeclarationKind::kResource;
    case ast::DeclarationKind::kSignal:
      return DeclarationKind::kSignal;
    case ast::DeclarationKind::kFunction:
      return DeclarationKind::kFunction;
  }
  UPGRAPH_UNREACHABLE("declaration kind");
}

// Resources have names of their own: `unit(unit)` writes the resource that a parameter names.
void CollectResource(Context* context, Module* module, const ast::Declaration& tree,
                     DeclarationId id) {
  auto [position, is_new] = module->resources.try_emplace(tree.name.text, id);
  DeclarationId first_id = position->second;
  // A plan knows resources by these names alone, so none is given twice, wherever it is seen from.
  for (const Module& other : context->modules) {
    auto found = other.resources.find(tree.name.text);
    if (is_new && !module->is_library && &other != module && found != other.resources.end()) {
      is_new = false;
      first_id = found->second;
    }
  }
  if (!is_new) {
    context
        ->Error(Kind::kDuplicateName, tree.name.range,
                fmt::format("resource `{}` is declared twice, nothing shadows", tree.name.text))
        .AddNote(context->declaration(first_id).range, "first declared here");
  }
}

void CollectNames(Context* context, uint32_t module_index) {
  Module& module = context->modules[module_index];
  for (const ast::Declaration& tree : module.tree->declarations) {
    DeclarationId id(static_cast<uint32_t>(context->program.declarations.size()));
    Declaration declaration;
    declaration.kind = KindOf(tree.kind);
    // A module of one's own goes by its whole name: its last part may be that of another.
    if (declaration.kind != DeclarationKind::kResource && module_index != 0) {
      declaration.name =
          (module.is_library ? module.name.substr(module.name.rfind('.') + 1) : module.name) + ".";
    }
    declaration.name += tree.name.text;
    declaration.range = tree.name.range;
    declaration.doc = tree.doc;
    context->program.declarations.push_back(std::move(declaration));
    module.declaration_ids.push_back(id);
    if (tree.kind == ast::DeclarationKind::kResource) {
      CollectResource(context, &module, tree, id);
      continue;
    }
    if (tree.kind == ast::DeclarationKind::kFunction) {
      Function function;
      function.tree = &tree;
      function.module = module_index;
      context->functions.emplace(id, std::move(function));
    }
    Symbol symbol;
    symbol.kind = SymbolKind::kDeclaration;
    symbol.index = id.index();
    context->Declare(&module.scope, tree.name, symbol);
  }
}

void CollectHandleTypes(Context* context, uint32_t module_index) {
  Module& module = context->modules[module_index];
  for (size_t i = 0; i < module.tree->declarations.size(); ++i) {
    const ast::Declaration& tree = module.tree->declarations[i];
    if (tree.kind != ast::DeclarationKind::kHandle || !tree.result || tree.result->is_list ||
        tree.result->key) {
      continue;
    }
    const std::string& name = tree.result->name.text;
    std::optional<TypeKind> builtin = FindBuiltinType(name);
    if (builtin && *builtin != TypeKind::kConfig) {
      continue;
    }
    HandleType& type = context->handle_types[name];
    if (type.makers.empty()) {
      type.module = module_index;
    }
    type.makers.push_back(module.declaration_ids[i]);
  }
}

void CollectOpaqueTypes(Context* context, uint32_t module_index) {
  for (const ast::TypeDeclaration& tree : context->modules[module_index].tree->types) {
    const std::string& name = tree.name.text;
    const auto handle = context->handle_types.find(name);
    const auto opaque = context->opaque_types.find(name);
    if (!FindBuiltinType(name) && handle == context->handle_types.end() &&
        opaque == context->opaque_types.end()) {
      context->opaque_types.emplace(name, OpaqueType{module_index, tree.name.range});
      continue;
    }
    auto& error = context->Error(Kind::kDuplicateName, tree.name.range,
                                 fmt::format("type `{}` is declared twice", name));
    if (opaque != context->opaque_types.end()) {
      error.AddNote(opaque->second.range, "first declared here");
    } else if (handle != context->handle_types.end()) {
      error.AddNote(context->declaration(handle->second.makers[0]).range, "this handle makes one");
    } else {
      error.SetHint(fmt::format("`{}` is a type of the language itself", name));
    }
  }
}

void AnalyzeParameters(Context* context, uint32_t module_index, const ast::Declaration& tree,
                       DeclarationId id) {
  const Module& module = context->modules[module_index];
  Scope scope(&module.scope);
  for (const ast::Parameter& parameter_tree : tree.parameters) {
    Parameter parameter;
    parameter.name = parameter_tree.name.text;
    parameter.what = "`" + parameter.name + "` of `" + context->declaration(id).name + "`";
    parameter.type = ResolveType(context, module, parameter_tree.type);
    parameter.range = parameter_tree.name.range;
    if (parameter_tree.default_value) {
      Expressions expressions(context, module_index, &scope);
      Formula formula = expressions.Analyze(
          *parameter_tree.default_value,
          {parameter.type, "`" + parameter.name + "`", parameter_tree.type.range});
      parameter.default_value = std::move(formula);
    }
    Symbol symbol;
    symbol.kind = SymbolKind::kParameter;
    symbol.index = static_cast<uint32_t>(context->declaration(id).parameters.size());
    symbol.type = parameter.type;
    context->Declare(&scope, parameter_tree.name, symbol);
    context->declaration(id).parameters.push_back(std::move(parameter));
  }
}

void AnalyzeResult(Context* context, const Module& module, const ast::Declaration& tree,
                   DeclarationId id) {
  Declaration& declaration = context->declaration(id);
  bool needs_result = declaration.kind == DeclarationKind::kFact ||
                      declaration.kind == DeclarationKind::kHandle ||
                      declaration.kind == DeclarationKind::kSignal ||
                      declaration.kind == DeclarationKind::kFunction;
  if (declaration.kind == DeclarationKind::kStep) {
    if (!tree.result) {
      return;
    }
    declaration.result = ResolveType(context, module, *tree.result);
    if (!declaration.result.is_error() && !declaration.result.is_temporary) {
      context
          ->Error(Kind::kBadProperty, tree.result->range,
                  fmt::format("step `{}` gives {}; a step gives only what is temporary, and ends "
                              "with the upgrade",
                              tree.name.text, WithArticle(TypeName(declaration.result))))
          .SetHint(fmt::format("write `: temporary {}`", TypeName(declaration.result)));
      declaration.result = {};
    }
    return;
  }
  if (needs_result != tree.result.has_value()) {
    SourceRange range = tree.result ? tree.result->range : tree.name.range;
    const char* rule =
        needs_result ? "needs a type after its parameters" : "has no type of its own";
    context->Error(
        Kind::kBadProperty, range,
        fmt::format("{} `{}` {}", DeclarationKindName(declaration.kind), tree.name.text, rule));
    return;
  }
  if (!needs_result) {
    return;
  }
  declaration.result = ResolveType(context, module, *tree.result);
  if (declaration.kind == DeclarationKind::kFact &&
      (declaration.result.kind == TypeKind::kMap ||
       (declaration.result.kind == TypeKind::kList && !CanWait(declaration.result.element)))) {
    context
        ->Error(Kind::kBadProperty, tree.result->range,
                fmt::format("a fact cannot be {}", WithArticle(TypeName(declaration.result))))
        .SetHint("a host gives one value, or a list of texts, of paths or of versions");
    declaration.result = {};
  }
  if (declaration.kind == DeclarationKind::kHandle && !declaration.result.is_error() &&
      declaration.result.kind != TypeKind::kHandle &&
      declaration.result.kind != TypeKind::kConfig &&
      declaration.result.kind != TypeKind::kSecret) {
    context->Error(Kind::kBadProperty, tree.result->range,
                   fmt::format("a handle cannot be {}, it has a type of its own",
                               WithArticle(TypeName(declaration.result))));
  }
}

void AnalyzeHeads(Context* context, uint32_t module, bool is_function) {
  const std::vector<ast::Declaration>& trees = context->modules[module].tree->declarations;
  for (size_t i = 0; i < trees.size(); ++i) {
    if ((trees[i].kind == ast::DeclarationKind::kFunction) == is_function) {
      DeclarationId id = context->modules[module].declaration_ids[i];
      AnalyzeParameters(context, module, trees[i], id);
      AnalyzeResult(context, context->modules[module], trees[i], id);
    }
  }
}

bool CanSee(const Context& context, const Module& module, uint32_t other) {
  if (&context.modules[other] == &module) {
    return true;
  }
  return std::find(module.imports.begin(), module.imports.end(), other) != module.imports.end();
}

// Keys are texts, values are what is written in a spec: no handles, no lists.
Type ResolveMapType(Context* context, const ast::TypeRef& tree) {
  std::optional<TypeKind> key = FindBuiltinType(tree.key->text);
  std::optional<TypeKind> element = FindBuiltinType(tree.name.text);
  for (const ast::Name* name : {&*tree.key, &tree.name}) {
    if (!FindBuiltinType(name->text)) {
      context
          ->Error(Kind::kUnknownType, name->range, fmt::format("there is no type `{}`", name->text))
          .SetHint(SuggestHint(name->text, BuiltinTypeNames()));
      return {};
    }
  }
  if (!IsTextType(*key)) {
    context->Error(
        Kind::kWrongType, tree.key->range,
        fmt::format("the keys of a map are texts, {} is none", WithArticle(tree.key->text)));
    return {};
  }
  if (!CanBeInMap(*element)) {
    context->Error(Kind::kWrongType, tree.name.range,
                   fmt::format("the values of a map are texts, numbers and versions, {} is "
                               "none",
                               WithArticle(tree.name.text)));
    return {};
  }
  return Type::MapOf(*key, *element);
}

}  // namespace

Type ResolveType(Context* context, const Module& module, const ast::TypeRef& tree) {
  const std::string& name = tree.name.text;
  if (tree.key) {
    return ResolveMapType(context, tree);
  }
  std::optional<TypeKind> builtin = FindBuiltinType(name);
  auto handle = context->handle_types.find(name);
  auto opaque = context->opaque_types.find(name);
  bool is_handle = handle != context->handle_types.end() && !tree.is_list &&
                   CanSee(*context, module, handle->second.module);
  bool is_opaque = opaque != context->opaque_types.end() && !tree.is_list &&
                   CanSee(*context, module, opaque->second.module);
  if (builtin || is_handle || is_opaque) {
    Type type = builtin     ? (tree.is_list ? Type::ListOf(*builtin) : Type::Of(*builtin))
                : is_handle ? Type::Handle(name)
                            : Type::Opaque(name);
    if (tree.is_temporary && !is_opaque && (tree.is_list || builtin != TypeKind::kSecret)) {
      context
          ->Error(Kind::kWrongType, tree.range,
                  fmt::format("{} cannot be temporary, only what a step makes and another ends",
                              WithArticle(name)))
          .SetHint("declare a type for it: `type Token`");
      return {};
    }
    type.is_temporary = tree.is_temporary;
    return type;
  }
  const auto names = [&] {
    std::vector<std::string> known = BuiltinTypeNames();
    for (const auto& [type_name, type] : context->handle_types) {
      known.push_back(type_name);
    }
    for (const auto& [type_name, type] : context->opaque_types) {
      known.push_back(type_name);
    }
    return known;
  };
  context->Error(Kind::kUnknownType, tree.range, fmt::format("there is no type `{}`", name))
      .SetHint(context->Suggest(name, names));
  return {};
}

std::optional<DeclarationId> FindResource(const Context& context, const Module& module,
                                          std::string_view name) {
  for (uint32_t import : module.imports) {
    const auto& resources = context.modules[import].resources;
    if (auto found = resources.find(name); found != resources.end()) {
      return found->second;
    }
  }
  auto found = module.resources.find(name);
  return found == module.resources.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> VisibleResources(const Context& context, const Module& module) {
  std::vector<std::string> names;
  auto add = [&](const Module& from) {
    for (const auto& [name, id] : from.resources) {
      names.push_back(name);
    }
  };
  add(module);
  for (uint32_t import : module.imports) {
    add(context.modules[import]);
  }
  return names;
}

bool CollectModules(Context* context) {
  context->modules.push_back({"", context->input.spec});
  for (const ImportedModule& imported : context->input.imported) {
    context->modules.push_back({imported.name, imported.tree, imported.is_library});
  }
  if (!CollectImports(context)) {
    return false;
  }
  CheckModuleContents(context);
  const std::vector<uint32_t>& order = context->order;
  for (uint32_t module : order) {
    CollectNames(context, module);
  }
  for (uint32_t module = 0; module < context->modules.size(); ++module) {
    CollectHandleTypes(context, module);
  }
  for (uint32_t module : order) {
    CollectOpaqueTypes(context, module);
  }
  // Functions first: defaults of others call them.
  for (bool is_function : {true, false}) {
    for (uint32_t module : order) {
      AnalyzeHeads(context, module, is_function);
    }
  }
  return true;
}

}  // namespace upgraph::sema
