// Texts that are no specs, or too large ones: refused with a place, soon, and without harm.

#include "base/limits.h"

#include <fmt/format.h>
#include <rapidcheck/catch.h>

#include <ctime>

#include "compiler/source/utf8.h"
#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/parsed.h"

namespace upgraph::syntax {
namespace {

std::string MessageOf(const std::string& text) { return Parsed(text).Messages(); }

TEST_CASE("bytes that are not UTF-8 are refused with their place") {
  CHECK(MessageOf("let a = \"\xff\"\n") ==
        "1:10 bad-encoding: found byte 0xff, a spec is UTF-8 text\n");
  CHECK(MessageOf("// \xc3\n") == "1:4 bad-encoding: found byte 0xc3, a spec is UTF-8 text\n");
  CHECK(MessageOf("// \u00e4\u4e2d\U0001f600 is fine\nlet a = \"\u00e4\"\n") == "");
}

TEST_CASE("characters that hide what a text says are refused") {
  CHECK(MessageOf(std::string("let a = \"x\0y\"", 13)) ==
        "1:11 bad-encoding: found the control character U+0000; a spec must read as it looks\n");
  CHECK(MessageOf("// \u202e\n") ==
        "1:4 bad-encoding: found U+202E, which changes the direction of writing; a spec must read "
        "as it looks\n");
  CHECK(MessageOf("// a\u2028let b = 1\n") ==
        "1:5 bad-encoding: found the hidden character U+2028; a spec must read as it looks\n");
  CHECK(MessageOf("\ufefflet a = 1\n") ==
        "1:1 bad-encoding: found a byte order mark, a spec is UTF-8 text without one\n");
  for (const char* text : {"\u061c", "\u200e", "\u200f", "\u202a", "\u2066", "\u2069", "\u200b",
                           "\u2060", "\u2029", "\x07", "\x1b", "\x7f", "\u0085"}) {
    INFO(text);
    CHECK(Parsed("let a = \"" + std::string(text) + "\"").diagnostics.size() == 1);
  }
}

TEST_CASE("characters that are seen as nothing are refused, also in texts and comments") {
  for (uint32_t code : {0xadu, 0x34fu, 0x115fu, 0x180eu, 0x200cu, 0x200du, 0x2061u, 0x2064u,
                        0x206au, 0x3164u, 0xffa0u, 0xfff9u, 0xe0000u, 0xe0041u, 0xe007fu}) {
    const std::string hidden = source::EncodeUtf8(code);
    const std::string message = fmt::format(
        "bad-encoding: found the hidden character U+{:04X}; a spec must read as it "
        "looks\n",
        code);
    CHECK(MessageOf("let a = \"x" + hidden + "y\"\n") == "1:11 " + message);
    CHECK(MessageOf("let a = 'x" + hidden + "y'\n") == "1:11 " + message);
    CHECK(MessageOf("let a" + hidden + " = 1\n") == "1:6 " + message);
    CHECK(MessageOf("// x" + hidden + "\n") == "1:5 " + message);
  }
  // Their neighbours are seen; so is what an escape says.
  for (uint32_t code :
       {0xacu, 0xaeu, 0x350u, 0x180au, 0x1810u, 0x2010u, 0xfe0fu, 0x1f600u, 0xe1000u}) {
    CHECK(MessageOf("let a = \"x" + source::EncodeUtf8(code) + "y\"\n") == "");
  }
  CHECK(MessageOf("let a = \"x\\u{200d}y\"\n") == "");
}

TEST_CASE("a letter that only looks like one of a name is told by its number") {
  CHECK(MessageOf("let p\u0430th = 1\n") ==
        "1:6 unexpected-character: found `\u0430` (U+0430), which only looks like `a`\n");
  CHECK(MessageOf("l\u0435t a = 1\n") ==
        "1:2 unexpected-character: found `\u0435` (U+0435), which only looks like `e`\n");
  CHECK(MessageOf("let \u03bf = 1\n") ==
        "1:5 unexpected-character: found `\u03bf` (U+03BF), which only looks like `o`\n");
  CHECK(MessageOf("let a \uff1d 1\n") ==
        "1:7 unexpected-character: found `\uff1d` (U+FF1D), which only looks like `=`\n");
  CHECK(MessageOf("let \U0001d41a = 1\n") ==
        "1:5 unexpected-character: found `\U0001d41a` (U+1D41A), which only looks like `a`\n");
  CHECK(MessageOf("let \u00e9 = 1\n") ==
        "1:5 unexpected-character: found `\u00e9` (U+00E9), which has no meaning here\n");
  // A text may hold any letter.
  CHECK(MessageOf("let a = \"p\u0430th\"\n") == "");
}

TEST_CASE("many escapes without an end cost what the text is long") {
  std::string escapes;
  for (int i = 0; i < 300'000; ++i) {
    escapes += "\\u";
  }
  const std::clock_t start = std::clock();
  CHECK_FALSE(Parsed("let a = \"" + escapes + "\"\n").diagnostics.empty());
  CHECK((std::clock() - start) / CLOCKS_PER_SEC < 15);
}

TEST_CASE("a file that is no text at all is told so a few times") {
  std::string bytes;
  for (int i = 0; i < 10000; ++i) {
    bytes += static_cast<char>(128 + i % 100);
  }
  CHECK(Parsed(bytes).diagnostics.size() == 10);
}

TEST_CASE("a file of the largest size is read, a larger one is refused") {
  std::string text(kSourceFileBytesMax, ' ');
  CHECK(MessageOf(text) == "");
  CHECK(MessageOf(text + " ") ==
        "1:33554433 too-large: the file goes on behind 33554432 bytes (32 MiB), the most that a "
        "spec may have\n");
}

TEST_CASE("whatever the text, the parser ends and says something or gives a tree") {
  static const std::vector<std::string> kPieces = {
      "upgrade", "step",  "config", "let", "lock",  "within", "product", "import", "parallel",
      "block",   "after", "a",      "b.c", "\"t\"", "'r'",    "5s",      "1.5",    "v4.8",
      "(",       ")",     "[",      "]",   "{",     "}",      ",",       ":",      ".",
      "=",       "->",    "..<",    "+",   "-",     "*",      "\n",      "\n",     "// c\n",
      "/// d\n", "on",    "end",    "\"",  "'",     "$",      "\u00e4",  ";",      " "};
  rc::prop("for every sequence of words and signs", [] {
    auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kPieces));
    std::string text;
    for (const std::string& piece : pieces) {
      text += piece + (*rc::gen::arbitrary<bool>() ? " " : "");
    }
    Parsed parsed(text);
    for (const diagnostics::Diagnostic& diagnostic : parsed.diagnostics) {
      RC_ASSERT(diagnostic.range.has_value());
      RC_ASSERT(diagnostic.range.begin <= diagnostic.range.end);
      RC_ASSERT(diagnostic.range.end <= text.size());
      RC_ASSERT(!diagnostic.message.empty());
    }
    RC_ASSERT(Parsed(text).Messages() == parsed.Messages());
    RC_ASSERT(Parsed(text).Dump() == parsed.Dump());
  });
}

TEST_CASE("cutting a good spec anywhere never harms") {
  std::string text = R"(/// Doc.
import std.files
config s = config.ini("/x") {
  a.b : Duration in ms = 100ms  since v5.0 "why", becomes c
}
step f(a: Path = "/x", b: [Int]) : String {
  do [a, "x ${a.b}"]
}
upgrade v4.8 ..< v5.0 -> v5.0.0 {
  switch {
    lock x("/a") within 30s hold 5m {
      n: f("p", to: 'q') after a, b
    }
  }
}
)";
  REQUIRE(MessageOf(text) == "");
  for (size_t size = 0; size < text.size(); ++size) {
    Parsed parsed(text.substr(0, size));
    for (const diagnostics::Diagnostic& diagnostic : parsed.diagnostics) {
      REQUIRE(diagnostic.range.end <= size);
    }
  }
}

}  // namespace
}  // namespace upgraph::syntax
