#include <algorithm>

#include "stdlib/library.h"
#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::sema {
namespace {

using support::CompileSpec;
using support::Messages;

const plan::Step& OnlyStep(const driver::Compilation& compilation) {
  INFO(Messages(compilation));
  REQUIRE(compilation.plan);
  REQUIRE(compilation.plan->steps.size() == 1);
  return compilation.plan->steps[0];
}

const plan::Value& ArgumentOf(const plan::Step& step, const std::string& name) {
  const plan::Value* value = FindField(step.arguments, name);
  REQUIRE(value != nullptr);
  return *value;
}

TEST_CASE("every module of the library is without fault") {
  for (const stdlib::Module& module : stdlib::Modules()) {
    // Imported alone, so that what it imports itself is found.
    std::string text = "import " + std::string(module.name) + "\n";
    driver::Compilation compilation = driver::CompileText("x.upg", text, "", {});
    for (const diagnostics::Diagnostic& diagnostic : compilation.diagnostics) {
      INFO(diagnostic.message);
      CHECK(diagnostic.name == "missing-declaration");
    }
  }
}

TEST_CASE("arguments stand in declared order with their defaults") {
  driver::Compilation compilation =
      CompileSpec("", "verify {\n files.expect(within: 2s + 500ms, path: \"/run/x\")\n}\n");
  const plan::Step& step = OnlyStep(compilation);
  REQUIRE(step.arguments.size() == 3);
  CHECK(step.arguments[0].name == "path");
  CHECK(step.arguments[0].value.kind == plan::ValueKind::kPath);
  CHECK(step.arguments[1].name == "contains");
  CHECK(step.arguments[1].value.text.empty());
  CHECK(step.arguments[2].value.number == 2500);
  CHECK(step.takes_ms == 2500);
  CHECK(step.timeout_ms == 12'500);
  CHECK(step.title == "files.expect(within: 2s + 500ms, path: \"/run/x\")");
}

TEST_CASE("the version that is left is a template, the one that is reached is known") {
  driver::Compilation compilation =
      CompileSpec("", "switch {\n files.link(\"/opt/$x-${from}\", to: \"/opt/$x-${to}\")\n}\n");
  const plan::Step& step = OnlyStep(compilation);
  CHECK(ArgumentOf(step, "path").text == "/opt/$$x-${from}");
  CHECK(ArgumentOf(step, "path").is_template);
  CHECK(ArgumentOf(step, "to").text == "/opt/$x-2.0.0");
  CHECK_FALSE(ArgumentOf(step, "to").is_template);
}

TEST_CASE("constants are put into texts") {
  driver::Compilation compilation = CompileSpec(
      "let base : Path = \"/srv/box\"\nlet part = 7\n",
      "switch {\n let old : Path = \"${base}/old\"\n files.remove(\"${old}/${part}\")\n}\n");
  CHECK(ArgumentOf(OnlyStep(compilation), "path").text == "/srv/box/old/7");
}

TEST_CASE("a call on a handle is a call with the handle") {
  const std::string top =
      "config settings = config.ini(\"/etc/b.ini\") {\n a.\"max-x\" : Int = 1\n}\n";
  driver::Compilation by_member = CompileSpec(top, "preflight {\n settings.audit()\n}\n");
  driver::Compilation by_module = CompileSpec(top, "preflight {\n config.audit(settings)\n}\n");
  CHECK(OnlyStep(by_member).arguments == OnlyStep(by_module).arguments);
  CHECK(OnlyStep(by_member).name == "config.audit");
}

TEST_CASE("a value is typed by the key it is for") {
  const std::string top =
      "config settings = config.ini(\"/etc/b.ini\") {\n"
      " tls.chain : Path\n base : Duration in ms\n big.\"max-size\" : Size\n}\n";
  driver::Compilation path =
      CompileSpec(top, "switch {\n config.set(settings.tls.chain, \"/etc/chain.pem\")\n}\n");
  const plan::Step& step = OnlyStep(path);
  CHECK(ArgumentOf(step, "value").kind == plan::ValueKind::kPath);
  CHECK(ArgumentOf(step, "key").text == "tls.chain");
  CHECK(ArgumentOf(step, "key").fields[0].value.text == "settings");
  driver::Compilation size =
      CompileSpec(top, "switch {\n config.set(settings.big.\"max-size\", 2MiB)\n}\n");
  CHECK(ArgumentOf(OnlyStep(size), "value").number == 2 << 20);
  driver::Compilation relative =
      CompileSpec(top, "switch {\n config.set(settings.tls.chain, \"chain.pem\")\n}\n");
  CHECK(Messages(relative).find("wrong-text") != std::string::npos);
}

TEST_CASE("effects follow the arguments of the call") {
  driver::Compilation compilation =
      CompileSpec("let db = sql.sqlite(\"/srv/b.db\")\n",
                  "switch {\n sql.migrate(db, \"payload/migrations\")\n}\n");
  const plan::Step& step = OnlyStep(compilation);
  std::vector<std::string> names;
  for (const plan::Effect& effect : step.effects) {
    names.push_back(compilation.plan->resource(effect.resource_id).Name());
  }
  CHECK(names == std::vector<std::string>{"database(sql.sqlite(/srv/b.db))", "file(/srv/b.db)"});
  CHECK(compilation.plan->payload == std::vector<std::string>{"payload/migrations"});
}

TEST_CASE("what a declared effect makes of an argument is judged at the call") {
  const std::string top =
      "step tidy(name: String) {\n phases switch\n writes file(\"/srv/${name}\")\n"
      " reverses by compensation\n do [\"a\", name]\n undo [\"b\", name]\n}\n";
  CHECK(CompileSpec(top, "switch {\n tidy(\"x\")\n}\n").plan.has_value());
  driver::Compilation compilation = CompileSpec(top, "switch {\n tidy(\"../etc\")\n}\n");
  CHECK(Messages(compilation).find("/srv/../etc") != std::string::npos);
  CHECK_FALSE(compilation.plan);
}

TEST_CASE("commands carry the arguments as texts") {
  const std::string top =
      "step tidy(path: Path, wait: Duration, count: Int) {\n phases switch\n writes file(path)\n"
      " reverses by compensation\n retry 2 wait 3s\n repeat once\n"
      " do [\"a\", \".${path}\", wait, count]\n undo [\"b\", 'raw ${path}']\n}\n";
  driver::Compilation compilation =
      CompileSpec(top, "switch {\n tidy(\"/x-${from}\", 90s, 3)\n}\n");
  const plan::Step& step = OnlyStep(compilation);
  CHECK(step.kind == plan::StepKind::kCommand);
  REQUIRE(step.apply_command.size() == 4);
  CHECK(step.apply_command[1].text == "./x-${from}");
  CHECK(step.apply_command[1].is_template);
  CHECK(step.apply_command[2].text == "1m30s");
  CHECK(step.apply_command[3].text == "3");
  CHECK(step.undo_command[1].text == "raw ${path}");
  CHECK_FALSE(step.undo_command[1].is_template);
  CHECK(step.observe_command.empty());
  CHECK(step.attempts_max == 3);
  CHECK(step.retry_wait_ms == 3000);
  CHECK(step.repeat == plan::Repeat::kOnce);
}

TEST_CASE("all mistakes of a spec are told in one run, each once") {
  driver::Compilation compilation = CompileSpec(
      "let a : Pth = 1\nlet b = nothing\n",
      "switch {\n files.remove(a)\n files.remove(b)\n files.remove(5)\n files.link(\"/x\")\n}\n");
  std::vector<std::string> names;
  for (const diagnostics::Diagnostic& diagnostic : compilation.diagnostics) {
    names.push_back(diagnostic.name);
  }
  CHECK(names ==
        std::vector<std::string>{"unknown-type", "unknown-name", "wrong-type", "missing-argument"});
}

TEST_CASE("two configurations of one name are one mistake") {
  driver::Compilation compilation = CompileSpec(
      "config settings = config.ini(\"/a\") {\n x : Int\n}\n"
      "config settings = config.ini(\"/b\") {\n y : Int\n z : Int\n w : Int\n}\n",
      "switch {\n config.set(settings.x, 1)\n}\n");
  REQUIRE(compilation.diagnostics.size() == 1);
  CHECK(compilation.diagnostics[0].name == "duplicate-name");
}

TEST_CASE("the program can be shown") {
  driver::Compilation compilation = CompileSpec(
      "",
      "switch {\n parallel {\n  a: files.remove(\"/x\")\n  files.remove(\"/y\") after a\n }\n}\n",
      driver::Dump::kSema);
  CHECK(compilation.dump.find("step files.remove(path: Path) native\n  writes file(#0)\n") !=
        std::string::npos);
  CHECK(compilation.dump.find("  parallel\n    a: files.remove(path: Path = \"/x\")\n"
                              "    files.remove(path: Path = \"/y\") after a\n") !=
        std::string::npos);
}

}  // namespace
}  // namespace upgraph::sema
