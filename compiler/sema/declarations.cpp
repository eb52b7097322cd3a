#include "compiler/sema/declaration_reader.h"

#include <utility>

#include <fmt/format.h>

namespace upgraph::sema {
void DeclarationReader::AddParameters() {
  for (size_t i = 0; i < declaration_.parameters.size(); ++i) {
    const Parameter& parameter = declaration_.parameters[i];
    const Symbol* outer = module_.scope.Find(parameter.name);
    if (outer != nullptr && outer->kind == SymbolKind::kConstant && outer->range.has_value()) {
      context_
          .Error(Kind::kDuplicateName, parameter.range,
                 fmt::format("`{}` is declared twice, nothing shadows", parameter.name))
          .AddNote(outer->range, "also declared here");
    }
    Symbol symbol;
    symbol.kind = SymbolKind::kParameter;
    symbol.index = static_cast<uint32_t>(i);
    symbol.type = parameter.type;
    symbol.range = parameter.range;
    scope_.Add(parameter.name, std::move(symbol));
  }
}

void DeclarationReader::Read() {
  std::string owner = "a " + std::string(DeclarationKindName(declaration_.kind));
  if (!tree_.blocks.empty() && ReadBlocks(owner)) {
    return;
  }
  if (tree_.value && declaration_.kind != DeclarationKind::kFunction) {
    context_.Error(Kind::kBadProperty, tree_.value->range,
                   fmt::format("{} has no value behind `=`, a function has", owner));
  }
  switch (declaration_.kind) {
    case DeclarationKind::kStep: {
      Properties properties(
          &context_, tree_.properties,
          {"phases",   "phase", "reads",      "writes",  "needs", "starts", "stops",
           "reverses", "takes", "undo_takes", "timeout", "retry", "repeat", "shared",
           "waits",    "ends",  "native",     "do",      "undo",  "observe"},
          owner);
      ReadStep(&properties);
      return;
    }
    case DeclarationKind::kResource: {
      Properties properties(&context_, tree_.properties, {"overlaps", "within"}, owner);
      ReadOverlap(&properties);
      ReadWithin(&properties);
      return;
    }
    case DeclarationKind::kFact:
    case DeclarationKind::kHandle:
    case DeclarationKind::kLock: {
      Properties properties(&context_, tree_.properties, {"native"}, owner);
      ReadNative(&properties);
      if (declaration_.native.empty() && module_.is_library) {
        context_.Error(Kind::kMissingProperty, tree_.name.range,
                       fmt::format("{} `{}` needs `native`", DeclarationKindName(declaration_.kind),
                                   declaration_.name));
      } else if (!module_.is_library && properties.Find("native") == nullptr) {
        context_.Error(Kind::kNativeOutsideLibrary, tree_.name.range,
                       fmt::format("a {} is made by the runtime, only the standard library "
                                   "declares one",
                                   DeclarationKindName(declaration_.kind)));
      }
      return;
    }
    case DeclarationKind::kSignal: {
      Properties properties(&context_, tree_.properties, {"native", "command", "history"}, owner);
      ReadSignal(&properties);
      return;
    }
    case DeclarationKind::kFunction:
      ReadFunction();
      return;
  }
}

// Its value is read where it is called, and all that is left by AnalyzeFunctions().
void DeclarationReader::ReadFunction() {
  if (!tree_.properties.empty() || !tree_.value) {
    SourceRange range = tree_.properties.empty() ? tree_.name.range : tree_.properties[0].range;
    context_
        .Error(Kind::kBadProperty, range,
               fmt::format("a function is one expression, `{}` is none", tree_.name.text))
        .SetHint("write `function socket(unit: String) : UnitName = \"${unit}.socket\"`");
  }
  for (const Parameter& parameter : declaration_.parameters) {
    if (parameter.type.kind == TypeKind::kKeyValue || parameter.type.kind == TypeKind::kOpaque) {
      context_.Error(Kind::kWrongType, parameter.range,
                     fmt::format("a function takes values that are known when the spec is "
                                 "compiled, {} is none",
                                 WithArticle(TypeName(parameter.type))));
    }
  }
}

// Whether the declaration is a step that is made of others.
bool DeclarationReader::ReadBlocks(const std::string& owner) {
  const ast::ItemBlock& first = tree_.blocks[0];
  for (const ast::ItemBlock& block : tree_.blocks) {
    if (declaration_.kind != DeclarationKind::kStep || block.name.text != "steps") {
      context_
          .Error(Kind::kUnknownProperty, block.name.range,
                 fmt::format("{} has no block `{}`", owner, block.name.text))
          .SetHint(declaration_.kind == DeclarationKind::kStep
                       ? "a step that is made of others holds them in `steps { … }`"
                       : "");
      return declaration_.kind == DeclarationKind::kStep;  // one mistake is told once
    }
    if (&block != &first) {
      context_.Error(Kind::kDuplicateProperty, block.name.range, "`steps` is given twice")
          .AddNote(first.name.range, "first given here");
    }
  }
  for (const ast::Property& property : tree_.properties) {
    context_
        .Error(Kind::kUnknownProperty, property.name.range,
               fmt::format("a step that is made of others has no `{}`, its steps say it",
                           property.name.text))
        .AddNote(first.name.range, "its steps");
  }
  if (tree_.result) {
    context_
        .Error(Kind::kBadProperty, tree_.result->range,
               "a step that is made of others has no result, each of its steps has its own")
        .AddNote(first.name.range, "its steps");
  }
  Composite composite;
  composite.tree = &tree_;
  composite.module = module_index_;
  context_.composites.emplace(id_, std::move(composite));
  return true;
}

void DeclarationReader::ReadNative(Properties* properties) {
  const ast::Property* property = properties->Find("native");
  if (property == nullptr) {
    return;
  }
  if (!module_.is_library) {
    context_
        .Error(Kind::kNativeOutsideLibrary, property->range,
               "`native` names code of the runtime, only the standard library has it")
        .SetHint(declaration_.kind == DeclarationKind::kStep
                     ? "a step of a spec gives its commands: `do`, `undo`, `observe`"
                     : "");
    return;
  }
  const std::string form = "native \"files.install\"";
  if (const ast::Expr* expr = properties->Single(*property, form)) {
    if (auto text = PlainText(*expr)) {
      declaration_.native = *text;
    } else {
      properties->Malformed(*property, form);
    }
  }
}

void DeclarationReader::ReadOverlap(Properties* properties) {
  const ast::Property* property = properties->Find("overlaps");
  if (property == nullptr) {
    return;
  }
  if (property->groups.size() == 1 && IsWords(property->groups[0], {"by", "path"})) {
    declaration_.overlap = plan::Overlap::kPath;
  } else if (property->groups.size() != 1 || !IsWords(property->groups[0], {"by", "name"})) {
    properties->Malformed(*property, "overlaps by name");
  }
}

// `within database(db)`: a part of the resource that its first parameters name.
void DeclarationReader::ReadWithin(Properties* properties) {
  const ast::Property* property = properties->Find("within");
  if (property == nullptr) {
    return;
  }
  const std::string form = "within database(db)";
  const ast::Expr* whole = properties->Single(*property, form);
  if (whole == nullptr || whole->kind != ast::ExprKind::kCall) {
    if (whole != nullptr) {
      properties->Malformed(*property, form);
    }
    return;
  }
  std::optional<DeclarationId> id = FindResource(context_, module_, whole->name.Text());
  if (!id) {
    context_
        .Error(Kind::kUnknownName, whole->name.range,
               fmt::format("there is no resource `{}`", whole->name.Text()))
        .SetHint(context_.Suggest(whole->name.Text(),
                                  [&] { return VisibleResources(context_, module_); }));
    return;
  }
  const Declaration& resource = context_.declaration(*id);
  bool is_good = whole->arguments.size() == resource.parameters.size() &&
                 whole->arguments.size() <= declaration_.parameters.size();
  for (size_t i = 0; is_good && i < whole->arguments.size(); ++i) {
    is_good = WordOf(whole->arguments[i].value) == declaration_.parameters[i].name &&
              declaration_.parameters[i].type == resource.parameters[i].type;
  }
  bool is_whole =
      resource.overlap == plan::Overlap::kSameName && resource.within.empty() && *id != id_;
  if (!is_good || !is_whole) {
    context_
        .Error(Kind::kBadProperty, property->range,
               is_good ? fmt::format("`{}` has no parts of another kind: it is no whole by name",
                                     resource.name)
                       : fmt::format("the first parameters of `{}` are those of `{}`, which it is "
                                     "a part of",
                                     declaration_.name, resource.name))
        .AddNote(resource.range, "declared here");
    return;
  }
  declaration_.within = resource.name;
  declaration_.within_count = static_cast<uint32_t>(whole->arguments.size());
}

void AnalyzeDeclarations(Context* context, uint32_t module_index) {
  const Module& module = context->modules[module_index];
  for (size_t i = 0; i < module.tree->declarations.size(); ++i) {
    DeclarationReader(context, module_index, module.tree->declarations[i],
                      module.declaration_ids[i])
        .Read();
  }
}

}  // namespace upgraph::sema
