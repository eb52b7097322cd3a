#pragma once

#include <antlr4-runtime.h>

#include <cstddef>
#include <vector>

namespace upgraph::syntax {

// What the parser met: the token it could not use, and what it could have used instead.
struct SyntaxFault {
  size_t token_index = 0;
  antlr4::misc::IntervalSet expected;  // token types
  std::vector<size_t> rules;           // rule indexes of UpgraphParser, innermost first
};

// Ends the parse at the first mistake, by an antlr4::ParseCancellationException. Nothing is
// inserted or deleted: parse.cpp takes the damaged line away and parses again.
class BailStrategy final : public antlr4::DefaultErrorStrategy {
 public:
  void recover(antlr4::Parser* parser, std::exception_ptr) override { Bail(parser); }
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void reportError(antlr4::Parser*, const antlr4::RecognitionException&) override {}
  // The generated code calls this before each decision. The first one at a token sees everything
  // that may stand there; a later one only what is left after optional parts were passed over.
  void sync(antlr4::Parser* parser) override;
  void reset(antlr4::Parser* parser) override;

  const SyntaxFault& fault() const { return fault_; }

 private:
  [[noreturn]] void Bail(antlr4::Parser* parser);

  SyntaxFault fault_;
  size_t synced_index_ = SIZE_MAX;
  size_t synced_state_ = 0;
  antlr4::ParserRuleContext* synced_context_ = nullptr;
};

}  // namespace upgraph::syntax
