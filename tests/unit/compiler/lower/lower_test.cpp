#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "compiler/sema/statement_reader.h"
#include "plan/verify.h"
#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::lower {
namespace {

using support::CompileSpec;
using support::Messages;
using Edges = std::map<std::string, std::vector<std::string>>;

plan::Plan PlanOf(const std::string& upgrade_body, const std::string& top = "") {
  driver::Compilation compilation = CompileSpec(top, upgrade_body);
  INFO(Messages(compilation));
  REQUIRE(compilation.plan);
  return *compilation.plan;
}

// The direct predecessors of each step, by path.
Edges EdgesOf(const plan::Plan& plan) {
  Edges edges;
  for (const plan::Step& step : plan.steps) {
    std::vector<std::string>& after = edges[step.path];
    for (plan::StepId id : step.after) {
      after.push_back(plan.step(id).path);
    }
  }
  return edges;
}

// A step that touches nothing that another one here touches.
std::string Remove(const std::string& name) { return "files.remove(\"/srv/" + name + "\")\n"; }

TEST_CASE("the order of the text is a chain") {
  plan::Plan plan = PlanOf("switch {\n" + Remove("a") + "block {\n" + Remove("b") + Remove("c") +
                           "}\n" + Remove("d") + "}\n");
  CHECK(EdgesOf(plan) == Edges{{"switch/1", {}},
                               {"switch/2/1", {"switch/1"}},
                               {"switch/2/2", {"switch/2/1"}},
                               {"switch/3", {"switch/2/2"}}});
}

TEST_CASE("checks of preflight do not wait for one another, and phases wait for phases") {
  plan::Plan plan = PlanOf(
      "preflight {\n files.require_space(\"/a\", 1B)\n files.require_space(\"/b\", 1B)\n}\n"
      "prepare {\n" +
      Remove("a") + "}\nverify {\n files.expect(\"/x\")\n}\n");
  CHECK(EdgesOf(plan) == Edges{{"preflight/1", {}},
                               {"preflight/2", {}},
                               {"prepare/1", {"preflight/1", "preflight/2"}},
                               {"verify/1", {"prepare/1"}}});
}

// Steps that issue something and end it, and one that uses it.
constexpr const char* kTunnels = R"(
type Tunnel
step open(port: Int) : temporary Tunnel {
  phases   prepare, cleanup
  writes   file("/run/${port}")
  reverses by compensation
  ends     close(port)
  do       ["/bin/true"]
  undo     ["/bin/true"]
}
step close(port: Int) {
  phases   switch, cleanup
  writes   file("/run/${port}")
  reverses by compensation
  do       ["/bin/true"]
  undo     ["/bin/true"]
}
step send(tunnel: Tunnel) {
  phases   switch, cleanup
  reads    file("/run")
  reverses nothing
  do       ["/bin/true"]
}
)";

TEST_CASE("what is temporary ends first in cleanup, newest first, or after its last use there") {
  const plan::Plan plan = PlanOf(
      "allow no-estimate because \"a test\", opaque-step-fenced because \"a test\"\n"
      "prepare {\n open(1)\n let two = open(2)\n let three = open(3)\n let four = open(4)\n}\n"
      "switch {\n end three\n}\n"
      "cleanup {\n send(two)\n block {\n send(two)\n}\n" +
          Remove("a") + "let five = open(5)\n send(five)\n keep four \"why\"\n}\n",
      kTunnels);
  std::vector<std::string> order;
  std::map<std::string, std::string> ends;
  for (const plan::Step& step : plan.steps) {
    order.push_back(step.path);
    if (step.ends.has_value()) {
      ends[step.path] = plan.step(step.ends).path;
      CHECK(plan.step(step.ends).issues == "Tunnel");
    }
  }
  CHECK(order == std::vector<std::string>{"prepare/1", "prepare/2", "prepare/3", "prepare/4",
                                          "switch/1", "cleanup/end/prepare/1", "cleanup/1",
                                          "cleanup/2/1", "cleanup/end/prepare/2", "cleanup/3",
                                          "cleanup/4", "cleanup/5", "cleanup/end/cleanup/4"});
  CHECK(ends == std::map<std::string, std::string>{{"switch/1", "prepare/3"},
                                                   {"cleanup/end/prepare/1", "prepare/1"},
                                                   {"cleanup/end/prepare/2", "prepare/2"},
                                                   {"cleanup/end/cleanup/4", "cleanup/4"}});
  CHECK(plan.steps[3].kept == "why");
  CHECK(plan.steps[6].arguments[0].value.text == "prepare/2");
  CHECK(plan.steps[8].arguments[0].value.number == 2);
  CHECK(plan::Verify(plan).ok());
}

TEST_CASE("what a deferred cleanup uses or issues ends there") {
  const plan::Plan plan = PlanOf(
      "allow no-estimate because \"a test\", opaque-step-fenced because \"a test\"\n"
      "prepare {\n let one = open(1)\n let two = open(2)\n}\ncleanup {\n send(two)\n}\n"
      "cleanup after 7d {\n send(one)\n let three = open(3)\n send(three)\n}\n",
      kTunnels);
  std::vector<std::string> order;
  for (const plan::Step& step : plan.steps) {
    order.push_back(step.path);
    CHECK((step.delay_ms > 0) == (step.path.rfind("cleanup/7d/", 0) == 0));
  }
  CHECK(order == std::vector<std::string>{"prepare/1", "prepare/2", "cleanup/1",
                                          "cleanup/end/prepare/2", "cleanup/7d/1",
                                          "cleanup/7d/end/prepare/1", "cleanup/7d/2",
                                          "cleanup/7d/3", "cleanup/7d/end/cleanup/7d/2"});
  CHECK(plan::Verify(plan).ok());
}

TEST_CASE("steps that are made of others issue and end as well, each call its own") {
  const plan::Plan plan = PlanOf(
      "allow no-estimate because \"a test\", opaque-step-fenced because \"a test\"\n"
      "prepare {\n both(1)\n both(2)\n let t = open(9)\n use(t)\n}\n",
      std::string(kTunnels) +
          "step both(port: Int) {\n steps {\n let t = open(port)\n files.remove(\"/srv/x\")\n}\n}\n"
          "step use(t: temporary Tunnel) {\n steps {\n files.remove(\"/srv/y\")\n keep t "
          "\"why\"\n}\n}\n");
  std::vector<std::string> ends;
  for (const plan::Step& step : plan.steps) {
    if (step.ends.has_value()) {
      ends.push_back(step.path);
    }
  }
  CHECK(ends == std::vector<std::string>{"cleanup/end/prepare/2/1", "cleanup/end/prepare/1/1"});
}

TEST_CASE("branches are unordered but for what `after` says") {
  plan::Plan plan = PlanOf("switch {\n" + Remove("a") + "parallel {\n first: " + Remove("b") +
                           Remove("c") + " files.remove(\"/srv/d\") after first\n" +
                           "both: files.remove(\"/srv/e\") after first\n}\n" + Remove("f") + "}\n");
  CHECK(EdgesOf(plan) == Edges{{"switch/1", {}},
                               {"switch/2/first", {"switch/1"}},
                               {"switch/2/2", {"switch/1"}},
                               {"switch/2/3", {"switch/2/first"}},
                               {"switch/2/both", {"switch/2/first"}},
                               {"switch/3", {"switch/2/2", "switch/2/3", "switch/2/both"}}});
}

TEST_CASE("two parallel groups meet in a join") {
  plan::Plan plan = PlanOf("switch {\nparallel {\n" + Remove("a") + Remove("b") +
                           "}\nparallel {\n" + Remove("c") + Remove("d") + "}\n}\n");
  CHECK(EdgesOf(plan) == Edges{{"switch/1/1", {}},
                               {"switch/1/2", {}},
                               {"switch/2/in", {"switch/1/1", "switch/1/2"}},
                               {"switch/2/1", {"switch/2/in"}},
                               {"switch/2/2", {"switch/2/in"}}});
  CHECK(plan.steps[2].kind == plan::StepKind::kJoin);
  CHECK(plan.steps[2].timeout_ms == 0);
}

TEST_CASE("a join inside a lock stands under it") {
  plan::Plan plan = PlanOf(
      "switch {\nlock files.lock(\"/srv/a\") within 10s hold 10m {\nparallel {\n" + Remove("a") +
      Remove("b") + "}\nparallel {\n" + Remove("c") + Remove("d") + "}\n}\n}\n");
  REQUIRE(plan.steps[2].kind == plan::StepKind::kJoin);
  CHECK(plan.steps[2].lock_scope_id == plan::LockScopeId(0));
  CHECK(plan::Verify(plan).ok());
}

TEST_CASE("wide groups one after another have few edges") {
  std::string body = "switch {\n";
  for (int group = 0; group < 3; ++group) {
    body += "parallel {\n";
    for (int i = 0; i < 100; ++i) {
      body += Remove(std::to_string(group) + "-" + std::to_string(i));
    }
    body += "}\n";
  }
  plan::Plan plan = PlanOf(body + "}\n");
  size_t edges = 0;
  for (const plan::Step& step : plan.steps) {
    edges += step.after.size();
  }
  CHECK(plan.steps.size() == 302);
  CHECK(edges == 400);
}

TEST_CASE("a lock covers its steps, and its names are sorted") {
  plan::Plan plan = PlanOf(
      "switch {\n lock files.lock(\"/srv/b\"), files.lock(\"/srv/a\") within 10s hold 1m {\n" +
      Remove("x") + "lock files.lock(\"/srv/c\") within 1s hold 2s {\n" + Remove("y") + "}\n}\n" +
      Remove("z") + "}\n");
  REQUIRE(plan.lock_scopes.size() == 2);
  CHECK(plan.lock_scopes[0].locks[0].name == "files.lock(/srv/a)");
  CHECK(plan.lock_scopes[0].locks[1].name == "files.lock(/srv/b)");
  CHECK(plan.lock_scopes[0].within_ms == 10'000);
  CHECK(plan.lock_scopes[0].hold_ms == 60'000);
  CHECK(plan.lock_scopes[1].parent_id == plan::LockScopeId(0));
  CHECK(plan.steps[0].lock_scope_id == plan::LockScopeId(0));
  CHECK(plan.steps[1].lock_scope_id == plan::LockScopeId(1));
  CHECK_FALSE(plan.steps[2].lock_scope_id.has_value());
}

std::vector<std::string> TitlesOf(const plan::Plan& plan) {
  std::vector<std::string> titles;
  for (const plan::Step& step : plan.steps) {
    titles.push_back(step.title);
  }
  return titles;
}

TEST_CASE("`for` is unrolled: one after another, in `parallel` side by side") {
  const std::string loop =
      "for path: Path in [\"/srv/a\", \"/srv/b\"] {\n files.remove(path)\n"
      " files.remove(\"${path}.old\")\n}\n";
  plan::Plan plan = PlanOf("switch {\n" + loop + "parallel {\n" + Remove("c") + loop + "}\n}\n");
  CHECK(EdgesOf(plan) == Edges{{"switch/1/1/1", {}},
                               {"switch/1/1/2", {"switch/1/1/1"}},
                               {"switch/1/2/1", {"switch/1/1/2"}},
                               {"switch/1/2/2", {"switch/1/2/1"}},
                               {"switch/2/1", {"switch/1/2/2"}},
                               {"switch/2/2/1/1", {"switch/1/2/2"}},
                               {"switch/2/2/1/2", {"switch/2/2/1/1"}},
                               {"switch/2/2/2/1", {"switch/1/2/2"}},
                               {"switch/2/2/2/2", {"switch/2/2/2/1"}}});
  CHECK(TitlesOf(plan) ==
        std::vector<std::string>{"files.remove(\"/srv/a\")", "files.remove(\"/srv/a.old\")",
                                 "files.remove(\"/srv/b\")", "files.remove(\"/srv/b.old\")",
                                 "files.remove(\"/srv/c\")", "files.remove(\"/srv/a\")",
                                 "files.remove(\"/srv/a.old\")", "files.remove(\"/srv/b\")",
                                 "files.remove(\"/srv/b.old\")"});
}

TEST_CASE("a step that is made of others stands for its steps, each call with its arguments") {
  plan::Plan plan = PlanOf(
      "switch {\n swap(\"/srv/a\")\n last: swap(\"/srv/b\", place: \"/new\")\n}\n",
      "step swap(path: Path, place: Path = \"/old\") {\n steps {\n let target: Path = "
      "\"${place}-${from}\"\n"
      "  parallel {\n drop(path)\n drop(\"${path}.x\")\n }\n files.link(path, to: target)\n }\n}\n"
      "step drop(path: Path) {\n steps { files.remove(path) }\n}\n");
  CHECK(EdgesOf(plan) == Edges{{"switch/1/1/1/1", {}},
                               {"switch/1/1/2/1", {}},
                               {"switch/1/2", {"switch/1/1/1/1", "switch/1/1/2/1"}},
                               {"switch/last/1/1/1", {"switch/1/2"}},
                               {"switch/last/1/2/1", {"switch/1/2"}},
                               {"switch/last/2", {"switch/last/1/1/1", "switch/last/1/2/1"}}});
  CHECK(plan.steps[1].title == "files.remove(\"/srv/a.x\")");
  CHECK(plan.steps[2].arguments[1].value.text == "/old-${from}");
  CHECK(plan.steps[5].arguments[1].value.text == "/new-${from}");
}

TEST_CASE("steps call each other to the limit, and unrolling without steps ends") {
  const auto chain = [](size_t depth) {
    std::string top = "step s1(path: Path) { steps { files.remove(path) } }\n";
    for (size_t i = 2; i <= depth; ++i) {
      top += "step s" + std::to_string(i) + "(path: Path) { steps { s" + std::to_string(i - 1) +
             "(path) } }\n";
    }
    return Messages(CompileSpec(top, "switch { s" + std::to_string(depth) + "(\"/srv/a\") }\n"));
  };
  CHECK(chain(sema::kCallDepthMax) == "");
  CHECK_THAT(chain(sema::kCallDepthMax + 1), Catch::Matchers::Contains("more than 64 deep"));

  // Turns that hold nothing count too: 2^40 of them are not gone through.
  std::string top =
      "let none: [Path] = []\nstep s0(p: Path) { steps { for x in none { files.remove(x) } } }\n";
  for (int i = 1; i <= 40; ++i) {
    top += fmt::format("step s{0}(p: Path) {{\nsteps {{\ns{1}(p)\ns{1}(p)\n}}\n}}\n", i, i - 1);
  }
  CHECK_THAT(Messages(CompileSpec(top, "switch { s40(\"/a\") }\n")),
             Catch::Matchers::Contains("come to 0 steps; that is too many"));
}

TEST_CASE("resources are sorted, each once, and know what they cannot know") {
  plan::Plan plan = PlanOf(
      "switch {\n config.migrate(settings)\n files.remove(\"/srv/a\")\n"
      " config.set(settings.x, 1)\n files.remove(\"/opt/box-${from}\")\n}\n",
      "config settings = config.ini(\"/etc/b.ini\") {\n x : Int\n}\n");
  std::vector<std::string> names;
  for (const plan::Resource& resource : plan.resources) {
    names.push_back(resource.Name());
    CHECK(resource.is_unknown == (resource.Name() == "key(settings, *)"));
    CHECK(resource.is_template == (resource.Name() == "file(/opt/box-${from})"));
    CHECK((resource.overlap == plan::Overlap::kPath) == (resource.kind == "file"));
  }
  CHECK(names == std::vector<std::string>{"file(/etc/b.ini)", "file(/opt/box-${from})",
                                          "file(/srv/a)", "key(settings, *)", "key(settings, x)"});
}

TEST_CASE("resources of a plan that several threads make are sorted, each once") {
  // Neighbours and steps far apart write the same.
  constexpr int kStepCount = 9'000;
  std::string body;
  for (int i = 0; i < kStepCount; ++i) {
    body += Remove(std::to_string(i % 4'000 / 2));
  }
  const plan::Plan plan = PlanOf("switch {\n" + body + "}\n");
  CHECK(plan.resources.size() == 2'000);
  CHECK(std::is_sorted(
      plan.resources.begin(), plan.resources.end(),
      [](const plan::Resource& a, const plan::Resource& b) { return a.Name() < b.Name(); }));
  CHECK(plan::Verify(plan).ok());
  size_t wrong_count = 0;
  for (const plan::Step& step : plan.steps) {
    for (const plan::Effect& effect : step.effects) {
      const std::string name = plan.resource(effect.resource_id).Name();
      wrong_count += name == "file(" + step.arguments[0].value.text + ")" ? 0 : 1;
    }
  }
  CHECK(wrong_count == 0);
}

TEST_CASE("a step says where it stands, where it may stand and how it reverses") {
  plan::Plan plan = PlanOf("cleanup {\n files.remove(\"/srv/a\")\n}\n");
  const plan::Step& step = plan.steps[0];
  CHECK(step.position == plan::SourcePosition{"box.upg", 14, 2, 22});
  CHECK(step.phase == plan::Phase::kCleanup);
  CHECK(step.allowed_phases == ((1 << 1) | (1 << 2) | (1 << 4)));
  CHECK(step.undo == plan::UndoClass::kExactly);
  CHECK(step.undo_takes_ms == step.takes_ms);
  CHECK(step.takes_ms == 1000);
  CHECK(step.native == "files.remove");
}

// A spec that says this of itself.
plan::Plan Documented(const std::string& of_file, const std::string& of_edge) {
  driver::Options options;
  options.check_payload = false;
  driver::Compilation compilation = driver::CompileText(
      "box.upg",
      of_file +
          "\nimport std.files\n/// Of the product.\nproduct box {\n  installed "
          "files.first_line(\"/etc/box/release\")\n  releases v1.0.0, v2.0.0\n}\n"
          "/// Where it is reached.\ninput domain : String = \"a\"\n"
          "/// Opens\n/// the door.\n///\n/// More of it.\nstep door(file: Path) {\n  phases "
          "switch\n"
          "  writes file(file)\n  reverses by compensation\n  takes 1s\n  timeout 2s\n"
          "  do [\"/bin/a\", file]\n  undo [\"/bin/b\", file]\n  observe [\"/bin/c\", file]\n}\n"
          "/// Never called.\nstep other(file: Path) {\n  phases switch\n  writes file(file)\n"
          "  reverses by compensation\n  takes 1s\n  timeout 2s\n  do [\"/bin/a\", file]\n"
          "  undo [\"/bin/b\", file]\n  observe [\"/bin/c\", file]\n}\n" +
          of_edge +
          "\nupgrade v1.0 ..< v2.0 -> v2.0.0 {\n  switch {\n    door(\"/srv/door\")\n    "
          "files.remove(\"/srv/${domain}\")\n  }\n}\n",
      "", options);
  INFO(Messages(compilation));
  REQUIRE(compilation.plan);
  CHECK(plan::Verify(*compilation.plan).ok());
  return *compilation.plan;
}

TEST_CASE("a plan keeps what a spec says for people, of the steps that it has") {
  const plan::Plan plan = Documented("/// Of the file.", "/// Of the\n/// edge.");
  CHECK(plan.purpose == "Of the file.");
  CHECK(plan.upgrade.purpose == "Of the\nedge.");
  REQUIRE(plan.inputs.size() == 1);
  CHECK(plan.inputs[0].meaning == "Where it is reached.");
  REQUIRE(plan.meanings.size() == 2);
  CHECK(plan.meanings[0] == plan::Meaning{"door", "Opens\nthe door."});
  CHECK(plan.meanings[1].step_name == "files.remove");
  CHECK(Documented("", "").purpose == "Of the product.");
}

TEST_CASE("what is said at length is cut, between characters") {
  std::string most;
  while (most.size() < plan::kPurposeBytesMax) {
    most += "é";
  }
  CHECK(Documented("", "/// " + most).upgrade.purpose == most);
  const std::string cut = Documented("", "/// " + most + "é").upgrade.purpose;
  CHECK(cut.size() <= plan::kPurposeBytesMax);
  CHECK(cut.size() > plan::kPurposeBytesMax - 6);
  CHECK(cut.ends_with("é…"));
}

// Nothing brings back what it drops; `send` is not done twice.
constexpr const char* kFinalSteps = R"(
/// Drops a file.
step drop(path: Path) {
  phases   switch, cleanup
  writes   file(path)
  reverses never "it is gone"
  takes    1s
  do       ["/bin/drop", path]
}

/// Sends a file.
step send(path: Path) {
  phases   cleanup
  writes   file(path)
  reverses never "it is sent"
  repeat   once
  takes    1s
  do       ["/bin/send", path]
  observe  ["/bin/sent", path]
}
)";

// The steps of cleanup: path, and when they are due in days.
std::map<std::string, int64_t> DueDays(const std::string& upgrade_body) {
  std::map<std::string, int64_t> due;
  for (const plan::Step& step : PlanOf(upgrade_body, kFinalSteps).steps) {
    if (step.phase == plan::Phase::kCleanup) {
      CHECK(step.waits_for_retain == (step.path.find("/retain/") != std::string::npos));
      due[step.path] = step.delay_ms / 86'400'000;
    }
  }
  return due;
}

TEST_CASE("from its first step without a way back on a cleanup waits until retain ends") {
  using Due = std::map<std::string, int64_t>;
  const std::string drop = "drop(\"/srv/old\")\n";
  const std::string switch_text = "switch {\n" + Remove("s") + "}\n";
  const std::string cleanup = "cleanup {\n" + Remove("a") + drop + Remove("b") + "}\n";
  CHECK(DueDays(switch_text + cleanup) ==
        Due{{"cleanup/1", 0}, {"cleanup/retain/1", 7}, {"cleanup/retain/2", 7}});
  CHECK(DueDays("retain 14d\n" + switch_text + cleanup) ==
        Due{{"cleanup/1", 0}, {"cleanup/retain/1", 14}, {"cleanup/retain/2", 14}});
  // Nobody will want to go back.
  CHECK(DueDays("retain 0s\n" + switch_text + cleanup) ==
        Due{{"cleanup/1", 0}, {"cleanup/2", 0}, {"cleanup/3", 0}});
  // Said otherwise; and in the order of their times.
  CHECK(DueDays(switch_text + cleanup + "cleanup after 3d {\n drop(\"/srv/c\")\n}\n" +
                "cleanup after 7d {\n" + Remove("d") + "}\n") == Due{{"cleanup/1", 0},
                                                                     {"cleanup/3d/1", 3},
                                                                     {"cleanup/retain/1", 7},
                                                                     {"cleanup/retain/2", 7},
                                                                     {"cleanup/7d/1", 7}});
  // What is not done twice is not waited for.
  CHECK(DueDays(switch_text + "cleanup {\n send(\"/srv/a\")\n}\n") == Due{{"cleanup/1", 0}});
  // As long as a watch may still do something.
  CHECK(DueDays(switch_text + cleanup +
                "watch 30d every 1h {\n files.exists(\"/srv/x\") == true\n} else {\n" +
                Remove("e") + "}\n")["cleanup/retain/1"] == 30);
}

}  // namespace
}  // namespace upgraph::lower
