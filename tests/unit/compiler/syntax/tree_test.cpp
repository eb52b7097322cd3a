#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/parsed.h"

namespace upgraph::syntax {
namespace {

TEST_CASE("a tree shows all that was written") {
  Parsed parsed(R"(/// About the file.
import std.files
import std.config

/// The gateway.
/// A second line.
product dten {
  versions   semver ignoring "-ee", "-ce"
  installed  files.first_line("/etc/dten/release")
  releases   v4.2.0, v5.0.0
  withdrawn  v4.7.0 "loses sessions"
}

config settings = config.ini("/etc/dten.ini") {
  server.listen : String = "0.0.0.0:443"
  backoff.base  : Duration in ms = 100ms
  /// The chain.
  tls.let."max-conn".v2 : Path deprecated v4.8, removed v5.0 "why", becomes tls.chain via join
}

let db = sql.sqlite("/var/lib/x.db")
let roots : [Path] = ["/a", "/b",]
)");
  CHECK(parsed.Messages() == "");
  CHECK(parsed.Dump() == R"(doc "About the file."
import std.files
import std.config
product dten
  doc "The gateway.\nA second line."
  property versions semver ignoring text("-ee"), text("-ce")
  property installed files.first_line(text("/etc/dten/release"))
  property releases version(4.2.0), version(5.0.0)
  property withdrawn version(4.7.0) text("loses sessions")
config settings = config.ini(text("/etc/dten.ini"))
  key "server" . "listen" : String = text("0.0.0.0:443")
  key "backoff" . "base" : Duration in ms = duration(100)
  key "tls" . "let" . "max-conn" . "v2" : Path | deprecated version(4.8), removed version(5.0) text("why"), becomes tls.chain via join
    doc "The chain."
let db = sql.sqlite(text("/var/lib/x.db"))
let roots : [Path] = [text("/a"), text("/b")]
)");
}

TEST_CASE("declarations and upgrades are read whole") {
  Parsed parsed(R"(resource key(config: Config, name: String) overlaps by name
handle ini(path: Path) : Config { native "config.ini" }
lock lock(path: Path) { native "files.lock" }
fact first(path: Path, after: [Int] = [1, -2]) : String {
  native "x"
}
/// Builds.
step build(tool: Path, within: Duration = 0s) {
  phases   prepare, switch
  writes   file(key.config.path), key(config, *)
  reverses with loss "rows"
  timeout  within + 10s - 2s * 3
  do       [tool, "build",
            cache]
}
upgrade v4.6.1, v4.8 ..< v5.0 -> v5.0.0 {
  ticket "M-1"
  switch {
    lock files.lock("/a"), sql.advisory(db, "x") within 30s hold 2m {
      sql.migrate(db, "payload/m", as: token)
    }
    parallel {
      net: systemd.start("n")
      all: block {
        a()
        b()
      }
      config.set(settings.lock."x-y", on) after net, all
    }
    let token : Secret = issue()
  }
}
)");
  CHECK(parsed.Messages() == "");
  CHECK(parsed.Dump() == R"(resource key(config: Config, name: String)
  property overlaps by name
handle ini(path: Path) : Config
  property native text("config.ini")
lock lock(path: Path)
  property native text("files.lock")
fact first(path: Path, after: [Int] = [int(1), int(-2)]) : String
  property native text("x")
step build(tool: Path, within: Duration = duration(0))
  doc "Builds."
  property phases prepare, switch
  property writes file(key.config.path), key(config, *)
  property reverses with loss text("rows")
  property timeout ((within + duration(10000)) - (duration(2000) * int(3)))
  property do [tool, text("build"), cache]
upgrade version(4.6.1), version(4.8) ..< version(5.0) -> version(5.0.0)
  property ticket text("M-1")
  phase switch
    lock files.lock(text("/a")), sql.advisory(db, text("x")) within duration(30000) hold duration(120000)
      sql.migrate(db, text("payload/m"), as: token)
    parallel
      net: systemd.start(text("n"))
      all: block
        a()
        b()
      config.set(settings.lock.x-y, true) after net, all
    let token : Secret = issue()
)");
}

TEST_CASE("words with a meaning elsewhere are names") {
  CHECK(ReadValue("config.audit(product, within, as: after)") ==
        "config.audit(product, within, as: after)");
  CHECK(ReadValue("api.v2.url") == "api.v2.url");
  CHECK(ReadValue("x.lock.end.true") == "x.lock.end.true");
  CHECK(ReadValue("v2") == "version(2)");
  CHECK(ReadValue("v2x") == "v2x");
}

TEST_CASE("products bind tighter than sums, and both go from the left") {
  CHECK(ReadValue("a - b - c") == "((a - b) - c)");
  CHECK(ReadValue("a + b * c * d - e") == "((a + ((b * c) * d)) - e)");
  CHECK(ReadValue("(a + b) * c") == "((a + b) * c)");
}

TEST_CASE("ranges are those of the text") {
  Parsed parsed("let name = files.read(\"/x\", to: a.b)\n");
  REQUIRE(parsed.tree.lets.size() == 1);
  const ast::Expr& call = parsed.tree.lets[0].value;
  const source::SourceManager& sources = parsed.sources;
  CHECK(sources.Text(parsed.tree.lets[0].name.range) == "name");
  CHECK(sources.Text(call.range) == "files.read(\"/x\", to: a.b)");
  CHECK(sources.Text(call.name.range) == "files.read");
  REQUIRE(call.arguments.size() == 2);
  CHECK(sources.Text(call.arguments[0].value.range) == "\"/x\"");
  CHECK(sources.Text(call.arguments[1].name->range) == "to");
  CHECK(sources.Text(call.arguments[1].value.name.parts[1].range) == "b");
}

TEST_CASE("the range of a block is its head") {
  Parsed parsed(
      "upgrade v1 -> v2 {\n  switch {\n    lock a(b) within 3s {\n      c()\n    }\n  }\n}\n");
  REQUIRE(parsed.Messages() == "");
  const ast::Upgrade& upgrade = parsed.tree.upgrades.at(0);
  CHECK(parsed.sources.Text(upgrade.range) == "upgrade v1 -> v2");
  CHECK(parsed.sources.Text(upgrade.phases.at(0).statements[0].range) == "lock a(b) within 3s");
}

TEST_CASE("a doc comment belongs to what follows at once") {
  Parsed parsed("/// File.\n\n/// Gone.\n\n/// Kept.\nlet a = 1\n\n/// Also gone.\n\nlet b = 2\n");
  CHECK(parsed.Dump() == "doc \"File.\"\nlet a = int(1)\n  doc \"Kept.\"\nlet b = int(2)\n");
  const std::string stray =
      " stray-doc: this `///` documents nothing; it stands right before a declaration, a key, a "
      "parameter or a `let`, or first in the file\n";
  CHECK(parsed.Messages() == "3:1" + stray + "8:1" + stray);
  Parsed first("/// Of a.\nlet a = 1 /// not a doc\nlet b = 2\n");
  CHECK(first.Dump() == "let a = int(1)\n  doc \"Of a.\"\nlet b = int(2)\n");
  CHECK(first.Messages() == "2:11" + stray);
  Parsed parameters("function f(/// behind\n  /// A.\n  a: Int,\n  /// B.\n  b: Int = 1) = a\n");
  CHECK(parameters.Dump().find("doc of a \"A.\"\n  doc of b \"B.\"\n") != std::string::npos);
  CHECK(parameters.Messages() == "1:12" + stray);
  // What is wrong may be what was documented.
  CHECK(Parsed("/// A.\nlet = 1\n").Messages().find("stray-doc") == std::string::npos);
  Parsed line("//// not one\n// nor this\nlet a = 1\n");
  CHECK(line.Dump() == "let a = int(1)\n");
}

TEST_CASE("an empty file is an empty tree") {
  CHECK(Parsed("").Messages() == "");
  CHECK(Parsed("\n\n// only a comment").Messages() == "");
  CHECK(Parsed("let a = 1").Dump() == "let a = int(1)\n");
}

TEST_CASE("people, inputs, types, functions, signals, downgrades and tests are read whole") {
  Parsed parsed(R"(people product, support
input domain : Url = "https://edge.test"
input token : Secret
type Database
function unit(name: String) : String = "${name}.service"
signal p99(job: String) : Float { native "metrics.p99" }
let ports : [String: Int] = ["a": 1, "b": 2 + 3]
let none = [:]
step hold(name: String) : temporary Token { native "x" }
downgrade v5.0.0 -> v4.8.3 {
  switch { a() }
}
test "from 4.8" {
  given installed v4.8.3, mode "ha"
  when  runs
  then  ends v5.0.0
}
)");
  CHECK(parsed.Messages() == "");
  CHECK(parsed.Dump() == R"(people product, support
input domain : Url = text("https://edge.test")
input token : Secret
type Database
let ports : [String: Int] = map[text("a"): int(1), text("b"): (int(2) + int(3))]
let none = map[]
function unit(name: String) : String = text(${name} ".service")
signal p99(job: String) : Float
  property native text("metrics.p99")
step hold(name: String) : temporary Token
  property native text("x")
downgrade version(5.0.0) -> version(4.8.3)
  phase switch
    a()
test text("from 4.8")
  property given installed version(4.8.3), mode text("ha")
  property when runs
  property then ends version(5.0.0)
)");
}

TEST_CASE("statements that decide, wait and end are read whole") {
  Parsed parsed(R"(upgrade v1 -> v2 {
  announce to status_page {
    started "started.md"
  }
  prepare {
    let token = cron.pause("x")
    when installed < v1.5 and not ha {
      a()
    } else when mode in ["x", "y"] {
      b()
    } else {
      c()
    }
    g: gate edge for 10m, every 15s, missing fails {
      p99(m, "edge") <= baseline * 1.2
    } after token
    end token
    keep token "needed"
    commit "no way back"
  }
  watch 3d every 5m {
    up(m) == 1
  } else {
    d()
  }
  cleanup after 7d {
    e()
  }
}
)");
  CHECK(parsed.Messages() == "");
  CHECK(parsed.Dump() == R"(upgrade version(1) -> version(2)
  phase announce to status_page
    started text("started.md")
  phase prepare
    let token = cron.pause(text("x"))
    when
      if ((installed < version(1.5)) and (not ha))
        a()
      if (mode in [text("x"), text("y")])
        b()
      else
        c()
    g: gate edge for duration(600000), every duration(15000), missing fails after token
      (p99(m, text("edge")) <= (baseline * float(1.2)))
    end token
    keep token text("needed")
    commit text("no way back")
  phase watch duration(259200000) every duration(300000)
    (up(m) == int(1))
  else
    d()
  phase cleanup after duration(604800000)
    e()
)");
}

TEST_CASE("operators bind as people expect") {
  auto value = [](const std::string& text) { return Parsed("let a = " + text).Dump(); };
  CHECK(value("1 + 2 * 3 - 4") == "let a = ((int(1) + (int(2) * int(3))) - int(4))\n");
  CHECK(value("a or b and not c == d") == "let a = (a or (b and (not (c == d))))\n");
  CHECK(value("not not a or b") == "let a = ((not (not a)) or b)\n");
  CHECK(value("v1 ..< v2") == "let a = (version(1) ..< version(2))\n");
  CHECK(value("a + 1 < b * 2 and c in [1, 2]") ==
        "let a = (((a + int(1)) < (b * int(2))) and (c in [int(1), int(2)]))\n");
  CHECK(value("(a or b) and c") == "let a = ((a or b) and c)\n");
}

}  // namespace
}  // namespace upgraph::syntax
