#pragma once

// Conditions of `when`: comparisons of values, some of which the host alone knows. Internal to
// sema.

#include <optional>

#include "compiler/sema/expressions.h"

namespace upgraph::sema {

// Nests like the expressions of a text, whose depth is bounded where they are parsed.
class ConditionReader {
 public:
  ConditionReader(Context* context, Expressions* expressions)
      : context_(*context), expressions_(*expressions) {}

  // Nothing after an error.
  std::optional<plan::Predicate> Read(const ast::Expr& expr);
  // Whether what was read depends on parameters: it is judged, and decides nothing.
  bool has_parameter() const { return has_parameter_; }

 private:
  std::optional<plan::Predicate> ReadAll(const ast::Expr& expr, plan::PredicateKind kind);
  std::optional<plan::Predicate> ReadTruth(const ast::Expr& expr);
  std::optional<plan::Predicate> ReadComparison(const ast::Expr& expr, plan::Comparison comparison);
  std::optional<plan::Predicate> ReadIn(const ast::Expr& expr);
  // Of any type that can be compared, or of the one that is given.
  std::optional<Formula> ReadSide(const ast::Expr& expr, const Type& type);

  Context& context_;
  Expressions& expressions_;
  bool has_parameter_ = false;
};

// Whether it holds on every host, or on none; nothing when the host decides.
std::optional<bool> Decided(const Context& context, const plan::Predicate& predicate);

// How the comparison of a tree is called in a plan; nothing for other expressions.
std::optional<plan::Comparison> ComparisonOf(ast::ExprKind kind);

}  // namespace upgraph::sema
