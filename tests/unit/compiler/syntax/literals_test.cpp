#include <rapidcheck/catch.h>

#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/parsed.h"

namespace upgraph::syntax {
namespace {

std::string HintOf(const std::string& text) { return Parsed("let x = " + text).Hint(); }

// The only message, without its place and name.
std::string FaultOf(const std::string& text) {
  Parsed parsed("let x = " + text);
  return parsed.diagnostics.size() == 1
             ? parsed.diagnostics[0].name + ": " + parsed.diagnostics[0].message
             : "(not one)\n" + parsed.Messages();
}

constexpr const char* kRunsOn = ", a number ends where letters or digits of another kind begin";

TEST_CASE("numbers") {
  CHECK(ReadValue("0") == "int(0)");
  CHECK(ReadValue("42") == "int(42)");
  CHECK(ReadValue("-42") == "int(-42)");
  CHECK(ReadValue("1.5") == "float(1.5)");
  CHECK(ReadValue("-0.25") == "float(-0.25)");
  CHECK(ReadValue("20%") == "percent(20)");
  CHECK(ReadValue("0.5%") == "percent(0.5)");
  CHECK(ReadValue("true") == "true");
  CHECK(ReadValue("off") == "false");
}

TEST_CASE("durations") {
  CHECK(ReadValue("0s") == "duration(0)");
  CHECK(ReadValue("250ms") == "duration(250)");
  CHECK(ReadValue("1h30m") == "duration(5400000)");
  CHECK(ReadValue("1d2h3m4s5ms") == "duration(93784005)");
  CHECK(ReadValue("1.5h") == "duration(5400000)");
  CHECK(ReadValue("0.001s") == "duration(1)");
}

TEST_CASE("sizes") {
  CHECK(ReadValue("0B") == "size(0)");
  CHECK(ReadValue("2KiB") == "size(2048)");
  CHECK(ReadValue("64MiB") == "size(67108864)");
  CHECK(ReadValue("1.5GiB") == "size(1610612736)");
  CHECK(ReadValue("1TiB") == "size(1099511627776)");
}

TEST_CASE("the largest values, and one more") {
  CHECK(ReadValue("9223372036854775807") == "int(9223372036854775807)");
  CHECK(ReadValue("-9223372036854775808") == "int(-9223372036854775808)");
  CHECK(FaultOf("9223372036854775808") ==
        "bad-literal: found `9223372036854775808`, more than an Int can hold");
  CHECK(FaultOf("-9223372036854775809") ==
        "bad-literal: found `-9223372036854775809`, more than an Int can hold");
  CHECK(ReadValue("9223372036854775807ms") == "duration(9223372036854775807)");
  CHECK(FaultOf("9223372036854775808ms") ==
        "bad-literal: found `9223372036854775808ms`, more than a Duration can hold");
  CHECK(ReadValue("106751991167d") == "duration(9223372036828800000)");
  CHECK(FaultOf("106751991168d") ==
        "bad-literal: found `106751991168d`, more than a Duration can hold");
  CHECK(ReadValue("8388607TiB") == "size(9223370937343148032)");
  CHECK(FaultOf("8388608TiB") == "bad-literal: found `8388608TiB`, more than a Size can hold");
  CHECK(FaultOf("1" + std::string(400, '0') + ".0").find("more than a Float can hold") !=
        std::string::npos);
  CHECK(FaultOf(std::string(100, '9') + "s").find("more than a Duration can hold") !=
        std::string::npos);
}

TEST_CASE("a number that runs into something else") {
  CHECK(FaultOf("5m30") == "bad-literal: found `5m30`" + std::string(kRunsOn));
  CHECK(HintOf("5m30") == "each part has a unit, as in `5m30s`");
  CHECK(FaultOf("1e3") == "bad-literal: found `1e3`" + std::string(kRunsOn));
  CHECK(HintOf("1e3") == "there are no exponents; write the number out");
  CHECK(HintOf("0x1F") == "");
  CHECK(FaultOf("0x1F") == "bad-literal: found `0x1F`, a number is written in decimal digits");
  CHECK(FaultOf("1_000") == "bad-literal: found `1_000`, a number has no `_`");
  CHECK(HintOf("4.8.3") == "a version begins with `v`: `v4.8.3`");
  CHECK(FaultOf("1.5h30.x").starts_with("bad-literal: "));
  CHECK(FaultOf("5m3%") == "bad-literal: found `5m3%`" + std::string(kRunsOn));
}

TEST_CASE("a number begins and ends with a digit") {
  CHECK(FaultOf("007") == "bad-literal: found `007`, a number does not begin with 0");
  CHECK(FaultOf("0644") == "bad-literal: found `0644`, a number does not begin with 0");
  CHECK(HintOf(".5") == "a number has digits on both sides of its `.`");
  CHECK(HintOf("5.") == "a number has digits on both sides of its `.`");
}

TEST_CASE("units that do not exist or do not fit together") {
  CHECK(FaultOf("5min") == "bad-literal: found `5min`, but there is no unit `min`");
  CHECK(HintOf("5min") == "write `m`");
  CHECK(HintOf("10KB") == "write `KiB`");
  CHECK(HintOf("2w").starts_with("durations have `ms`"));
  CHECK(FaultOf("30m1h") == "bad-literal: found `30m1h`, but `h` may not follow `m`");
  CHECK(FaultOf("1m1m") == "bad-literal: found `1m1m`, but `m` may not follow `m`");
  CHECK(FaultOf("1GiB2MiB").find("only a duration has several parts") != std::string::npos);
  CHECK(FaultOf("1.5h30m").find("only a duration has several parts") != std::string::npos);
  CHECK(FaultOf("0.5ms") ==
        "bad-literal: found `0.5ms`, a Duration is a whole number of milliseconds");
  CHECK(FaultOf("0.3B") == "bad-literal: found `0.3B`, a Size is a whole number of bytes");
  CHECK(FaultOf("-5s") == "bad-literal: found `-5s`, a Duration is not negative");
}

TEST_CASE("versions") {
  CHECK(ReadValue("v4") == "version(4)");
  CHECK(ReadValue("v4.8.0-rc.1+build.7") == "version(4.8.0-rc.1+build.7)");
  CHECK(ReadValue("v4.8.0-rc--1") == "version(4.8.0-rc--1)");
  CHECK(ReadValue("v\"1:15.3-0+deb12u1\"") == "version(1:15.3-0+deb12u1)");
  CHECK(FaultOf("v\"\"") == "bad-literal: found `v\"\"`, a version is not empty");
  CHECK(FaultOf("v4.8-v5.0") ==
        "bad-literal: found `v4.8-v5.0`, which reads as a pre-release of `v4.8`");
  CHECK(HintOf("v4.8-v5.0") == "a range is written `..<`: `v4.8 ..< v5.0`");
}

TEST_CASE("a pre-release ends before an arrow") {
  Parsed parsed("upgrade v4.8.0-rc1->v5 {\n}\nupgrade v4..<v5->v6 {\n}\n");
  CHECK(parsed.Messages() == "");
  CHECK(parsed.Dump() ==
        "upgrade version(4.8.0-rc1) -> version(5)\n"
        "upgrade version(4) ..< version(5) -> version(6)\n");
}

TEST_CASE("a version ends where a word begins") {
  CHECK(FaultOf("v4.8x") == "bad-literal: found `v4.8x`, a version ends where letters begin");
  CHECK(FaultOf("v4.8.x").starts_with("syntax-error: found `.`"));
}

TEST_CASE("texts") {
  CHECK(ReadValue("\"\"") == "text(\"\")");
  CHECK(ReadValue("\"a\\n\\t\\\\ \\\"b\\\" \\$ \\u{e4}\"") ==
        "text(\"a\\n\t\\\\ \\\"b\\\" $ \u00e4\")");
  CHECK(ReadValue("'raw \\n ${x} \"q\"'") == "text(\"raw \\\\n ${x} \\\"q\\\"\")");
  CHECK(ReadValue("\"/opt/dten-${from}/${a.b_1}!\"") ==
        "text(\"/opt/dten-\" ${from} \"/\" ${a.b_1} \"!\")");
  CHECK(ReadValue("\"cost $5 {x} $\"") == "text(\"cost $5 {x} $\")");
  CHECK(ReadValue("\"\\${from}\"") == "text(\"${from}\")");
}

TEST_CASE("escapes and interpolations that mean nothing") {
  CHECK(FaultOf("\"a \\q\"") == "bad-escape: found `\\q`, which stands for nothing");
  CHECK(FaultOf("\"a \\\u00e4\"") == "bad-escape: found `\\\u00e4`, which stands for nothing");
  CHECK(FaultOf("\"\\u12\"") == "bad-escape: found `\\u`, which is no character");
  CHECK(FaultOf("\"\\u{d800}\"") == "bad-escape: found `\\u{d800}`, which is no character");
  CHECK(FaultOf("\"\\u{0}\"") == "bad-escape: found `\\u{0}`, which is no character");
  CHECK(FaultOf("\"${}\"") == "bad-escape: found `${}`, `${` is followed by a name and `}`");
  CHECK(FaultOf("\"${a b}\"") == "bad-escape: found `${a b}`, `${` is followed by a name and `}`");
  CHECK(FaultOf("\"${a.}\"") == "bad-escape: found `${a.}`, `${` is followed by a name and `}`");
  CHECK(FaultOf("\"${f(x)}\"").starts_with("bad-escape"));
  CHECK(FaultOf("\"${a\"") ==
        "bad-escape: found `${` without `}`, `${` is followed by a name and `}`");
}

TEST_CASE("a text ends on its line") {
  CHECK(FaultOf("\"abc\n") ==
        "unterminated-text: found a text without its closing `\"`, a text ends on its line");
  CHECK(FaultOf("'abc\n").starts_with("unterminated-text"));
  CHECK(FaultOf("v\"abc\n").starts_with("unterminated-text"));
  CHECK(FaultOf("\"abc\\\n").starts_with("unterminated-text"));
  CHECK(FaultOf("\"abc\\\"").starts_with("unterminated-text"));
}

TEST_CASE("the place of a fault is inside the text") {
  Parsed parsed("let x = \"ab \\q ${1}\"");
  REQUIRE(parsed.diagnostics.size() == 2);
  CHECK(parsed.sources.Text(parsed.diagnostics[0].range) == "\\q");
  CHECK(parsed.sources.Text(parsed.diagnostics[1].range) == "${1}");
}

TEST_CASE("every Int reads as itself") {
  rc::prop("for every number that is not the smallest", [](int64_t number) {
    RC_ASSERT(ReadValue(std::to_string(number)) == "int(" + std::to_string(number) + ")");
  });
}

TEST_CASE("no text of letters, digits and signs stops the reader") {
  rc::prop("what begins like a number is read or refused", [] {
    auto tail = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("0123456789.%msdhBKiGTeEx_v-")));
    Parsed parsed("let x = 1" + tail + "\n");
    RC_ASSERT(!parsed.diagnostics.empty() || parsed.tree.lets.size() == 1);
  });
}

TEST_CASE("a text of several lines loses its indentation and its outer line breaks") {
  const std::string quotes = "\"\"\"";
  const auto read = [&](const std::string& inner) { return ReadValue(quotes + inner + quotes); };
  CHECK(read("\n  a\n   b\n\n  c\n  ") == "text(\"a\\n b\\n\\nc\")");
  CHECK(read("\na\n") == "text(\"a\")");
  CHECK(read("  \n\ta\n\t") == "text(\"a\")");
  CHECK(read("\n") == "text(\"\")");
  CHECK(read("\n\n") == "text(\"\")");
  CHECK(read("\r\n  a\r\n  b\r\n  ") == "text(\"a\\nb\")");
  // Blank lines need no indentation, and what stands behind it on one is kept.
  CHECK(read("\n  a\n \n    \n  b\n  ") == "text(\"a\\n\\n  \\nb\")");
  CHECK(read("\n say \"\" and \\\"\"\" \\u{41}\\n\n ") ==
        "text(\"say \\\"\\\" and \\\"\\\"\\\" A\\n\")");
  CHECK(read("\n  to ${from},\n  ${box.path}\n  ") == ReadValue("\"to ${from},\\n${box.path}\""));
}

}  // namespace
}  // namespace upgraph::syntax
