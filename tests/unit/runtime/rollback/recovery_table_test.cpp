// One test for each row of the recovery table, named by the row's label.

#include "runtime/rollback/recovery_table.h"

#include <map>
#include <set>

#include "tests/support/catch.h"

namespace upgraph::rollback {
namespace {

using history::Direction;
using history::StepState;

struct Row {
  Situation situation;
  Decision decision;
};

constexpr auto kForward = Direction::kForward;
constexpr auto kBack = Direction::kBack;
constexpr auto kCaptured = StepState::kCaptured;
constexpr auto kApplied = StepState::kApplied;
constexpr auto kReverting = StepState::kReverting;

const std::map<std::string, Row>& Rows() {
  static const auto* const kRows = new std::map<std::string, Row>{
      {"forward captured before", {{kForward, kCaptured, World::kBefore}, Decision::kApply}},
      {"forward captured after", {{kForward, kCaptured, World::kAfter}, Decision::kRecordApplied}},
      {"forward captured neither repeatable",
       {{kForward, kCaptured, World::kNeither, true}, Decision::kApply}},
      {"forward captured neither once",
       {{kForward, kCaptured, World::kNeither, false}, Decision::kStick}},
      {"forward captured unknown", {{kForward, kCaptured, World::kUnknown}, Decision::kAskAgain}},
      {"back captured before", {{kBack, kCaptured, World::kBefore}, Decision::kRecordReverted}},
      {"back captured after", {{kBack, kCaptured, World::kAfter}, Decision::kRevert}},
      {"back captured neither", {{kBack, kCaptured, World::kNeither}, Decision::kRevert}},
      {"back captured unknown", {{kBack, kCaptured, World::kUnknown}, Decision::kAskAgain}},
      {"back reverting before", {{kBack, kReverting, World::kBefore}, Decision::kRevert}},
      {"back reverting after", {{kBack, kReverting, World::kAfter}, Decision::kRevert}},
      {"back reverting neither", {{kBack, kReverting, World::kNeither}, Decision::kRevert}},
      {"back reverting unknown", {{kBack, kReverting, World::kUnknown}, Decision::kAskAgain}},
      {"back applied before", {{kBack, kApplied, World::kBefore}, Decision::kRecordReverted}},
      {"back applied after", {{kBack, kApplied, World::kAfter}, Decision::kRevert}},
      {"back applied drift file",
       {{kBack, kApplied, World::kNeither, true, true}, Decision::kSaveThenRevert}},
      {"back applied drift data",
       {{kBack, kApplied, World::kNeither, true, false}, Decision::kStick}},
      {"back applied unknown", {{kBack, kApplied, World::kUnknown}, Decision::kAskAgain}},
  };
  return *kRows;
}

TEST_CASE("each row of the recovery table decides as it says") {
  for (const auto& [label, row] : Rows()) {
    DYNAMIC_SECTION(label) {
      RecoveryRow decided = Decide(row.situation);
      CHECK(decided.label == label);
      CHECK(decided.decision == row.decision);
    }
  }
}

TEST_CASE("every situation has a row, and every row is reached") {
  std::set<std::string> reached;
  for (auto [direction, state] : {std::pair(kForward, kCaptured), std::pair(kBack, kCaptured),
                                  std::pair(kBack, kReverting), std::pair(kBack, kApplied)}) {
    for (World world : {World::kBefore, World::kAfter, World::kNeither, World::kUnknown}) {
      for (bool repeats_safely : {false, true}) {
        for (bool saves_drift : {false, true}) {
          RecoveryRow row = Decide({direction, state, world, repeats_safely, saves_drift});
          REQUIRE(Rows().count(row.label) == 1);
          CHECK(Rows().at(row.label).decision == row.decision);
          reached.insert(row.label);
        }
      }
    }
  }
  CHECK(reached.size() == Rows().size());
}

}  // namespace
}  // namespace upgraph::rollback
