#pragma once

// One worker's share of a campaign on a simulated disk: power cuts, and syncs that fail or are
// slow.

#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/executor/run.h"
#include "runtime/package/archive_reader.h"
#include "tests/disk/disk_host.h"
#include "tests/support/workers.h"

namespace upgraph::disk {

using Settings = std::map<std::string, std::string>;

inline constexpr uint64_t kLostMax = 5;         // of one worker: more would say nothing new
inline constexpr int kDepthMax = 2;             // a cut, and a cut in the recovery from it
inline constexpr uint64_t kNestedCutOneIn = 4;  // changes of a recovery before which one is cut

// What was told to somebody, and must not be taken back by a cut.
struct Told : executor::ProgressSink {
  bool is_opened = false;
  bool is_turning_back = false;
  bool is_committed = false;
  bool is_rolled_back = false;
  void Report(const executor::Progress& progress) override {
    using executor::ProgressKind;
    is_opened = is_opened || progress.kind == ProgressKind::kRunOpened;
    is_turning_back = is_turning_back || progress.kind == ProgressKind::kTurningBack;
    is_committed = is_committed || progress.kind == ProgressKind::kCommitted;
    is_rolled_back = is_rolled_back || progress.kind == ProgressKind::kRolledBack;
  }
  // What was told before, and what since.
  Told Then(const Told& since) const {
    Told both;
    both.is_opened = is_opened || since.is_opened;
    both.is_turning_back = is_turning_back || since.is_turning_back;
    both.is_committed = is_committed || since.is_committed;
    both.is_rolled_back = is_rolled_back || since.is_rolled_back;
    return both;
  }
};

struct Figures {
  uint64_t changes = 0;  // before which cuts were drawn
  uint64_t cuts = 0;
  uint64_t distinct = 0;
  uint64_t nested = 0;  // of the distinct ones
  uint64_t syncs = 0;   // that failed
  uint64_t lost = 0;
  uint64_t scenarios = 0;
};

class Campaign {
 public:
  // `workers` is not owned, and says when it is over.
  Campaign(const Settings& settings, uint64_t worker, Workers* workers);

  // False when there was no time to come to the end of the scenario.
  bool Run(const std::string& spec);

  Figures figures;

 private:
  executor::Outcome Execute(const std::string& verb, SimulatedDisk* disk, int depth, Told* told);
  void LearnNew(const SimulatedDisk& disk);
  // The run and its way back, cut before each change.
  void Record(SimulatedDisk* disk);
  // Each sync of a run, or of the rollback after it, fails once.
  void FailSyncs(const SimulatedDisk& fresh, bool is_back);
  // Each sync takes from a second to half an hour, and meanwhile somebody else asks for the host.
  void SlowSyncs(const SimulatedDisk& fresh);
  // What was said of the end of a run whose disk was bad.
  std::string JudgeTold(const SimulatedDisk& disk, bool is_back,
                        const executor::Outcome& outcome) const;
  // The runner is killed here, which loses nothing; the next one reads what is in memory and may
  // not be on the disk, and then the power goes.
  void KillThenCut(const SimulatedDisk& disk, const Told& told, bool is_applied);
  void TryCut(const SimulatedDisk& disk, const Told& told, bool is_applied, int depth);
  void Lose(const std::string& what);
  static std::string Difference(const std::map<std::string, std::string>& wanted,
                                const std::map<std::string, std::string>& found);
  std::string Judge(const std::string& verb, const SimulatedDisk& disk, const Told& told,
                    bool is_applied, const executor::Outcome& outcome);

  Settings settings_;
  std::string work_;
  std::string name_;
  Workers& workers_;
  SimulatedDisk::Random random_;
  std::vector<std::unique_ptr<DiskAccess>> accesses_;  // by depth: each has a lock of its own
  package::Package package_;
  std::map<std::string, std::string> old_;
  std::map<std::string, std::string> new_;
  bool turns_back_ = false;
  std::unordered_set<uint64_t> seen_;
};

}  // namespace upgraph::disk
