// `input domain : Url = "https://edge.test"`: what differs from site to site, fixed when the spec
// is compiled.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/expressions.h"

namespace upgraph::sema {
namespace {

// What only the spec itself can make, or what only has a meaning beside something in it.
bool CanBeGiven(const Type& type) {
  return !type.is_temporary && type.kind != TypeKind::kOpaque && type.kind != TypeKind::kKey &&
         type.kind != TypeKind::kKeyValue && type.kind != TypeKind::kConfig &&
         type.kind != TypeKind::kVersionRange;
}

// What is given are values: a file of them is read by people who do not know the spec.
void RefuseOtherThanLets(Context* context, const ast::Tree& tree) {
  const auto refuse = [&](const auto& items, const char* what, auto range_of) {
    for (const auto& item : items) {
      context->Error(
          Kind::kWrongKind, range_of(item),
          fmt::format("found {}; what is given for inputs is `let NAME = VALUE`, and nothing else",
                      what));
    }
  };
  const auto by_name = [](const auto& item) { return item.name.range; };
  const auto whole = [](const auto& item) { return item.range; };
  refuse(tree.imports, "an import", by_name);
  refuse(tree.products, "a product", by_name);
  refuse(tree.configs, "a configuration", by_name);
  refuse(tree.declarations, "a declaration", by_name);
  refuse(tree.upgrades, "an upgrade", whole);
  refuse(tree.people, "people", [](const auto& item) { return item.names[0].range; });
  refuse(tree.inputs, "an input, which the spec declares", by_name);
  refuse(tree.types, "a type", by_name);
  refuse(tree.tests, "a test", whole);
}

std::vector<std::string> InputNames(const Context& context) {
  std::vector<std::string> names;
  for (const ast::HostInput& input : context.input.spec->inputs) {
    names.push_back(input.name.text);
  }
  return names;
}

std::string Quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "`" : ", `") + name + "`";
  }
  return text;
}

}  // namespace

void ReportUnknownInput(Context* context, const std::string& name, SourceRange range) {
  const std::vector<std::string> names = InputNames(*context);
  std::string hint = context->Suggest(name, [&] { return names; });
  if (hint.empty()) {
    hint = names.empty() ? "it has none" : "it has " + Quoted(names);
  }
  context->Error(Kind::kUnknownInput, range, fmt::format("the spec has no input `{}`", name))
      .SetHint(std::move(hint));
}

void MatchGiven(Context* context) {
  const std::vector<std::string> names = InputNames(*context);
  for (const ast::Tree* tree : context->input.given) {
    RefuseOtherThanLets(context, *tree);
    std::map<std::string, SourceRange, std::less<>> in_this;
    for (const ast::Let& value : tree->lets) {
      const auto [first, is_new] = in_this.try_emplace(value.name.text, value.name.range);
      if (!is_new) {
        context
            ->Error(Kind::kDuplicateName, value.name.range,
                    fmt::format("`{}` is given twice here", value.name.text))
            .AddNote(first->second, "first given here");
      }
      if (std::find(names.begin(), names.end(), value.name.text) == names.end()) {
        if (context->input.unknown_given != nullptr) {
          context->input.unknown_given->push_back(value.name.text);
        } else {
          ReportUnknownInput(context, value.name.text, value.name.range);
        }
        continue;
      }
      if (value.type) {
        context->Error(Kind::kWrongKind, value.type->range,
                       "found a type; the spec says of which type an input is");
      }
      context->given[value.name.text] = &value;
    }
  }
}

void AnalyzeInput(Context* context, const ast::HostInput& tree) {
  Module& spec = context->modules[0];
  Type type = ResolveType(context, spec, tree.type);
  if (!type.is_error() && !CanBeGiven(type)) {
    context
        ->Error(Kind::kWrongType, tree.type.range,
                fmt::format("an input cannot be {}", WithArticle(TypeName(type))))
        .SetHint("inputs are of the types that a constant has: `Url`, `Int`, `Secret`, `[Path]`");
    type = {};
  }
  const auto given = context->given.find(tree.name.text);
  const bool is_default = given == context->given.end();
  const ast::Expr* value = !is_default          ? &given->second->value
                           : tree.default_value ? &*tree.default_value
                                                : nullptr;
  Symbol symbol;
  symbol.type = type;
  if (value == nullptr && !type.is_error()) {
    context
        ->Error(Kind::kMissingInput, tree.name.range,
                fmt::format("`{0}` has no default, and nothing was given for it", tree.name.text))
        .SetHint(fmt::format("`--set {}=VALUE`, a file with `--inputs`, or a default: `= VALUE`",
                             tree.name.text));
    symbol.type = {};
  } else if (value != nullptr) {
    Expressions expressions(context, 0, &spec.scope);
    const std::string what = fmt::format("input `{}`", tree.name.text);
    const Expectation expected{type, what, tree.type.range};
    if (std::optional<plan::Value> constant = expressions.Constant(*value, expected)) {
      context->program.inputs.push_back(
          {tree.name.text, *constant, is_default, context->Position(tree.name.range), tree.doc});
      symbol.value = *std::move(constant);
    } else {
      symbol.type = {};
    }
  }
  context->Declare(&spec.scope, tree.name, std::move(symbol));
}

}  // namespace upgraph::sema
