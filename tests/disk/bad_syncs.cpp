#include <fmt/format.h>

#include "tests/disk/cut_campaign.h"

namespace upgraph::disk {
namespace {

using executor::ExitCode;

bool IsOld(bool is_back, const executor::Outcome& outcome) {
  return outcome.exit_code == ExitCode::kRolledBack || is_back;
}

}  // namespace

void Campaign::FailSyncs(const SimulatedDisk& fresh, bool is_back) {
  if (is_back && turns_back_) {
    return;
  }
  for (uint64_t number = 1; !workers_.IsOver() && figures.lost < kLostMax; ++number) {
    SimulatedDisk disk = fresh;
    Told told;
    if (is_back) {
      (void)Execute("apply", &disk, 0, &told);
    }
    disk.failing_sync = disk.sync_count() + number;
    disk.before_change = [&] {
      ++figures.changes;
      if (disk.sync_count() >= disk.failing_sync && random_() % kNestedCutOneIn == 0) {
        TryCut(disk, told, true, kDepthMax);
      }
    };
    const executor::Outcome outcome = Execute(is_back ? "rollback" : "apply", &disk, 0, &told);
    disk.before_change = nullptr;
    if (disk.sync_count() < disk.failing_sync) {
      return;  // there are no more
    }
    ++figures.syncs;
    const std::string fault = JudgeTold(disk, is_back, outcome);
    if (!fault.empty()) {
      Lose(fmt::format("sync {} of {} failed: {}", number, is_back ? "rollback" : "apply", fault));
      continue;
    }
    // What was told holds, whether or not the power goes, and whenever somebody goes on.
    const bool is_over =
        outcome.exit_code == ExitCode::kDone || outcome.exit_code == ExitCode::kRolledBack;
    told.is_turning_back = told.is_turning_back || (is_over && IsOld(is_back, outcome));
    for (uint64_t i = 0; i < std::stoull(settings_.at("cuts")); ++i) {
      TryCut(disk, told, !is_over, kDepthMax);
      KillThenCut(disk, told, !is_over);
    }
  }
}

void Campaign::SlowSyncs(const SimulatedDisk& fresh) {
  for (int64_t sync_ms : {1'000, 60'000, 1'800'000}) {
    SimulatedDisk disk = fresh;
    Told told;
    bool is_asking = false;
    disk.before_sync = [&] {
      ++figures.syncs;
      const DiskAccess& access = *accesses_[0];
      access.clock().SleepMs(sync_ms);
      // From the first thing that is told on, the runner has the host.
      const bool has_host = told.is_opened || told.is_turning_back;
      if (is_asking || !has_host || random_() % kNestedCutOneIn != 0) {
        return;
      }
      is_asking = true;
      executor::RunOptions options;
      options.root = "/";
      options.host = &access;
      const executor::Outcome second = executor::Resume(options);
      if (second.exit_code != ExitCode::kRefused ||
          second.reason.find("another run is alive") == std::string::npos) {
        Lose(fmt::format("in a sync of {} ms a second runner was told {} ({})", sync_ms,
                         static_cast<int>(second.exit_code), second.reason));
      }
      is_asking = false;
    };
    const executor::Outcome outcome = Execute("apply", &disk, 0, &told);
    const bool is_over = outcome.exit_code == ExitCode::kDone ||
                         outcome.exit_code == ExitCode::kRolledBack ||
                         outcome.exit_code == ExitCode::kRefused;
    if (const std::string fault = JudgeTold(disk, false, outcome); !is_over || !fault.empty()) {
      Lose(fmt::format("with syncs of {} ms apply was told {} ({}) {}", sync_ms,
                       static_cast<int>(outcome.exit_code), outcome.reason, fault));
      continue;
    }
    if (outcome.exit_code != ExitCode::kDone) {
      continue;
    }
    told = {};
    const executor::Outcome back = Execute("rollback", &disk, 0, &told);
    if (const std::string fault = JudgeTold(disk, true, back);
        back.exit_code != ExitCode::kDone || !fault.empty()) {
      Lose(fmt::format("with syncs of {} ms rollback was told {} ({}) {}", sync_ms,
                       static_cast<int>(back.exit_code), back.reason, fault));
    }
  }
}

std::string Campaign::JudgeTold(const SimulatedDisk& disk, bool is_back,
                                const executor::Outcome& outcome) const {
  const std::string told =
      fmt::format("told {} ({}), but ", static_cast<int>(outcome.exit_code), outcome.reason);
  switch (outcome.exit_code) {
    case ExitCode::kDone:
    case ExitCode::kRolledBack:
      break;
    case ExitCode::kIncomplete:
    case ExitCode::kInterrupted:
    case ExitCode::kNeedsPerson:
      return "";
    case ExitCode::kRefused:
      if (is_back) {
        return "";
      }
      break;
    default:
      return told + "a sync that fails is no reason for that";
  }
  const bool is_old = IsOld(is_back, outcome) || outcome.exit_code == ExitCode::kRefused;
  const std::string difference = Difference(is_old ? old_ : new_, Picture(disk, is_old));
  return difference.empty() ? "" : told + difference;
}

}  // namespace upgraph::disk
