// The checks of what commands give to their way back, and of what is there too late.

#include "plan/checks/check.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

std::vector<std::string> ChecksThatFind(const Plan& plan) {
  std::vector<std::string> names;
  for (const Finding& finding : RunChecks(plan)) {
    names.push_back(finding.check);
  }
  return names;
}

using CheckNames = std::vector<std::string>;

std::vector<Value> Words(const std::vector<std::string>& texts) {
  std::vector<Value> words;
  for (const std::string& text : texts) {
    words.push_back({ValueKind::kString, false, 0, 0, text, {}});
  }
  return words;
}

StepId Command(test::PlanBuilder* builder, const std::string& path,
               const std::vector<std::string>& apply, const std::vector<std::string>& undo) {
  const StepId id = builder->Write(Phase::kPrepare, "command" + path, path);
  Step& step = builder->step(id);
  step.kind = StepKind::kCommand;
  step.native.clear();
  step.apply_command = Words(apply);
  step.undo_command = Words(undo);
  step.undo = UndoClass::kByCompensation;
  return id;
}

TEST_CASE("inverse-covers-writes: what `do` is given of its writes, `undo` is given too") {
  test::PlanBuilder builder;
  const StepId id = Command(&builder, "/srv/a", {"do", "--out=/srv/a"}, {"undo", "/srv/a"});
  CHECK(ChecksThatFind(builder.plan()).empty());
  builder.Effect(id, EffectKind::kWrites, "/srv/b");
  CHECK(ChecksThatFind(builder.plan()).empty());
  builder.step(id).apply_command = Words({"do", "/srv/a", "/srv/b"});
  CHECK(ChecksThatFind(builder.plan()) == CheckNames{"inverse-covers-writes"});
  builder.step(id).phase = Phase::kCleanup;
  CHECK(ChecksThatFind(builder.plan()).empty());
}

TEST_CASE("capture-before-write: what `undo` reads is not made by a later step") {
  const auto finds = [](const std::string& kept, const std::string& written) {
    test::PlanBuilder builder;
    Command(&builder, "/etc/a", {"do"}, {"cp", kept, "/etc/a"});
    builder.Write(Phase::kPrepare, "copy", written);
    return ChecksThatFind(builder.plan()) == CheckNames{"capture-before-write"};
  };
  CHECK(finds("/srv/old", "/srv/old"));
  CHECK(finds("./srv/old", "/srv/old"));
  CHECK(finds("/srv/old/a", "/srv"));
  CHECK_FALSE(finds("/srv/old", "/srv/old/a"));
  CHECK_FALSE(finds("/srv/old", "/srv/older"));
  CHECK_FALSE(finds("srv/old", "/srv/old"));
  CHECK_FALSE(finds("/srv/old/", "/srv/old"));
  CHECK_FALSE(finds("/etc/a", "/etc/a"));
}

TEST_CASE("what stands below a point of no return needs no way back") {
  test::PlanBuilder builder;
  builder.plan().upgrade.allows = {{"no-return-dominated", "said elsewhere", {}}};
  const StepId commit = builder.Add(Phase::kSwitch, "commit");
  builder.step(commit).kind = StepKind::kCommit;
  const StepId id = Command(&builder, "/etc/a", {"do", "/etc/a"}, {"cp", "/srv/old"});
  const StepId copy = builder.Write(Phase::kSwitch, "copy", "/srv/old");
  builder.step(id).phase = Phase::kSwitch;
  const auto finds = [&] {
    CheckNames names = ChecksThatFind(builder.plan());
    std::erase(names, "downtime-fits");
    std::erase(names, "unused-allow");
    return names;
  };
  CHECK(finds().empty());
  builder.step(commit).kind = StepKind::kNative;
  CHECK(finds() == CheckNames{"capture-before-write", "inverse-covers-writes"});
  builder.step(copy).phase = Phase::kCleanup;
  CHECK(finds() == CheckNames{"inverse-covers-writes"});
}

TEST_CASE("opaque-step-fenced: what runs once can be asked, what is shared holds a lock") {
  test::PlanBuilder builder;
  const StepId id = Command(&builder, "/srv/a", {"do"}, {"undo"});
  builder.step(id).repeat = Repeat::kKeyed;
  CHECK(ChecksThatFind(builder.plan()).empty());
  builder.step(id).repeat = Repeat::kOnce;
  builder.step(id).is_shared = true;
  CHECK(ChecksThatFind(builder.plan()) == CheckNames{"opaque-step-fenced", "opaque-step-fenced"});
  builder.step(id).observe_command = Words({"look"});
  CHECK(ChecksThatFind(builder.plan()) == CheckNames{"opaque-step-fenced"});
  builder.step(id).lock_scope_id = builder.Lock("/l", 1'000, 60'000);
  CHECK(ChecksThatFind(builder.plan()).empty());
}

TEST_CASE("key-type: values have a spelling in the unit of their key") {
  test::PlanBuilder builder;
  Config config;
  config.name = "settings";
  config.keys.resize(1);
  ConfigKey& key = config.keys[0];
  key.name = "wait";
  key.type = ValueKind::kDuration;
  const auto check = [&](int64_t ms, const std::string& unit, ValueKind kind) {
    key.unit = unit;
    test::PlanBuilder set;
    set.plan().configs = {config};
    const StepId id = set.Write(Phase::kPrepare, "set", "/etc/a");
    const Value name = {ValueKind::kKey,
                        false,
                        0,
                        0,
                        "wait",
                        {{"config", {ValueKind::kString, false, 0, 0, "settings", {}}}}};
    set.step(id).arguments = {{"key", name}, {"value", {kind, false, ms, 0, "", {}}}};
    return ChecksThatFind(set.plan());
  };
  CHECK(check(250, "ms", ValueKind::kDuration).empty());
  CHECK(check(250, "", ValueKind::kDuration).empty());
  CHECK(check(120'000, "m", ValueKind::kDuration).empty());
  CHECK(check(90'000, "m", ValueKind::kDuration) == CheckNames{"key-type"});
  CHECK(check(60'000, "m", ValueKind::kSize) == CheckNames{"key-type"});
}

}  // namespace
}  // namespace upgraph::plan
