#include "compiler/syntax/operator_stack.h"

#include <UpgraphParser.h>

#include <utility>

namespace upgraph::syntax {
namespace {

using ast::ExprKind;
using generated::UpgraphParser;

ExprKind OperatorKind(size_t token_type) {
  switch (token_type) {
    case UpgraphParser::PLUS:
      return ExprKind::kSum;
    case UpgraphParser::MINUS:
      return ExprKind::kDifference;
    case UpgraphParser::STAR:
      return ExprKind::kProduct;
    case UpgraphParser::UP_TO:
      return ExprKind::kRange;
    case UpgraphParser::EQUAL:
      return ExprKind::kEqual;
    case UpgraphParser::NOT_EQUAL:
      return ExprKind::kNotEqual;
    case UpgraphParser::LESS:
      return ExprKind::kLess;
    case UpgraphParser::LESS_EQUAL:
      return ExprKind::kLessEqual;
    case UpgraphParser::GREATER:
      return ExprKind::kGreater;
    case UpgraphParser::GREATER_EQUAL:
      return ExprKind::kGreaterEqual;
    case UpgraphParser::IN:
      return ExprKind::kIn;
    case UpgraphParser::AND:
      return ExprKind::kAnd;
    case UpgraphParser::OR:
      return ExprKind::kOr;
    default:
      UPGRAPH_UNREACHABLE("a token that is no operator");
  }
}

// How tightly it binds.
int Rank(ExprKind kind) {
  switch (kind) {
    case ExprKind::kOr:
      return 1;
    case ExprKind::kAnd:
      return 2;
    case ExprKind::kNot:
      return 3;
    case ExprKind::kRange:
      return 5;
    case ExprKind::kSum:
    case ExprKind::kDifference:
      return 6;
    case ExprKind::kProduct:
      return 7;
    default:
      return 4;
  }
}

}  // namespace

void OperatorStack::Add(size_t token_type) {
  const ExprKind kind = OperatorKind(token_type);
  while (!waiting_.empty() && Rank(waiting_.back().kind) >= Rank(kind)) {
    Reduce();
  }
  waiting_.push_back({kind, {}});
}

ast::Expr OperatorStack::Finish() {
  while (!waiting_.empty()) {
    Reduce();
  }
  return std::move(operands_.back());
}

void OperatorStack::Reduce() {
  const Operator last = waiting_.back();
  waiting_.pop_back();
  ast::Expr expr;
  expr.kind = last.kind;
  ast::Expr right = std::move(operands_.back());
  operands_.pop_back();
  if (last.kind == ExprKind::kNot) {
    expr.range = source::Cover(last.range, right.range);
  } else {
    expr.range = source::Cover(operands_.back().range, right.range);
    expr.operands.push_back(std::move(operands_.back()));
    operands_.pop_back();
  }
  expr.operands.push_back(std::move(right));
  operands_.push_back(std::move(expr));
}

}  // namespace upgraph::syntax
