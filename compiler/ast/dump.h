#pragma once

#include <string>

#include "compiler/ast/tree.h"

namespace upgraph::ast {

// The tree as indented text, one declaration, property or statement a line: for people and for
// golden tests. Expressions show how literals were read: duration(1000) is in milliseconds.
std::string Dump(const Tree& tree);
std::string Dump(const Expr& expr);

}  // namespace upgraph::ast
