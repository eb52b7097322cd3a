#pragma once

// Cuts the power under real runs on real file systems, and looks at what becomes of the host.

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>

#include "tests/blocks/machine.h"
#include "tests/support/workers.h"

namespace upgraph::blocks {

inline constexpr size_t kFileSystemsMax = 8;

// Plain numbers: workers send them through a pipe.
struct FileSystemFigures {
  uint64_t recordings = 0;
  uint64_t cuts = 0;
  uint64_t distinct = 0;
  uint64_t pages = 0;      // of the distinct ones: a write torn at 4096 bytes
  uint64_t sectors = 0;    // torn at 512 bytes
  uint64_t unmounted = 0;  // of those: the file system itself does not survive it
  uint64_t nested = 0;     // of the distinct ones: in a recovery
  uint64_t forward = 0;    // recoveries that led to the new host
  uint64_t again = 0;      // recoveries that were asked for a second time
};

struct Figures {
  std::array<FileSystemFigures, kFileSystemsMax> by_file_system;
  uint64_t lost = 0;
};

struct Limits {
  uint64_t seed = 1;
  uint64_t cuts = 100;  // of each scenario on each file system
  bool is_lying = false;
};

// One pair of a scenario and a file system.
struct Job {
  std::string spec;
  size_t file_system = 0;  // in FileSystems()
};

class Campaign {
 public:
  // `machine` and `workers`, which says when it is over, are not owned.
  Campaign(const Tools& tools, const Limits& limits, Machine* machine, Workers* workers)
      : tools_(tools), limits_(limits), machine_(*machine), workers_(*workers) {}

  // Makes the disk that all scenarios begin with; false with a reason where that is not possible.
  bool Prepare(size_t file_system, std::string* reason);
  // False when there is no time, or no sense, to go on.
  bool Run(const Job& job);

  Figures figures;

 private:
  // What a scenario leads to on one file system.
  struct Scenario {
    std::string name;
    std::string package;
    crash::Snapshot new_host;
    int exit_code = 0;
    bool can_roll_back = true;
    uint64_t apply_operations = 0;
  };

  bool IsOver() const;
  FileSystemFigures& Mine() { return figures.by_file_system[file_system_]; }
  const FileSystem& Now() const { return FileSystems()[file_system_]; }
  [[noreturn]] void GiveUp(const std::string& what);
  Scenario Learn(const std::string& spec);
  BlockServer& StartRecording();
  BlockLog RecordWhole(Scenario* scenario);
  BlockLog RecordKilled(const Scenario& scenario);
  void CutAll(const Scenario& scenario, const BlockLog& log, uint64_t count, int depth);
  void Try(const Scenario& scenario, const Cut& cut, int depth);
  std::string Recover(const Scenario& scenario, const std::string& verb);
  std::string Judge(const Scenario& scenario, std::string verb);
  void Lose(const Scenario& scenario, const Cut& cut, int depth, const std::string& fault);

  const Tools tools_;
  const Limits limits_;
  Machine& machine_;
  Workers& workers_;
  std::map<size_t, disk::Content> disks_;
  std::map<size_t, crash::Snapshot> old_hosts_;
  size_t file_system_ = 0;
  std::string boot_;  // in which the log was recorded
  Random random_;
  std::unordered_set<uint64_t> seen_;
};

}  // namespace upgraph::blocks
