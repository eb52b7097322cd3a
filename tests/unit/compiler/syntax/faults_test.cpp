// What is said about the usual mistakes: what was found, the rule, and a hint that helps.

#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/parsed.h"

namespace upgraph::syntax {
namespace {

struct Case {
  std::string text;
  std::string message;
  std::string hint;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    Parsed parsed(c.text);
    INFO(c.text);
    CHECK(parsed.Messages() == c.message + "\n");
    CHECK(parsed.Hint() == c.hint);
  }
}

std::string InSwitch(const std::string& text) {
  return "upgrade v1 -> v2 {\nswitch {\n" + text + "\n}\n}\n";
}

TEST_CASE("values and names") {
  Check({
      {"let 5 = 3", "1:5 syntax-error: found `5`, expected a name", ""},
      {"let end = 3", "1:5 syntax-error: found the reserved word `end`, expected a name",
       "`end` is reserved; a name may be any other word"},
      {"let a 5", "1:7 syntax-error: found `5`, expected `:` or `=`",
       "a value is named by `let name = value`"},
      {"let a = -b", "1:9 syntax-error: found `-` before `b`, it may stand before a number only",
       "write `0 - value`"},
      {"let a = b.7", "1:11 syntax-error: found `7`, expected a name",
       "a name that is not one word is quoted: `settings.\"max-conn\"`"},
      {"let a = x.v2.3", "1:11 bad-literal: found `v2.3`, each part of a name is one word",
       "quote it: `\"v2.3\"`"},
      {"let a = x.\"\"",
       "1:11 bad-literal: found `\"\"`, a quoted name is not empty and holds no "
       "`${…}`",
       ""},
      {"let a = 1 +", "1:12 syntax-error: found the end of the file, expected a value", ""},
      {"import std.files as f", "1:18 syntax-error: found `as`, expected the end of the line", ""},
  });
}

TEST_CASE("calls") {
  Check({
      {"let a = f(b = 3)", "1:13 syntax-error: found `=`, expected `(`, `:`, `,` or `)`",
       "an argument with a name is written `name: value`"},
      {"let a = f(b c)", "1:13 syntax-error: found `c`, expected `(`, `:`, `,` or `)`",
       "values are separated by `,`"},
      {"let a = [1 2]", "1:12 syntax-error: found `2`, expected `:`, `,` or `]`",
       "values are separated by `,`"},
      {"let a = f(,)", "1:11 syntax-error: found `,`, expected a value or `)`", ""},
  });
}

TEST_CASE("declarations") {
  Check({
      {"step f { }", "1:8 syntax-error: found `{`, expected `(`",
       "a step is declared by `step name(parameter: Type) { … }`"},
      {"step f(a) { }", "1:9 syntax-error: found `)`, expected `:`",
       "a parameter is written `path: Path`, or with a default `status: Int = 200`"},
      {"step f(a: 5) { }", "1:11 syntax-error: found `5`, expected a type",
       "a parameter is written `path: Path`, or with a default `status: Int = 200`"},
      {"product a { b: c }",
       "1:14 syntax-error: found `:`, expected a value or the end of the line",
       "a property is a word and its values: `window 1h`"},
      {"product { }", "1:9 syntax-error: found `{`, expected a name",
       "a product is written `product name { … }`"},
      {"upgrade v1 => v2 { }", "1:12 syntax-error: found `=`, expected `..<`, `->` or `,`",
       "an upgrade is written `upgrade v4.8 ..< v5.0 -> v5.0.0 { … }`"},
      {"upgrade v1 { }", "1:12 syntax-error: found `{`, expected `..<`, `->` or `,`",
       "an upgrade is written `upgrade v4.8 ..< v5.0 -> v5.0.0 { … }`"},
  });
}

TEST_CASE("keys of a configuration") {
  auto in_config = [](const std::string& text) {
    return "config s = i(\"/x\") {\n" + text + "\n}\n";
  };
  Check({
      {in_config("a-b : String"), "2:2 syntax-error: found `-`, expected `:`",
       "a name that is not one word is quoted: `settings.\"max-conn\"`"},
      {in_config("a String"), "2:3 syntax-error: found `String`, expected `:`",
       "a key is written `server.listen : String = \"0.0.0.0\"`"},
      {in_config("a : Duration = 1s in ms"),
       "2:22 syntax-error: found `in` behind the default of a key",
       "the unit stands right behind the type: `: Duration in ms = 100ms`"},
  });
}

TEST_CASE("what stands in an upgrade") {
  Check({
      {"upgrade v1 -> v2 {\nwindow = 1h\n}",
       "2:8 syntax-error: found `=`, expected a value, `{` or the end of the line",
       "a property is a word and its values: `window 1h`"},
      {"upgrade v1 -> v2 {\ngate edge { }\n}",
       "2:1 syntax-error: found the reserved word `gate`, expected a phase or a property",
       "`gate` is reserved; a name may be any other word"},
      {"upgrade v1 -> v2 {\n\"prepare\" { }\n}",
       "2:1 syntax-error: found `\"prepare\"`, expected a phase or a property", ""},
  });
}

TEST_CASE("statements") {
  Check({
      {InSwitch("a = 5"), "3:3 syntax-error: found `=`, expected `(`, `:` or the end of the line",
       "a value is named by `let name = value`"},
      {InSwitch("paralel { a() }"),
       "3:9 syntax-error: found `{`, expected `(`, `:` or the end of the line",
       "blocks are `parallel { … }`, `block { … }`, `lock … { … }`, "
       "`for … in … { … }`, `when … { … }` and `gate … { … }`"},
      {InSwitch("parallel a()"), "3:10 syntax-error: found `a`, expected `{`", ""},
      {InSwitch("{ a() }"), "3:1 syntax-error: found `{`, expected a statement", ""},
      {InSwitch("a() b()"), "3:5 syntax-error: found `b`, expected `:` or the end of the line", ""},
      {InSwitch("lock x 5s { a() }"),
       "3:8 syntax-error: found `5s`, expected `(`, `within`, `hold`, `,` or `{`",
       "a lock is written `lock files.lock(\"/var/lib\") within 30s hold 5m { … }`"},
  });
}

TEST_CASE("characters") {
  Check({
      {"# x\n", "1:1 unexpected-character: found `#`, which has no meaning here",
       "a comment begins with `//` and ends with its line"},
      {"let a = 1 % 2", "1:11 unexpected-character: found `%`, which has no meaning here",
       "a percentage is a number with `%` right behind it; there is no modulo"},
      {"let a = $b", "1:9 unexpected-character: found `$`, which has no meaning here",
       "`${name}` stands inside a text"},
      {"let \u00fcber = 1",
       "1:5 unexpected-character: found `\u00fc` (U+00FC), which has no meaning here",
       "names are made of the letters a to z, digits and `_`; anything else stands in a text"},
  });
}

TEST_CASE("long texts are cut in a message") {
  std::string text = Parsed("let \"" + std::string(500, 'x') + "\" = 1").Messages();
  CHECK(text.size() < 120);
  CHECK(text.find("x…`, expected a name") != std::string::npos);
  // Not in the middle of a character.
  std::string umlauts;
  for (int i = 0; i < 100; ++i) {
    umlauts += "\u00e4";
  }
  CHECK(Parsed("let \"" + umlauts + "\" = 1").Messages().find("\xc3…") == std::string::npos);
}

}  // namespace
}  // namespace upgraph::syntax
