#include "compiler/sema/properties.h"

#include <algorithm>

#include <fmt/format.h>

namespace upgraph::sema {

Properties::Properties(Context* context, const ast::List<ast::Property>& properties,
                       std::initializer_list<std::string_view> known, const std::string& owner)
    : context_(*context) {
  for (const ast::Property& property : properties) {
    if (std::find(known.begin(), known.end(), property.name.text) == known.end()) {
      context_
          .Error(Kind::kUnknownProperty, property.name.range,
                 fmt::format("{} has no `{}`", owner, property.name.text))
          .Suggest(property.name.text, {known.begin(), known.end()});
      misspelled_.insert(
          diagnostics::FindNearest(property.name.text, {known.begin(), known.end()}));
      has_unknown_ = true;
      continue;
    }
    if (property.when && property.name.text != "downtime") {
      context_
          .Error(Kind::kBadProperty, property.when->range,
                 fmt::format("found `when` behind `{}`; only `downtime` has a condition",
                             property.name.text))
          .SetHint("write `downtime 5m up when http.code(\"http://localhost/\") == 200`");
      misspelled_.insert(property.name.text);
      continue;
    }
    auto [position, is_new] = properties_.try_emplace(property.name.text, &property);
    if (!is_new) {
      context_
          .Error(Kind::kDuplicateProperty, property.name.range,
                 fmt::format("`{}` is given twice", property.name.text))
          .AddNote(position->second->name.range, "first given here");
    }
  }
}

const ast::Property* Properties::Find(std::string_view name) const {
  auto found = properties_.find(name);
  return found == properties_.end() ? nullptr : found->second;
}

void Properties::Malformed(const ast::Property& property, const std::string& form) {
  context_
      .Error(Kind::kBadProperty, property.range,
             fmt::format("`{}` does not read as it must", property.name.text))
      .SetHint("write `" + form + "`");
}

const ast::Expr* Properties::Single(const ast::Property& property, const std::string& form) {
  if (property.groups.size() != 1 || property.groups[0].size() != 1) {
    Malformed(property, form);
    return nullptr;
  }
  return &property.groups[0][0];
}

std::string_view WordOf(const ast::Expr& expr) {
  if (expr.kind != ast::ExprKind::kName || expr.name.parts.size() != 1) {
    return {};
  }
  return expr.name.parts[0].text;
}

bool IsWords(const ast::List<ast::Expr>& group, std::initializer_list<std::string_view> words) {
  return std::equal(
      group.begin(), group.end(), words.begin(), words.end(),
      [](const ast::Expr& expr, std::string_view word) { return WordOf(expr) == word; });
}

std::optional<std::string> PlainText(const ast::Expr& expr) {
  const bool is_plain = expr.kind == ast::ExprKind::kText && expr.parts.empty();
  return is_plain ? std::optional(expr.text) : std::nullopt;
}

}  // namespace upgraph::sema
