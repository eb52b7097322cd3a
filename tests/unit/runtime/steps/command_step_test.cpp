// Declared commands: where they run, what their ends mean, and who is asked about the world.

#include "runtime/steps/registry.h"
#include "tests/unit/runtime/steps/step_host.h"

namespace upgraph::steps {
namespace {

std::vector<plan::Value> Shell(const std::string& script) {
  return {test::Text(plan::ValueKind::kString, "sh"), test::Text(plan::ValueKind::kString, "-c"),
          test::Text(plan::ValueKind::kString, script)};
}

// A step that writes /srv/flag, by hand.
struct CommandHost : test::StepHost {
  CommandHost() {
    REQUIRE(files.MakeDirectories("/srv", 0755).ok());
    plan.resources = {{"file", {"/srv/flag"}, false, false, plan::Overlap::kPath}};
    step.kind = plan::StepKind::kCommand;
    step.path = "switch/flag";
    step.undo = plan::UndoClass::kExactly;
    step.effects = {{plan::EffectKind::kWrites, plan::ResourceId(0)}};
    step.apply_command = Shell("touch \"$ROOT/srv/flag\"");
    step.undo_command = Shell("rm -f srv/flag");
  }
  const NativeStep& Step() { return *FindStep(step); }
};

TEST_CASE("a command starts in the root, finds it in $ROOT, and knows its step") {
  CommandHost on;
  on.step.apply_command =
      Shell("pwd > srv/flag; echo \"$ROOT $UPGRAPH_STEP $UPGRAPH_RUN\" >> srv/flag");
  auto captured = on.Step().Capture(on.Context());
  REQUIRE(captured.ok());
  REQUIRE(captured->directories.size() == 1);
  CHECK(captured->directories[0].path == "/srv");
  REQUIRE(on.Step().Apply(on.Context(), *captured).ok());
  const std::string& root = on.host.root();
  CHECK(on.host.Read("/srv/flag") == root + "\n" + root + " switch/flag run-1\n");
  REQUIRE(on.Step().Revert(on.Context(), *captured).ok());
  CHECK_FALSE(on.host.Exists("/srv/flag"));
}

TEST_CASE("a program named by its host path is the one of the tree") {
  CommandHost on;
  on.host.Write("/bin/mark", "#!/bin/sh\necho of the tree > srv/flag\n", 0755);
  on.step.apply_command = {test::Text(plan::ValueKind::kString, "/bin/mark")};
  REQUIRE(on.Step().Apply(on.Context(), {}).ok());
  CHECK(on.host.Read("/srv/flag") == "of the tree\n");
}

TEST_CASE("how a command ended is in the message, with the last line it said") {
  CommandHost on;
  auto message = [&](const std::string& script) {
    on.step.apply_command = Shell(script);
    auto applied = on.Step().Apply(on.Context(), {});
    return applied.ok() ? std::string() : applied.error().message;
  };
  CHECK(message("exit 3") == "`do` ended with 3");
  CHECK(message("echo first; echo no disk; echo; exit 3") == "`do` ended with 3: no disk");
  CHECK(message("echo first; printf '\\tno disk\\n\\t\\n'; exit 3") ==
        "`do` ended with 3: no disk");
  CHECK(message("kill -9 $$") == "`do` ended by signal 9");
  on.step.timeout_ms = 100;
  CHECK(message("sleep 60") == "`do` took longer than 100ms");
  on.step.timeout_ms = 10'000;
  on.cancel = true;
  CHECK(message("sleep 60") == "`do` was stopped");
  on.cancel = false;
  on.step.undo_command = Shell("exit 1");
  CHECK(on.Step().Revert(on.Context(), {}).error().message == "`undo` ended with 1");
  on.step.undo_command.clear();
  CHECK(on.Step().Revert(on.Context(), {}).error().kind == ErrorKind::kUnsupported);
}

TEST_CASE("observe says what the world is by its exit code") {
  CommandHost on;
  const Captured captured;
  const Applied applied;
  auto world = [&](const std::string& script) {
    on.step.observe_command = Shell(script);
    return on.Step().Observe(on.Context(), &captured, nullptr);
  };
  CHECK(world("exit 0").world == World::kAfter);
  CHECK(world("exit 1").world == World::kBefore);
  CHECK(world("echo half; exit 2").world == World::kNeither);
  CHECK(world("echo half; exit 2").detail == "half");
  CHECK(world("echo no server; exit 3").world == World::kUnknown);
  CHECK(world("echo no server; exit 3").detail == "`observe` ended with 3: no server");
  CHECK(world("kill -9 $$").world == World::kUnknown);
  on.step.timeout_ms = 100;
  CHECK(world("sleep 60").world == World::kUnknown);
  on.step.observe_command = {test::Text(plan::ValueKind::kString, "no-such-program")};
  CHECK(on.Step().Observe(on.Context(), &captured, nullptr).world == World::kUnknown);

  // Without one: what the journal knows is all there is.
  on.step.observe_command.clear();
  CHECK(on.Step().Observe(on.Context(), nullptr, nullptr).world == World::kBefore);
  CHECK(on.Step().Observe(on.Context(), &captured, &applied).world == World::kAfter);
  CHECK(on.Step().Observe(on.Context(), &captured, nullptr).world == World::kNeither);
}

TEST_CASE("a command that only looks passes or fails, and has nothing to take back") {
  CommandHost on;
  on.step.undo = plan::UndoClass::kObserves;
  on.step.apply_command = Shell("test -e srv/flag");
  const auto& check = static_cast<const ObservingStep&>(on.Step());
  CHECK(check.Check(on.Context()).error().message == "`do` ended with 1");
  on.host.Write("/srv/flag", "");
  CHECK(check.Check(on.Context()).ok());
}

}  // namespace
}  // namespace upgraph::steps
