#include "runtime/history/run_history.h"

#include <map>
#include <set>

#include "tests/support/catch.h"

namespace upgraph::history {
namespace {

constexpr RecordKind kStepKinds[] = {
    RecordKind::kFound,     RecordKind::kCaptured, RecordKind::kApplied,  RecordKind::kFailed,
    RecordKind::kReverting, RecordKind::kReverted, RecordKind::kStuck,    RecordKind::kBlocked,
    RecordKind::kDrift,     RecordKind::kSettled,  RecordKind::kAccepted, RecordKind::kEnded};
constexpr StepState kStates[] = {StepState::kPending, StepState::kFound,     StepState::kCaptured,
                                 StepState::kApplied, StepState::kReverting, StepState::kReverted,
                                 StepState::kStuck,   StepState::kBlocked};

Record About(RecordKind kind, const std::string& text = "") {
  Record record;
  record.kind = kind;
  record.text = text;
  return record;
}

Record AboutStep(RecordKind kind, uint32_t step = 0) {
  Record record = About(kind);
  record.step_id = plan::StepId(step);
  return record;
}

// A history with one step in `state`; turning back when `is_back`.
RunHistory WithStep(StepState state, bool is_back) {
  RunHistory history(1);
  auto add = [&](const Record& record) { REQUIRE(history.Add(record).ok()); };
  add(About(RecordKind::kRunOpen));
  bool needs_back = state >= StepState::kReverting;
  if (state == StepState::kFound) {
    add(AboutStep(RecordKind::kFound));
  } else if (state != StepState::kPending) {
    add(AboutStep(RecordKind::kCaptured));
  }
  if (state == StepState::kApplied) {
    add(AboutStep(RecordKind::kApplied));
  }
  if (is_back || needs_back) {
    add(About(RecordKind::kTurningBack, "a test"));
  }
  if (needs_back && state != StepState::kBlocked) {
    add(AboutStep(RecordKind::kReverting));
  }
  if (state == StepState::kReverted) {
    add(AboutStep(RecordKind::kReverted));
  } else if (state == StepState::kStuck) {
    add(AboutStep(RecordKind::kStuck));
  } else if (state == StepState::kBlocked) {
    add(AboutStep(RecordKind::kBlocked));
  }
  REQUIRE(history.steps()[0].state == state);
  for (StepState counted : kStates) {
    REQUIRE(history.CountIn(counted) == (counted == state ? 1 : 0));
  }
  return history;
}

TEST_CASE("a record is folded in exactly where the protocol writes it") {
  using K = RecordKind;
  using S = StepState;
  const std::map<S, std::set<K>> forward = {
      {S::kPending, {K::kFound, K::kCaptured, K::kApplied, K::kFailed}},
      {S::kFound, {}},
      {S::kCaptured, {K::kApplied, K::kFailed}},
      {S::kApplied, {}}};
  const std::map<S, std::set<K>> back = {
      {S::kPending, {K::kFailed}},
      {S::kFound, {}},
      {S::kCaptured, {K::kReverting, K::kBlocked, K::kFailed}},
      {S::kApplied, {K::kReverting, K::kBlocked}},
      {S::kReverting, {K::kReverting, K::kReverted, K::kStuck, K::kBlocked, K::kDrift, K::kFailed}},
      {S::kReverted, {}},
      {S::kStuck, {K::kReverting, K::kBlocked, K::kSettled, K::kAccepted}},
      {S::kBlocked, {K::kReverting, K::kBlocked, K::kSettled, K::kAccepted}}};
  for (bool is_back : {false, true}) {
    const auto& table = is_back ? back : forward;
    for (StepState state : kStates) {
      auto row = table.find(state);
      if (row == table.end()) {
        continue;
      }
      for (RecordKind kind : kStepKinds) {
        RunHistory history = WithStep(state, is_back);
        INFO(StepStateName(state) << ", " << RecordKindName(kind) << ", back " << is_back);
        CHECK(history.Add(AboutStep(kind)).ok() == (row->second.count(kind) != 0));
      }
    }
  }
}

TEST_CASE("nothing comes before the opening, and nothing opens twice") {
  RunHistory history(1);
  CHECK_FALSE(history.Add(About(RecordKind::kFence, "1")).ok());
  CHECK_FALSE(history.Add(AboutStep(RecordKind::kCaptured)).ok());
  REQUIRE(history.Add(About(RecordKind::kRunOpen)).ok());
  CHECK(history.Add(About(RecordKind::kRunOpen)).error().kind == ErrorKind::kDamaged);
}

TEST_CASE("an epoch only grows") {
  RunHistory history(0);
  REQUIRE(history.Add(About(RecordKind::kRunOpen)).ok());
  REQUIRE(history.Add(About(RecordKind::kFence, "3")).ok());
  CHECK(history.epoch() == 3);
  CHECK_FALSE(history.Add(About(RecordKind::kFence, "3")).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kFence, "2")).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kFence, "4x")).ok());
  CHECK(history.Add(About(RecordKind::kFence, "4")).ok());
}

TEST_CASE("that a runner was cut off is the next one's first word, and of no run that is over") {
  RunHistory history(0);
  REQUIRE(history.Add(About(RecordKind::kRunOpen)).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kInterrupted, "there")).ok());
  REQUIRE(history.Add(About(RecordKind::kFence, "1")).ok());
  REQUIRE(history.Add(About(RecordKind::kInterrupted, "there")).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kInterrupted, "there")).ok());
  REQUIRE(history.interruptions().size() == 1);
  CHECK(history.interruptions()[0].where == "there");
  CHECK_FALSE(history.Add(About(RecordKind::kLeft, "why")).ok());
  RunHistory back = history;
  REQUIRE(history.Add(About(RecordKind::kCommitted)).ok());
  REQUIRE(history.Add(About(RecordKind::kLeft, "why")).ok());
  CHECK(history.was_left());
  REQUIRE(history.Add(About(RecordKind::kFence, "2")).ok());
  CHECK_FALSE(history.was_left());
  CHECK(history.Add(About(RecordKind::kInterrupted)).ok());
  for (const RecordKind end : {RecordKind::kRolledBack, RecordKind::kIncomplete}) {
    RunHistory ended = back;
    REQUIRE(ended.Add(About(RecordKind::kTurningBack)).ok());
    REQUIRE(ended.Add(About(end)).ok());
    REQUIRE(ended.Add(About(RecordKind::kFence, "2")).ok());
    CHECK_FALSE(ended.Add(About(RecordKind::kInterrupted)).ok());
  }
}

RunHistory Parked() {
  RunHistory history(2);
  for (const Record& record : {About(RecordKind::kRunOpen, std::string(kUntilPrepare) + "1 -> 2"),
                               About(RecordKind::kFence, "1"), AboutStep(RecordKind::kCaptured),
                               AboutStep(RecordKind::kApplied), About(RecordKind::kParked)}) {
    REQUIRE(history.Add(record).ok());
  }
  REQUIRE(history.state() == RunState::kParked);
  return history;
}

TEST_CASE("a run is parked that was opened for it, when nothing of it is in doubt") {
  RunHistory other(1);
  REQUIRE(other.Add(About(RecordKind::kRunOpen, "1 -> 2")).ok());
  CHECK_FALSE(other.parks());
  CHECK_FALSE(other.Add(About(RecordKind::kParked)).ok());
  RunHistory history(1);
  REQUIRE(history.Add(About(RecordKind::kRunOpen, std::string(kUntilPrepare) + "1 -> 2")).ok());
  CHECK(history.parks());
  REQUIRE(history.Add(AboutStep(RecordKind::kCaptured)).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kParked)).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kApplied)).ok());
  Record parked = About(RecordKind::kParked);
  parked.wall_ms = 17;
  parked.digest = Sha256("facts");
  REQUIRE(history.Add(parked).ok());
  CHECK(history.parked_wall_ms() == 17);
  CHECK(history.parked_digest() == Sha256("facts"));
  CHECK(history.direction() == Direction::kForward);
  CHECK_FALSE(history.Add(parked).ok());
}

TEST_CASE("a parked run goes on or back, and nothing else happens to it") {
  for (const RecordKind kind : {RecordKind::kCommitted, RecordKind::kRolledBack,
                                RecordKind::kApproved, RecordKind::kLeft, RecordKind::kUnparked}) {
    INFO(RecordKindName(kind));
    CHECK_FALSE(Parked().Add(About(kind, "0 0")).ok());
  }
  for (const RecordKind kind :
       {RecordKind::kCaptured, RecordKind::kFound, RecordKind::kReverting}) {
    CHECK_FALSE(Parked().Add(AboutStep(kind, 1)).ok());
  }
  CHECK(Parked().Add(About(RecordKind::kTurningBack)).ok());
  for (const char* text : {"", "0", "0 ", "x 1", "2 1", "-1 1", "1 2 "}) {
    INFO(text);
    RunHistory history = Parked();
    REQUIRE(history.Add(About(RecordKind::kFence, "2")).ok());
    CHECK_FALSE(history.Add(About(RecordKind::kUnparked, text)).ok());
  }
  RunHistory history = Parked();
  CHECK_FALSE(history.Add(AboutStep(RecordKind::kEnded, 1)).ok());
  REQUIRE(history.Add(About(RecordKind::kFence, "2")).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kEnded)).ok());
  CHECK(history.steps()[0].state == StepState::kPending);
  CHECK_FALSE(history.steps()[0].was_applied);
  CHECK_FALSE(history.has_undo());
  CHECK(history.CountIn(StepState::kApplied) == 0);
  REQUIRE(history.Add(About(RecordKind::kUnparked, "5 9")).ok());
  CHECK(history.state() == RunState::kOpen);
  CHECK_FALSE(history.parks());
  CHECK(history.window() == Window{5, 9});
  CHECK_FALSE(history.Add(AboutStep(RecordKind::kEnded)).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kParked)).ok());
}

TEST_CASE("a run that turns back never goes forward again") {
  RunHistory history = WithStep(StepState::kCaptured, true);
  CHECK(history.direction() == Direction::kBack);
  CHECK(history.cause() == "a test");
  CHECK_FALSE(history.Add(About(RecordKind::kCommitted)).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kTurningBack)).ok());
  REQUIRE(history.Add(About(RecordKind::kRolledBack)).ok());
  CHECK(history.direction() == Direction::kBack);
  CHECK_FALSE(history.Add(About(RecordKind::kTurningBack)).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kCommitted)).ok());
}

TEST_CASE("after the last record of a run nothing about a step is said any more") {
  constexpr RecordKind kKinds[] = {
#define UPGRAPH_RECORD_KIND(Name, number, name) RecordKind::k##Name,
#include "runtime/history/record_kind.def"
#undef UPGRAPH_RECORD_KIND
  };
  for (RecordKind last : {RecordKind::kRolledBack, RecordKind::kIncomplete}) {
    for (StepState state : kStates) {
      for (RecordKind kind : kKinds) {
        RunHistory history = WithStep(state, true);
        REQUIRE(history.Add(About(last)).ok());
        INFO(StepStateName(state) << ", " << RecordKindName(last) << ", " << RecordKindName(kind));
        // What a person says of what is left over is no act of the run.
        const bool is_word = (kind == RecordKind::kSettled || kind == RecordKind::kAccepted) &&
                             last == RecordKind::kIncomplete &&
                             (state == StepState::kStuck || state == StepState::kBlocked);
        CHECK(history.Add(AboutStep(kind)).ok() == is_word);
      }
    }
  }
}

TEST_CASE("a run commits once") {
  for (StepState state : {StepState::kPending, StepState::kFound, StepState::kApplied}) {
    RunHistory history = WithStep(state, false);
    REQUIRE(history.Add(About(RecordKind::kCommitted)).ok());
    CHECK_FALSE(history.Add(About(RecordKind::kCommitted)).ok());
    CHECK(history.state() == RunState::kCommitted);
    REQUIRE(history.Add(About(RecordKind::kTurningBack, "somebody asked")).ok());
    CHECK_FALSE(history.Add(About(RecordKind::kCommitted)).ok());
    REQUIRE(history.Add(About(RecordKind::kRolledBack)).ok());
    CHECK_FALSE(history.Add(About(RecordKind::kCommitted)).ok());
  }
}

TEST_CASE("a step that is stuck tells whether anything of it was put back") {
  Record untouched = AboutStep(RecordKind::kStuck);
  untouched.digest = Sha256("somebody else changed it");
  RunHistory history = WithStep(StepState::kReverting, true);
  CHECK(history.steps()[0].is_half_back);
  REQUIRE(history.Add(untouched).ok());
  CHECK_FALSE(history.steps()[0].is_half_back);
  REQUIRE(history.Add(AboutStep(RecordKind::kReverting)).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kStuck)).ok());
  CHECK(history.steps()[0].is_half_back);
  // Once it was begun, a later try that did nothing does not change that.
  REQUIRE(history.Add(AboutStep(RecordKind::kReverting)).ok());
  REQUIRE(history.Add(untouched).ok());
  CHECK(history.steps()[0].is_half_back);
}

TEST_CASE("a person settles what is left over, whether or not a runner is on the way back") {
  for (StepState state : {StepState::kStuck, StepState::kBlocked}) {
    for (bool is_incomplete : {false, true}) {
      RunHistory history = WithStep(state, true);
      if (is_incomplete) {
        REQUIRE(history.Add(About(RecordKind::kIncomplete)).ok());
      }
      RunHistory other = history;
      Record word = AboutStep(RecordKind::kSettled);
      word.text = "user 0: put back";
      REQUIRE(history.Add(word).ok());
      CHECK(history.steps()[0].state == StepState::kReverted);
      CHECK(history.steps()[0].text == "user 0: put back");
      CHECK_FALSE(history.Add(word).ok());

      word.kind = RecordKind::kAccepted;
      REQUIRE(other.Add(word).ok());
      CHECK(other.steps()[0].state == state);
      CHECK(other.steps()[0].is_accepted);
      // Nobody touches it any more; only a person may say that it is back after all.
      CHECK_FALSE(other.Add(word).ok());
      if (is_incomplete) {
        REQUIRE(other.Add(About(RecordKind::kTurningBack, "again")).ok());
      }
      CHECK_FALSE(other.Add(AboutStep(RecordKind::kReverting)).ok());
      CHECK_FALSE(other.Add(AboutStep(RecordKind::kBlocked)).ok());
      REQUIRE(other.Add(AboutStep(RecordKind::kSettled)).ok());
      CHECK(other.steps()[0].state == StepState::kReverted);
      CHECK_FALSE(other.steps()[0].is_accepted);
    }
  }
  RunHistory history = WithStep(StepState::kReverted, true);
  REQUIRE(history.Add(About(RecordKind::kRolledBack)).ok());
  CHECK_FALSE(history.Add(AboutStep(RecordKind::kSettled)).ok());
}

TEST_CASE("a committed run turns back when a person asks, an incomplete one again and again") {
  RunHistory history = WithStep(StepState::kApplied, false);
  REQUIRE(history.Add(About(RecordKind::kCommitted)).ok());
  CHECK(history.was_committed());
  CHECK(history.direction() == Direction::kForward);
  REQUIRE(history.Add(About(RecordKind::kTurningBack, "asked")).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kReverting)).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kStuck)).ok());
  REQUIRE(history.Add(About(RecordKind::kIncomplete)).ok());
  REQUIRE(history.Add(About(RecordKind::kTurningBack, "again")).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kReverting)).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kReverted)).ok());
  REQUIRE(history.Add(About(RecordKind::kRolledBack)).ok());
  CHECK(history.was_committed());
}

TEST_CASE("a step keeps the digests of its undo and of what apply left") {
  RunHistory history(2);
  REQUIRE(history.Add(About(RecordKind::kRunOpen)).ok());
  Record captured = AboutStep(RecordKind::kCaptured, 1);
  captured.digest = Sha256("undo");
  REQUIRE(history.Add(captured).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kFailed, 1)).ok());
  CHECK_FALSE(history.steps()[1].was_applied);
  CHECK(history.steps()[1].attempt_count == 1);
  Record applied = AboutStep(RecordKind::kApplied, 1);
  applied.digest = Sha256("state");
  REQUIRE(history.Add(applied).ok());
  CHECK(history.steps()[1].undo_digest == Sha256("undo"));
  CHECK(history.steps()[1].applied_digest == Sha256("state"));
  CHECK(history.steps()[1].was_applied);
  CHECK_FALSE(history.Add(AboutStep(RecordKind::kCaptured, 2)).ok());
}

TEST_CASE("the baselines of a gate are kept, before anything is known of its step") {
  RunHistory history(2);
  REQUIRE(history.Add(About(RecordKind::kRunOpen)).ok());
  Record record = AboutStep(RecordKind::kBaseline, 1);
  record.text = "2 0.25";
  CHECK(history.Add(record).ok());
  CHECK(history.baselines().at(plan::StepId(1)).at(2) == 0.25);
  CHECK(history.step(plan::StepId(1)).state == StepState::kPending);
  for (const char* text : {"", "2", "2 ", "x 1", "2 nan", "2 1 ", "1000 1"}) {
    INFO(text);
    record.text = text;
    CHECK(history.Add(record).error().kind == ErrorKind::kDamaged);
  }
}

Record AboutCondition(RecordKind kind, const std::string& text, uint32_t step = 0) {
  Record record = AboutStep(kind, step);
  record.text = text;
  return record;
}

TEST_CASE("what held before is known before anything else is, each condition once") {
  RunHistory history(2);
  REQUIRE(history.Add(About(RecordKind::kRunOpen)).ok());
  for (const char* text : {"", "x", "-1", "1x", "1000"}) {
    INFO(text);
    RunHistory other = history;
    CHECK(other.Add(AboutCondition(RecordKind::kHeld, text)).error().kind == ErrorKind::kDamaged);
  }
  REQUIRE(history.Add(AboutCondition(RecordKind::kHeld, "2 a condition")).ok());
  REQUIRE(history.Add(AboutCondition(RecordKind::kHeld, "0")).ok());
  CHECK_FALSE(history.Add(AboutCondition(RecordKind::kHeld, "2 again")).ok());
  CHECK(history.held().at(plan::StepId(0)) == std::map<uint32_t, std::string>{{0, ""}, {2, ""}});
  CHECK(history.step(plan::StepId(0)).state == StepState::kPending);
  CHECK_FALSE(history.Add(AboutCondition(RecordKind::kBroken, "2 no")).ok());
  RunHistory looked = history;
  REQUIRE(looked.Add(AboutStep(RecordKind::kApplied)).ok());
  CHECK_FALSE(looked.Add(AboutCondition(RecordKind::kHeld, "3")).ok());
  REQUIRE(history.Add(About(RecordKind::kTurningBack)).ok());
  CHECK_FALSE(history.Add(AboutCondition(RecordKind::kHeld, "0", 1)).ok());
}

TEST_CASE("a run with a broken condition is not rolled back, until it holds or is accepted") {
  const plan::StepId looks(0);
  RunHistory history(2);
  REQUIRE(history.Add(About(RecordKind::kRunOpen)).ok());
  REQUIRE(history.Add(AboutCondition(RecordKind::kHeld, "1 a condition")).ok());
  if (GENERATE(false, true)) {
    REQUIRE(history.Add(AboutStep(RecordKind::kApplied)).ok());
  }
  REQUIRE(history.Add(AboutStep(RecordKind::kCaptured, 1)).ok());
  CHECK_FALSE(history.has_gone_back());
  REQUIRE(history.Add(About(RecordKind::kTurningBack)).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kReverting, 1)).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kReverted, 1)).ok());
  CHECK(history.has_gone_back());
  CHECK_FALSE(history.Add(AboutStep(RecordKind::kAccepted)).ok());
  for (const char* text : {"", "1", "1 ", "0 it never held", "x"}) {
    INFO(text);
    RunHistory other = history;
    CHECK_FALSE(other.Add(AboutCondition(RecordKind::kBroken, text)).ok());
  }
  REQUIRE(history.Add(AboutCondition(RecordKind::kBroken, "1 it is ill")).ok());
  CHECK(history.is_broken(looks));
  CHECK(history.step(looks).text == std::string(kHeldBefore) + "it is ill");
  CHECK(history.held().at(looks).at(1) == "it is ill");
  CHECK_FALSE(history.Add(About(RecordKind::kRolledBack)).ok());
  REQUIRE(history.Add(About(RecordKind::kIncomplete)).ok());
  CHECK_FALSE(history.Add(AboutCondition(RecordKind::kBroken, "1 it is ill")).ok());
  CHECK_FALSE(history.Add(AboutStep(RecordKind::kSettled)).ok());

  RunHistory accepted = history;
  REQUIRE(accepted.Add(AboutStep(RecordKind::kAccepted)).ok());
  CHECK_FALSE(accepted.is_broken(looks));
  REQUIRE(accepted.Add(About(RecordKind::kTurningBack)).ok());
  CHECK(accepted.held().at(looks).at(1) == "it is ill");
  CHECK_FALSE(accepted.Add(AboutCondition(RecordKind::kBroken, "1 it is ill")).ok());
  CHECK(accepted.Add(About(RecordKind::kRolledBack)).ok());

  REQUIRE(history.Add(About(RecordKind::kTurningBack)).ok());
  CHECK_FALSE(history.is_broken(looks));
  CHECK(history.held().at(looks).at(1).empty());
  CHECK(history.Add(About(RecordKind::kRolledBack)).ok());
}

TEST_CASE("whether the service was seen to be up is kept for each hop, and not over turning back") {
  RunHistory history(2);
  REQUIRE(history.Add(About(RecordKind::kRunOpen)).ok());
  Record record = About(RecordKind::kUp);
  record.text = "1 http.code(\"http://localhost/\") == 200";
  REQUIRE(history.Add(record).ok());
  CHECK(history.is_up(1));
  CHECK_FALSE(history.is_up(0));
  record.kind = RecordKind::kDown;
  record.text = "1";
  REQUIRE(history.Add(record).ok());
  CHECK_FALSE(history.is_up(1));
  for (const char* text : {"", "x", "-1", "1x", "4294967296"}) {
    INFO(text);
    record.text = text;
    CHECK(history.Add(record).error().kind == ErrorKind::kDamaged);
  }
  record.kind = RecordKind::kUp;
  record.text = "0";
  REQUIRE(history.Add(record).ok());
  REQUIRE(history.Add(About(RecordKind::kTurningBack)).ok());
  CHECK_FALSE(history.is_up(0));
  REQUIRE(history.Add(record).ok());
  REQUIRE(history.Add(About(RecordKind::kRolledBack)).ok());
  CHECK_FALSE(history.Add(record).ok());
}

TEST_CASE("once undo goes nothing turns back, and what a step in doubt captured stays") {
  RunHistory history(3);
  Record captured = AboutStep(RecordKind::kCaptured, 0);
  captured.digest = Sha256("undo");
  Record in_doubt = AboutStep(RecordKind::kCaptured, 1);
  in_doubt.digest = Sha256("undo");
  REQUIRE(history.Add(About(RecordKind::kRunOpen)).ok());
  REQUIRE(history.Add(captured).ok());
  REQUIRE(history.Add(AboutStep(RecordKind::kApplied, 0)).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kUndoGoing)).ok());
  REQUIRE(history.Add(About(RecordKind::kCommitted)).ok());
  REQUIRE(history.Add(in_doubt).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kUndoGone)).ok());
  CHECK(history.has_undo());
  Record going = About(RecordKind::kUndoGoing);
  going.wall_ms = 17;
  REQUIRE(history.Add(going).ok());
  CHECK(history.undo_going_wall_ms() == 17);
  CHECK_FALSE(history.is_undo_gone());
  CHECK_FALSE(history.Add(About(RecordKind::kTurningBack)).ok());
  going.wall_ms = 18;  // whoever began it was killed
  REQUIRE(history.Add(going).ok());
  CHECK(history.undo_going_wall_ms() == 17);
  REQUIRE(history.Add(About(RecordKind::kUndoGone)).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kUndoGone)).ok());
  CHECK_FALSE(history.Add(About(RecordKind::kTurningBack)).ok());
  CHECK(history.is_undo_gone());
  CHECK_FALSE(history.has_undo());
  CHECK(history.steps()[0].is_undo_removed);
  CHECK_FALSE(history.steps()[1].is_undo_removed);
  REQUIRE(history.Add(AboutStep(RecordKind::kApplied, 1)).ok());
  CHECK(history.has_undo());
  REQUIRE(history.Add(going).ok());
  CHECK_FALSE(history.is_undo_gone());
  CHECK(history.steps()[1].is_undo_removed);
}

TEST_CASE("undo goes when a run was rolled back, and not while it turns back or is incomplete") {
  RunHistory history = WithStep(StepState::kReverted, true);
  CHECK_FALSE(history.Add(About(RecordKind::kUndoGoing)).ok());
  RunHistory incomplete = history;
  REQUIRE(incomplete.Add(About(RecordKind::kIncomplete)).ok());
  CHECK_FALSE(incomplete.Add(About(RecordKind::kUndoGoing)).ok());
  REQUIRE(history.Add(About(RecordKind::kRolledBack)).ok());
  CHECK(history.Add(About(RecordKind::kUndoGoing)).ok());
}

}  // namespace
}  // namespace upgraph::history
