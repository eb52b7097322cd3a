#pragma once

#include <string>
#include <string_view>

#include "compiler/syntax/bail_strategy.h"
#include "compiler/syntax/token_stream.h"

namespace upgraph::syntax {

struct FaultMessage {
  std::string message;
  std::string hint;  // empty: none
};

// "found `)`, expected a value", and what was most likely meant.
FaultMessage DescribeFault(const SyntaxFault& fault, const DeclarationTokens& tokens);

// The token as a message calls it: "the reserved word `end`", "the end of the line".
std::string DescribeToken(size_t type, std::string_view text);

// Whether the word may not be a name.
bool IsReserved(size_t token_type);

}  // namespace upgraph::syntax
