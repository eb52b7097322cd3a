#pragma once

// The operators of one flat expression in their order: `or`, `and`, `not`, comparisons and `in`,
// `..<`, `+` and `-`, `*`; those that bind tighter come later here. Operators of one rank are read
// from the left. Dijkstra's shunting yard, so that nothing is recursive. Internal to syntax.

#include <cstddef>
#include <vector>

#include "compiler/ast/tree.h"

namespace upgraph::syntax {

// Operands and operators are added in the order of the text.
class OperatorStack {
 public:
  void Add(ast::Expr operand) { operands_.push_back(std::move(operand)); }
  // A binary operator, by its token.
  void Add(size_t token_type);
  // A `not`, before its operand.
  void AddNot(source::SourceRange range) { waiting_.push_back({ast::ExprKind::kNot, range}); }
  // Each operator has its operands by now.
  ast::Expr Finish();

 private:
  struct Operator {
    ast::ExprKind kind;
    source::SourceRange range;  // of `not`
  };

  void Reduce();

  ast::List<ast::Expr> operands_;
  std::vector<Operator> waiting_;
};

}  // namespace upgraph::syntax
