// The formatter knows tokens, not the grammar: what holds of it holds of any sequence of tokens.

#include <rapidcheck/catch.h>

#include <array>

#include "tests/support/catch.h"
#include "tests/unit/compiler/format/formatted.h"

namespace upgraph::format {
namespace {

const std::vector<std::string> kTokens = {
    "a",       "long_name", "box.end",  "api.v2.url",
    "let",     "when",      "else",     "in",
    "not",     "true",      "1",        "250ms",
    "1%",      "v4.8",      "->",       "..<",
    "+",       "-",         "*",        "=",
    ":",       ",",         ",",        ",",
    "\"t\"",   "'raw'",     "within",   "hold",
    "test",    "config",    "step",     "\"a text of forty columns, more or less so\"",
    "\"äöü\"", "v\"1:2\"",  "temporary"};
const std::vector<std::string> kGaps = {" ",       " ",          "",          "  ",   "\n",
                                        "\n",      "\n\n",       "\t",        "\r\n", "\n\n\n",
                                        " // c\n", "\n// own\n", " /// doc\n"};

// Brackets match; everything else is chance.
std::string TokenSoup(int depth) {
  std::string text;
  const int count = *rc::gen::inRange(0, depth == 0 ? 40 : 10);
  for (int i = 0; i < count; ++i) {
    const int kind = *rc::gen::inRange(0, 8);
    if (kind < 3 && depth < 5) {
      static constexpr std::array<const char*, 3> kPairs = {"()", "[]", "{}"};
      const char* pair = kPairs[static_cast<size_t>(kind)];
      text += pair[0] + TokenSoup(depth + 1) + pair[1];
    } else {
      text += *rc::gen::elementOf(kTokens) + " ";
    }
    text += *rc::gen::elementOf(kGaps);
  }
  return text;
}

// The words and signs of a text with other gaps between them; what stands inside of a line of the
// spec may be broken or not.
std::string Stirred(const std::string& text) {
  std::string stirred;
  bool is_text = false;
  bool is_comment = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    is_comment = (is_comment && c != '\n') || (!is_text && text.compare(i, 2, "//") == 0);
    is_text = !is_comment && (c == '"') != is_text;
    const bool is_gap = !is_text && !is_comment && (c == ' ' || c == ',' || c == '(');
    stirred += c;
    if (is_gap && *rc::gen::inRange(0, 12) == 0) {
      stirred += *rc::gen::elementOf(kGaps);
    }
  }
  return stirred;
}

TEST_CASE("formatting any tokens says the same, and formatting twice is formatting once") {
  rc::prop("for any sequence of tokens whose brackets match", [] {
    const std::string text = TokenSoup(0);
    RC_PRE(HasLexemes(text));
    const std::string formatted = Formatted(text);
    RC_LOG() << text << "\n---\n" << formatted;
    RC_ASSERT(!formatted.starts_with("(internal"));
    RC_ASSERT(HasLexemes(formatted));
    RC_ASSERT(Formatted(formatted) == formatted);
  });
}

TEST_CASE("the blanks of a spec do not matter") {
  std::vector<std::string> texts;
  for (const std::filesystem::path& path : AllSpecs()) {
    texts.push_back(ReadFile(path));
  }
  rc::prop("for every spec of the project", [&] {
    const std::string text = Stirred(*rc::gen::elementOf(texts));
    RC_PRE(HasLexemes(text));
    const std::string formatted = Formatted(text);
    RC_LOG() << text << "\n---\n" << formatted;
    RC_ASSERT(!formatted.starts_with("("));
    RC_ASSERT(AstOf(formatted) == AstOf(text));
    RC_ASSERT(Formatted(formatted) == formatted);
  });
}

}  // namespace
}  // namespace upgraph::format
