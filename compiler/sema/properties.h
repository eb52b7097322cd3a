#pragma once

// The properties of one declaration, read by name: each once, none unknown. Internal to sema.

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/sema/expressions.h"

namespace upgraph::sema {

class Properties {
 public:
  // Reports what is given twice and what is not among `known`. `owner` is for messages: "a step".
  Properties(Context* context, const ast::List<ast::Property>& properties,
             std::initializer_list<std::string_view> known, const std::string& owner);

  // Null when it is not given.
  const ast::Property* Find(std::string_view name) const;
  // Whether an unknown property was probably meant to be this one: then it is not missing.
  bool IsMisspelled(std::string_view name) const { return misspelled_.count(name) > 0; }
  bool has_unknown() const { return has_unknown_; }
  // The only expression of a property; null, with an error, when it holds anything else. `form`
  // shows how it is written: "takes 2s".
  const ast::Expr* Single(const ast::Property& property, const std::string& form);
  // A property that does not read as it must.
  void Malformed(const ast::Property& property, const std::string& form);

 private:
  Context& context_;
  std::map<std::string_view, const ast::Property*> properties_;
  std::set<std::string, std::less<>> misspelled_;
  bool has_unknown_ = false;
};

// The plain word that an expression is, or empty.
std::string_view WordOf(const ast::Expr& expr);
// The words and nothing else: {by, compensation}.
bool IsWords(const ast::List<ast::Expr>& group, std::initializer_list<std::string_view> words);
// A text without ${…}; nothing else.
std::optional<std::string> PlainText(const ast::Expr& expr);

}  // namespace upgraph::sema
