#include "runtime/rollback/undo_plan.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::rollback {
namespace {

using history::Record;
using history::RecordKind;
using history::RunHistory;
using plan::Phase;
using plan::StepId;

// A history in which steps are brought to their states by names of records.
class HistoryBuilder {
 public:
  explicit HistoryBuilder(const plan::Plan& plan)
      : history_(static_cast<uint32_t>(plan.steps.size())) {
    Add(RecordKind::kRunOpen);
  }
  HistoryBuilder& Add(RecordKind kind, StepId step_id = StepId()) {
    Record record;
    record.kind = kind;
    record.step_id = step_id;
    REQUIRE(history_.Add(record).ok());
    return *this;
  }
  HistoryBuilder& Applied(StepId step_id) {
    return Add(RecordKind::kCaptured, step_id).Add(RecordKind::kApplied, step_id);
  }
  const RunHistory& history() const { return history_; }

 private:
  RunHistory history_;
};

TEST_CASE("exactly what was begun is reverted") {
  test::PlanBuilder builder;
  StepId looks = builder.Add(Phase::kPreflight, "1");
  builder.step(looks).undo = plan::UndoClass::kObserves;
  StepId applied = builder.Write(Phase::kPrepare, "1", "/a");
  StepId found = builder.Write(Phase::kPrepare, "2", "/b");
  StepId in_doubt = builder.Write(Phase::kPrepare, "3", "/c");
  StepId pending = builder.Write(Phase::kPrepare, "4", "/d");
  HistoryBuilder history(builder.plan());
  history.Add(RecordKind::kApplied, looks)
      .Applied(applied)
      .Add(RecordKind::kFound, found)
      .Add(RecordKind::kCaptured, in_doubt);
  std::vector<bool> reverts = StepsToRevert(builder.plan(), history.history());
  CHECK_FALSE(reverts[looks.index()]);
  CHECK(reverts[applied.index()]);
  CHECK_FALSE(reverts[found.index()]);
  CHECK(reverts[in_doubt.index()]);
  CHECK_FALSE(reverts[pending.index()]);

  history.Add(RecordKind::kTurningBack).Add(RecordKind::kReverting, in_doubt);
  CHECK(StepsToRevert(builder.plan(), history.history())[in_doubt.index()]);
  history.Add(RecordKind::kReverted, in_doubt);
  CHECK_FALSE(StepsToRevert(builder.plan(), history.history())[in_doubt.index()]);
}

TEST_CASE("a stuck step holds back what it touches, and nothing else") {
  test::PlanBuilder builder;
  StepId below = builder.Write(Phase::kPrepare, "1", "/data");
  StepId other = builder.Write(Phase::kPrepare, "2", "/etc/x");
  StepId stuck = builder.Write(Phase::kPrepare, "3", "/data/file");
  StepId later = builder.Write(Phase::kPrepare, "4", "/data/file");
  HistoryBuilder history(builder.plan());
  history.Applied(below).Applied(other).Applied(stuck).Applied(later);
  history.Add(RecordKind::kTurningBack).Add(RecordKind::kReverting, later);
  history.Add(RecordKind::kReverted, later).Add(RecordKind::kReverting, stuck);
  history.Add(RecordKind::kStuck, stuck);
  CHECK(BlockedBy(builder.plan(), history.history(), below) == stuck);
  CHECK_FALSE(BlockedBy(builder.plan(), history.history(), other).has_value());
}

TEST_CASE("a step that is blocked holds back in turn") {
  test::PlanBuilder builder;
  StepId first = builder.Write(Phase::kPrepare, "1", "/a");
  StepId second = builder.Write(Phase::kPrepare, "2", "/b");
  builder.Effect(second, plan::EffectKind::kReads, "/a");
  StepId third = builder.Write(Phase::kPrepare, "3", "/c");
  builder.Effect(third, plan::EffectKind::kReads, "/b");
  HistoryBuilder history(builder.plan());
  history.Applied(first).Applied(second).Applied(third);
  history.Add(RecordKind::kTurningBack).Add(RecordKind::kReverting, third);
  history.Add(RecordKind::kStuck, third).Add(RecordKind::kBlocked, second);
  CHECK(BlockedBy(builder.plan(), history.history(), second) == third);
  CHECK(BlockedBy(builder.plan(), history.history(), first) == second);
}

TEST_CASE("early goes what needs only files and what nothing that waits holds back") {
  test::PlanBuilder builder;
  StepId data = builder.Write(Phase::kPrepare, "1", "/data");
  StepId other = builder.Write(Phase::kPrepare, "2", "/etc/x");
  StepId service = builder.Write(Phase::kSwitch, "1", "/data/file");
  StepId last = builder.Write(Phase::kSwitch, "2", "/etc/y");
  const plan::Plan& plan = builder.plan();
  std::vector<bool> reverts(plan.steps.size(), true);
  std::vector<EarlyPart> parts(plan.steps.size(), EarlyPart::kGoes);
  CHECK(StepsToRevertEarly(plan, reverts, parts) == reverts);
  parts[service.index()] = EarlyPart::kWaits;
  std::vector<bool> early = StepsToRevertEarly(plan, reverts, parts);
  CHECK_FALSE(early[data.index()]);
  CHECK(early[other.index()]);
  CHECK_FALSE(early[service.index()]);
  CHECK(early[last.index()]);
  SECTION("what is not to go back holds nothing back") {
    reverts[service.index()] = false;
    early = StepsToRevertEarly(plan, reverts, parts);
    CHECK(early[data.index()]);
    CHECK_FALSE(early[service.index()]);
  }
  SECTION("nobody knows what it needs") {
    parts[service.index()] = EarlyPart::kWaitsAll;
    early = StepsToRevertEarly(plan, reverts, parts);
    CHECK_FALSE(early[data.index()]);
    CHECK_FALSE(early[other.index()]);
    CHECK(early[last.index()]);
  }
  SECTION("and it stands beside them") {
    parts[service.index()] = EarlyPart::kWaitsAll;
    builder.step(service).after = {data};
    builder.step(last).after = {other};
    early = StepsToRevertEarly(plan, reverts, parts);
    CHECK_FALSE(early[data.index()]);
    CHECK(early[other.index()]);
  }
}

TEST_CASE("early a step that waits holds back what it touches, over steps that are done with") {
  test::PlanBuilder builder;
  StepId first = builder.Write(Phase::kPrepare, "1", "/data/a");
  StepId whole = builder.Write(Phase::kPrepare, "2", "/data");
  StepId waits = builder.Write(Phase::kSwitch, "1", "/data/b");
  std::vector<bool> reverts(builder.plan().steps.size(), true);
  std::vector<EarlyPart> parts(builder.plan().steps.size(), EarlyPart::kGoes);
  parts[waits.index()] = EarlyPart::kWaits;
  std::vector<bool> early = StepsToRevertEarly(builder.plan(), reverts, parts);
  CHECK_FALSE(early[whole.index()]);
  CHECK_FALSE(early[first.index()]);  // the one above it has to go first
  reverts[whole.index()] = false;
  early = StepsToRevertEarly(builder.plan(), reverts, parts);
  CHECK(early[first.index()]);
}

TEST_CASE("what a person accepted is not reverted, and holds back what is below it") {
  test::PlanBuilder builder;
  StepId below = builder.Write(Phase::kPrepare, "1", "/data");
  StepId stuck = builder.Write(Phase::kPrepare, "2", "/data/file");
  HistoryBuilder history(builder.plan());
  history.Applied(below).Applied(stuck).Add(RecordKind::kTurningBack);
  history.Add(RecordKind::kReverting, stuck).Add(RecordKind::kStuck, stuck);
  history.Add(RecordKind::kBlocked, below).Add(RecordKind::kIncomplete);
  const std::vector<bool> none = {false, false};
  CHECK(StepsToRevert(builder.plan(), history.history()) == std::vector<bool>{true, true});
  CHECK(UnsettledAbove(builder.plan(), history.history(), below, none) == stuck);
  CHECK_FALSE(UnsettledAbove(builder.plan(), history.history(), below, {false, true}).has_value());
  CHECK_FALSE(UnsettledAbove(builder.plan(), history.history(), stuck, none).has_value());

  history.Add(RecordKind::kAccepted, stuck);
  CHECK(StepsToRevert(builder.plan(), history.history()) == std::vector<bool>{true, false});
  CHECK(BlockedBy(builder.plan(), history.history(), below) == stuck);
  CHECK_FALSE(UnsettledAbove(builder.plan(), history.history(), below, none).has_value());
}

TEST_CASE("what is put back below a step hides what was there before it, if it covers all of it") {
  test::PlanBuilder builder;
  StepId folder = builder.Write(Phase::kPrepare, "1", "/data");
  StepId file = builder.Write(Phase::kPrepare, "2", "/data/file");
  StepId both = builder.Write(Phase::kPrepare, "3", "/data/file");
  builder.Effect(both, plan::EffectKind::kWrites, "/etc/x");
  StepId above = builder.Write(Phase::kPrepare, "4", "/data");
  HistoryBuilder history(builder.plan());
  const plan::Plan& plan = builder.plan();
  const auto is_undone = [&](StepId step_id, std::vector<StepId> put_back) {
    std::vector<bool> now(plan.steps.size(), false);
    for (StepId id : put_back) {
      now[id.index()] = true;
    }
    return IsUndoneBelow(plan, history.history(), step_id, now);
  };
  CHECK_FALSE(is_undone(file, {file}));
  CHECK(is_undone(file, {folder, file}));
  CHECK_FALSE(is_undone(both, {folder, both}));     // nobody tells of /etc/x
  CHECK_FALSE(is_undone(above, {file, above}));     // a file is not the folder
  CHECK_FALSE(is_undone(folder, {folder, above}));  // a later step tells nothing
  history.Applied(folder).Applied(file).Add(RecordKind::kTurningBack);
  history.Add(RecordKind::kReverting, folder).Add(RecordKind::kReverted, folder);
  CHECK(is_undone(file, {file}));
}

TEST_CASE("only the last writer shows what it left") {
  test::PlanBuilder builder;
  StepId first = builder.Write(Phase::kPrepare, "1", "/etc/x.ini");
  StepId second = builder.Write(Phase::kPrepare, "2", "/etc/x.ini");
  const StepId folder = builder.Write(Phase::kPrepare, "3", "/opt");
  const StepId below = builder.Write(Phase::kPrepare, "4", "/opt/dten/x");
  const StepId beside = builder.Write(Phase::kPrepare, "5", "/opt.old");
  const auto overwritten = [&](std::vector<StepId> reverted) {
    std::vector<bool> reverts(builder.plan().steps.size(), false);
    for (const StepId id : reverted) {
      reverts[id.index()] = true;
    }
    return OverwrittenSteps(builder.plan(), reverts);
  };
  using Flags = std::vector<bool>;
  CHECK(overwritten({first, second}) == Flags{true, false, false, false, false});
  CHECK(overwritten({first}) == Flags{false, false, false, false, false});
  CHECK(overwritten({below}) == Flags{false, false, true, false, false});
  CHECK(overwritten({folder, beside}) == Flags{false, false, false, false, false});
}

TEST_CASE("who is overwritten is what each pair of steps says") {
  rc::prop("who is overwritten is what each pair of steps says", [] {
    const std::vector<std::string> paths = {"/",    "/a",  "/a/b", "/a/b/c",
                                            "/a-b", "/ab", "/c",   "${x}"};
    test::PlanBuilder builder;
    std::vector<bool> reverts;
    const int count = *rc::gen::inRange(0, 12);
    for (int i = 0; i < count; ++i) {
      const std::string path = *rc::gen::elementOf(paths);
      builder.Effect(builder.Add(Phase::kPrepare, std::to_string(i)), plan::EffectKind::kWrites,
                     {"file", {path}, path == "${x}", false, plan::Overlap::kPath});
      reverts.push_back(*rc::gen::arbitrary<bool>());
    }
    const plan::Plan& plan = builder.plan();
    const auto resource = [&](size_t step) -> const plan::Resource& {
      return plan.resource(plan.steps[step].effects[0].resource_id);
    };
    const std::vector<bool> found = OverwrittenSteps(plan, reverts);
    for (size_t i = 0; i < plan.steps.size(); ++i) {
      bool wanted = false;
      for (size_t later = i + 1; later < plan.steps.size(); ++later) {
        wanted = wanted || (reverts[later] && plan::Overlaps(resource(i), resource(later)));
      }
      RC_ASSERT(found[i] == wanted);
    }
  });
}

TEST_CASE("a step without a way back that was begun ends every rollback by command") {
  test::PlanBuilder builder;
  StepId kept = builder.Write(Phase::kCleanup, "1", "/a");
  StepId final_step = builder.Write(Phase::kCleanup, "2", "/b");
  builder.step(final_step).undo = plan::UndoClass::kNever;
  HistoryBuilder history(builder.plan());
  history.Add(RecordKind::kCommitted).Applied(kept);
  CHECK_FALSE(FirstFinalStep(builder.plan(), history.history()).has_value());
  history.Add(RecordKind::kCaptured, final_step);
  CHECK(FirstFinalStep(builder.plan(), history.history()) == final_step);
}

}  // namespace
}  // namespace upgraph::rollback
