#include "compiler/ast/tree.h"

namespace upgraph::ast {

std::string DottedName::Text() const {
  std::string text;
  for (const Name& part : parts) {
    text += (text.empty() ? "" : ".") + part.text;
  }
  return text;
}

const char* ExprKindName(ExprKind kind) {
  switch (kind) {
    case ExprKind::kError:
      return "error";
    case ExprKind::kName:
      return "name";
    case ExprKind::kText:
      return "text";
    case ExprKind::kBool:
      return "bool";
    case ExprKind::kInt:
      return "int";
    case ExprKind::kFloat:
      return "float";
    case ExprKind::kDuration:
      return "duration";
    case ExprKind::kSize:
      return "size";
    case ExprKind::kPercent:
      return "percent";
    case ExprKind::kVersion:
      return "version";
    case ExprKind::kList:
      return "list";
    case ExprKind::kCall:
      return "call";
    case ExprKind::kSum:
      return "sum";
    case ExprKind::kDifference:
      return "difference";
    case ExprKind::kProduct:
      return "product";
    case ExprKind::kAnything:
      return "anything";
    case ExprKind::kRange:
      return "range";
    case ExprKind::kMap:
      return "map";
    case ExprKind::kEqual:
      return "equal";
    case ExprKind::kNotEqual:
      return "not equal";
    case ExprKind::kLess:
      return "less";
    case ExprKind::kLessEqual:
      return "less or equal";
    case ExprKind::kGreater:
      return "greater";
    case ExprKind::kGreaterEqual:
      return "greater or equal";
    case ExprKind::kIn:
      return "in";
    case ExprKind::kAnd:
      return "and";
    case ExprKind::kOr:
      return "or";
    case ExprKind::kNot:
      return "not";
  }
  UPGRAPH_UNREACHABLE("expression kind");
}

}  // namespace upgraph::ast
