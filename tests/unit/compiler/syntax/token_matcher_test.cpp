// The tokens are those of grammar/UpgraphLexer.g4: what the hand-written matcher says is held
// against the generated lexer, at every token of every text.

#include "compiler/syntax/token_matcher.h"

#include <UpgraphLexer.h>

#include <rapidcheck/catch.h>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/byte_stream.h"
#include "tests/unit/compiler/syntax/spec_files.h"

namespace upgraph::syntax {
namespace {

using generated::UpgraphLexer;

// "" when both agree on the whole text, else where they part.
std::string FindDifference(const std::string& text) {
  ByteStream stream(text);
  UpgraphLexer lexer(&stream);
  auto* simulator = lexer.getInterpreter<antlr4::atn::LexerATNSimulator>();
  const TokenMatcher matcher;
  for (uint32_t at = 0; at < text.size();) {
    stream.seek(at);
    const auto type = static_cast<uint16_t>(simulator->match(&stream, 0));
    const auto end = static_cast<uint32_t>(stream.index());
    const MatchedToken token = matcher.Match(text, at);
    if (token.type != type || token.end != end) {
      return "at byte " + std::to_string(at) + ": token " + std::to_string(token.type) + " to " +
             std::to_string(token.end) + ", the grammar says " + std::to_string(type) + " to " +
             std::to_string(end) + " in:\n" + text;
    }
    at = end;
  }
  return "";
}

// Pieces in which tokens begin, end and run into each other.
std::string AnyText() {
  static const std::vector<std::string> kPieces = {
      "v",      "v1",    "v1.2",  ".",  "..<", "-",   "->", "+",    "rc1",  "\"",
      "\"\"\"", "\\",    "'",     "/",  "//",  "///", "\n", "\r",   "\r\n", " ",
      "\t",     "let",   "true",  "on", "x",   "_",   "9",  "10ms", "%",    "1.5",
      "{",      "}",     "(",     ")",  "[",   "]",   ",",  ":",    "=",    "==",
      "!=",     "<",     "<=",    ">",  ">=",  "*",   "$",  "#",    "\x1a", "é",
      "\xff",   "after", "allow", ";",  "@",   "a.b", "--", "5m30", "v\"",  std::string(1, '\0')};
  const auto parts =
      *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, kPieces.size()));
  std::string text;
  for (size_t part : parts) {
    text += kPieces[part];
  }
  return text;
}

TEST_CASE("tokens of any text are those of the grammar") {
  rc::prop("pieces", [] { RC_ASSERT(FindDifference(AnyText()) == ""); });
  rc::prop("bytes", [](const std::string& text) { RC_ASSERT(FindDifference(text) == ""); });
}

TEST_CASE("tokens of specs, whole and damaged, are those of the grammar") {
  const std::vector<std::string> texts = SpecTexts();
  REQUIRE(texts.size() > 150);
  for (const std::string& text : texts) {
    CHECK(FindDifference(text) == "");
  }
}

}  // namespace
}  // namespace upgraph::syntax
