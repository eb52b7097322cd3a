#pragma once

// What operators do to values: the types they take, and the value that comes out. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/sema/type.h"
#include "plan/plan.h"
#include "plan/value.h"

namespace upgraph::sema {

enum class Operation : uint8_t {
  kSum,
  kDifference,
  kProduct,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAnd,
  kOr,
  kNot,    // of one value
  kRange,  // `A ..< B`
  kAt,     // of a map, a key, and what there is without it, if that is said
  kKeys,   // of a map
};

// Nothing for an expression that is no operator.
std::optional<Operation> OperationOf(ast::ExprKind kind);
const char* OperationName(Operation operation);  // "<=", or `at`

// What comes out for operands of these types; nothing where the operator does not take them. The
// types are not kError.
std::optional<Type> ResultOf(Operation operation, const std::vector<Type>& operands);
// Which operands an operator takes, for people: "`+` takes two …".
std::string OperandRule(Operation operation);

// Why an evaluation has no result.
struct Fault {
  diagnostics::Kind kind = diagnostics::Kind::kOverflow;
  std::string message;  // empty: there is none
};

// The operands have types that ResultOf() takes. After a fault the value means nothing, but it is
// of the right kind.
plan::Value Operate(Operation operation, const std::vector<plan::Value>& operands,
                    const plan::Product& product, Fault* fault);

}  // namespace upgraph::sema
