// The checks about what is started, stopped and waited for.

#include "plan/checks/check.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

std::vector<std::string> FoundIn(const Plan& plan) {
  std::vector<std::string> found;
  for (const Finding& finding : RunChecks(plan)) {
    found.push_back(
        finding.check + " " + std::to_string(finding.position.line) +
        (finding.second_message.empty() ? "" : " " + std::to_string(finding.second_position.line)));
  }
  return found;
}

using Found = std::vector<std::string>;

Resource Unit(const std::string& name) {
  return {"unit", {name}, false, false, Overlap::kSameName};
}
Resource Database(const std::string& name) {
  return {"database", {name}, false, false, Overlap::kSameName};
}

// Starts or stops it, by a second act.
StepId Change(test::PlanBuilder* builder, EffectKind kind, const std::string& unit) {
  const StepId id = builder->Add(Phase::kPrepare, std::string(EffectKindName(kind)) + unit);
  builder->Effect(id, EffectKind::kWrites, Unit(unit));
  builder->Effect(id, kind, Unit(unit));
  builder->step(id).undo = UndoClass::kByCompensation;
  return id;
}

TEST_CASE("rollback-loses-writes: a start after what puts data back as it was") {
  test::PlanBuilder builder;
  builder.Write(Phase::kPrepare, "seed", "/var/db/box.db");
  const StepId migrate = builder.Write(Phase::kPrepare, "migrate", "/var/db/box.db");
  builder.step(migrate).lock_scope_id = builder.Lock("/var/db", 1'000, 60'000);
  builder.Effect(migrate, EffectKind::kWrites, Database("box"));
  builder.step(migrate).undo = UndoClass::kByCompensation;
  CHECK(FoundIn(builder.plan()).empty());
  const StepId start = Change(&builder, EffectKind::kStarts, "a.service");
  CHECK(FoundIn(builder.plan()) == Found{"rollback-loses-writes 3 1"});
  builder.plan().upgrade.accepts_loss = {"agreed"};
  CHECK(FoundIn(builder.plan()).empty());
  builder.plan().upgrade.accepts_loss.clear();
  builder.step(start).phase = Phase::kCleanup;
  CHECK(FoundIn(builder.plan()).empty());
}

TEST_CASE("rollback-loses-writes: a folder covers the data in it, other files are no data") {
  const auto found = [](const std::string& path) {
    test::PlanBuilder builder;
    builder.Write(Phase::kPrepare, "install", path);
    const StepId migrate = builder.Write(Phase::kPrepare, "migrate", "/var/db/box.db");
    builder.step(migrate).lock_scope_id = builder.Lock("/var/db", 1'000, 60'000);
    builder.Effect(migrate, EffectKind::kWrites, Database("box"));
    builder.step(migrate).undo = UndoClass::kByCompensation;
    Change(&builder, EffectKind::kStarts, "a.service");
    return FoundIn(builder.plan()) == Found{"rollback-loses-writes 3 1"};
  };
  CHECK(found("/var"));
  CHECK(found("/var/db/box.db/part"));
  CHECK_FALSE(found("/var/db/box"));
  CHECK_FALSE(found("/var/db/other.db"));
}

TEST_CASE("rollback-needs-alive: what is needed is not stopped before") {
  test::PlanBuilder builder;
  Change(&builder, EffectKind::kStops, "a.service");
  const StepId use = builder.Add(Phase::kPrepare, "use");
  builder.Effect(use, EffectKind::kNeeds, Unit("a.service"));
  CHECK(FoundIn(builder.plan()) == Found{"rollback-needs-alive 2 1"});
  builder.Effect(use, EffectKind::kNeeds, Unit("b.service"));
  CHECK(FoundIn(builder.plan()).size() == 1);
}

TEST_CASE("rollback-needs-alive: started again, or stopped later, it is alive") {
  test::PlanBuilder builder;
  Change(&builder, EffectKind::kStops, "a.service");
  Change(&builder, EffectKind::kStarts, "a.service");
  const StepId use = builder.Add(Phase::kPrepare, "use");
  builder.Effect(use, EffectKind::kNeeds, Unit("a.service"));
  Change(&builder, EffectKind::kStops, "a.service");
  CHECK(FoundIn(builder.plan()).empty());
}

TEST_CASE("rollback-needs-alive: what is whole is not alive while a part of it is stopped") {
  test::PlanBuilder builder;
  const Resource part{"unit", {"a.service", "run"}, false, false, Overlap::kSameName};
  const Resource whole{"unit", {"a.service", "*"}, false, true, Overlap::kSameName};
  const StepId stop = builder.Add(Phase::kPrepare, "stop");
  builder.Effect(stop, EffectKind::kWrites, part);
  builder.Effect(stop, EffectKind::kStops, part);
  builder.step(stop).undo = UndoClass::kByCompensation;
  const StepId use = builder.Add(Phase::kPrepare, "use");
  builder.Effect(use, EffectKind::kNeeds, whole);
  CHECK(FoundIn(builder.plan()) == Found{"rollback-needs-alive 2 1"});
}

TEST_CASE("rollback-needs-alive: a step that stops what its own way back needs") {
  test::PlanBuilder builder;
  const StepId id = Change(&builder, EffectKind::kStops, "a.service");
  builder.Effect(id, EffectKind::kNeeds, Unit("a.service"));
  CHECK(FoundIn(builder.plan()) == Found{"rollback-needs-alive 1"});
  builder.Effect(id, EffectKind::kStarts, Unit("a.service"));  // a restart
  CHECK(FoundIn(builder.plan()).empty());
}

TEST_CASE("no-wait-under-lock: a wait outside of the lock, or a look that does not wait") {
  test::PlanBuilder builder;
  const StepId id = builder.Add(Phase::kVerify, "expect");
  builder.step(id).waits = true;
  CHECK(FoundIn(builder.plan()).empty());
  builder.step(id).lock_scope_id = builder.Lock("/a", 1'000, 60'000);
  CHECK(FoundIn(builder.plan()) == Found{"no-wait-under-lock 1 0"});
  builder.step(id).takes_ms = 0;
  CHECK(FoundIn(builder.plan()).empty());
  builder.step(id).takes_ms = 1;
  builder.step(id).waits = false;
  CHECK(FoundIn(builder.plan()).empty());
  builder.step(id).waits = true;
  builder.step(id).takes_ms = 0;
  builder.step(id).kind = StepKind::kCommand;  // it has no estimate to go by
  CHECK(FoundIn(builder.plan()) == Found{"no-wait-under-lock 1 0"});
}

TEST_CASE("reboot-alone: nothing beside a reboot, and no lock around it") {
  test::PlanBuilder builder;
  builder.plan().upgrade.downtime_ms = 60'000;
  builder.Write(Phase::kSwitch, "before", "/a");
  const StepId reboot = builder.Write(Phase::kSwitch, "reboot", "/b");
  builder.step(reboot).native = kRebootNative;
  const StepId other = builder.Write(Phase::kSwitch, "other", "/c");
  CHECK(FoundIn(builder.plan()) == Found{});
  builder.After(other, {StepId(0)});
  CHECK(FoundIn(builder.plan()) == Found{"reboot-alone 2 3"});
  builder.After(other, {reboot});
  builder.step(reboot).lock_scope_id = builder.Lock("/a", 1'000, 60'000);
  CHECK(FoundIn(builder.plan()) == Found{"reboot-alone 2 0"});
}

TEST_CASE("flag-still-read: no use after the removal, unless it is made again") {
  test::PlanBuilder builder;
  const Resource flag{"flag", {"a"}, false, false, Overlap::kSameName};
  const auto add = [&](const std::string& native, EffectKind kind, const Resource& resource) {
    const StepId id =
        builder.Add(Phase::kCleanup, native + std::to_string(builder.plan().steps.size()));
    builder.step(id).native = native;
    builder.Effect(id, kind, resource);
    builder.step(id).undo =
        kind == EffectKind::kWrites ? UndoClass::kExactly : UndoClass::kObserves;
    return id;
  };
  add("test.read", EffectKind::kReads, flag);
  add("flags.remove", EffectKind::kWrites, flag);
  add("test.read", EffectKind::kReads, {"flag", {"b"}, false, false, Overlap::kSameName});
  CHECK(FoundIn(builder.plan()).empty());
  const StepId late = add("test.read", EffectKind::kReads, flag);
  builder.Effect(late, EffectKind::kNeeds, flag);
  CHECK(FoundIn(builder.plan()) == Found{"flag-still-read 4 2"});
  builder.step(StepId(2)).native = "flags.create";
  builder.step(StepId(2)).undo = UndoClass::kExactly;
  builder.Effect(StepId(2), EffectKind::kWrites, flag);
  CHECK(FoundIn(builder.plan()).empty());
}

}  // namespace
}  // namespace upgraph::plan
