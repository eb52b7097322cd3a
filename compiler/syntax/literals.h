#pragma once

// What a literal says. Each reports what is wrong with it and then gives an expression of kind
// kError, so that nobody tells the same mistake again.

#include <string_view>

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"

namespace upgraph::syntax {

// A number and what it is a number of: 42, 1.5, 250ms, 1h30m, 2GiB, 1%. `is_negative`: a `-` stood
// before it; `range` covers it.
ast::Expr ReadNumber(std::string_view text, bool is_negative, source::SourceRange range,
                     diagnostics::Emitter& emitter);

// v4.8.0-rc1, or v"1:15.3-0+deb12u1".
ast::Expr ReadVersion(std::string_view text, source::SourceRange range,
                      diagnostics::Emitter& emitter);

// "text with ${name} and \n", the same of several lines between """, or 'raw'; with its quotes.
ast::Expr ReadText(std::string_view text, source::SourceRange range, diagnostics::Emitter& emitter);

}  // namespace upgraph::syntax
