#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace upgraph::syntax {

struct MatchedToken {
  uint16_t type = 0;  // of UpgraphLexer
  uint32_t end = 0;   // behind its last byte
};

// What token begins at a place of the text: what the generated lexer would say, seven times as
// fast. grammar/UpgraphLexer.g4 stays the definition. Words and signs are read out of the lexer's
// own vocabulary; the rules that are patterns are written out here, and a test holds both against
// each other on texts of all kinds.
class TokenMatcher {
 public:
  TokenMatcher();
  ~TokenMatcher();

  // `at` is a place inside the text, which has less than 4 GiB.
  MatchedToken Match(std::string_view text, uint32_t at) const;

 private:
  struct Literals;

  MatchedToken MatchWord(std::string_view text, uint32_t at) const;
  MatchedToken MatchSign(std::string_view text, uint32_t at) const;

  std::unique_ptr<const Literals> literals_;
};

}  // namespace upgraph::syntax
