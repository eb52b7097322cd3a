#include "tests/crash/io_faults.h"

#include <string.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <map>

namespace upgraph::crash {
namespace {

// What a call is for the disk.
enum class Trade { kNone, kOpens, kReads, kWrites, kSyncs, kNames, kLooks, kLocks, kForks, kWaits };

Trade TradeOf(const std::string& name) {
  static const auto* const kTrades = new std::map<std::string, Trade>{
      {"open", Trade::kOpens},         {"openat", Trade::kOpens},     {"openat2", Trade::kOpens},
      {"read", Trade::kReads},         {"pread64", Trade::kReads},    {"write", Trade::kWrites},
      {"pwrite64", Trade::kWrites},    {"fsync", Trade::kSyncs},      {"fdatasync", Trade::kSyncs},
      {"syncfs", Trade::kSyncs},       {"ftruncate", Trade::kNames},  {"fallocate", Trade::kNames},
      {"fchmod", Trade::kNames},       {"fchown", Trade::kNames},     {"fsetxattr", Trade::kNames},
      {"fremovexattr", Trade::kNames}, {"lsetxattr", Trade::kNames},  {"setxattr", Trade::kNames},
      {"unlink", Trade::kNames},       {"rmdir", Trade::kNames},      {"mkdir", Trade::kNames},
      {"chmod", Trade::kNames},        {"rename", Trade::kNames},     {"unlinkat", Trade::kNames},
      {"mkdirat", Trade::kNames},      {"fchmodat", Trade::kNames},   {"fchownat", Trade::kNames},
      {"utimensat", Trade::kNames},    {"renameat", Trade::kNames},   {"renameat2", Trade::kNames},
      {"linkat", Trade::kNames},       {"symlinkat", Trade::kNames},  {"getdents64", Trade::kLooks},
      {"fstat", Trade::kLooks},        {"stat", Trade::kLooks},       {"lstat", Trade::kLooks},
      {"access", Trade::kLooks},       {"newfstatat", Trade::kLooks}, {"statx", Trade::kLooks},
      {"readlinkat", Trade::kLooks},   {"faccessat", Trade::kLooks},  {"faccessat2", Trade::kLooks},
      {"fcntl", Trade::kLocks},        {"flock", Trade::kLocks},      {"clone", Trade::kForks},
      {"fork", Trade::kForks},         {"vfork", Trade::kForks},      {"wait4", Trade::kWaits},
      {"waitid", Trade::kWaits},
  };
  auto found = kTrades->find(name);
  return found == kTrades->end() ? Trade::kNone : found->second;
}

std::vector<int> ErrorsOf(Trade trade) {
  switch (trade) {
    case Trade::kNone:
      return {};
    case Trade::kOpens:
      return {EIO, EMFILE, ENOMEM, ENOSPC, EROFS};
    case Trade::kReads:
      return {EIO, EINTR, 0};
    case Trade::kWrites:
      return {EIO, ENOSPC, EDQUOT, EINTR, 0};
    case Trade::kSyncs:
      return {EIO, ENOSPC, EDQUOT, EINTR};
    case Trade::kNames:
      return {EIO, ENOSPC, EDQUOT, EROFS};
    case Trade::kLooks:
      return {EIO, ENOMEM};
    case Trade::kLocks:
      return {EIO, ENOLCK, EINTR};
    case Trade::kForks:
      return {EAGAIN, ENOMEM};
    case Trade::kWaits:
      return {EINTR};
  }
  return {};
}

bool Contains(std::initializer_list<Trade> trades, Trade trade) {
  return std::find(trades.begin(), trades.end(), trade) != trades.end();
}

// Whether a call meets an error that is there for good.
bool Meets(int error, Trade trade) {
  switch (error) {
    case EIO:  // the disk is gone
      return Contains({Trade::kOpens, Trade::kReads, Trade::kWrites, Trade::kSyncs, Trade::kNames,
                       Trade::kLooks},
                      trade);
    case ENOSPC:
    case EDQUOT:
    case EROFS:
      return Contains({Trade::kWrites, Trade::kSyncs, Trade::kNames}, trade);
    case EMFILE:
      return Contains({Trade::kOpens}, trade);
    case ENOMEM:
    case EAGAIN:
      return Contains({Trade::kForks, Trade::kOpens}, trade);
    default:
      return Contains({Trade::kReads, Trade::kWrites}, trade);  // each moves half of its bytes
  }
}

Verdict VerdictOf(const Fault& fault) {
  return fault.error == 0 ? Verdict::kShorten : Verdict::Fail(fault.error);
}

// A record that could not be made durable.
bool LosesRecord(const Point& point, const Fault& fault) {
  const bool is_journal = point.subject.find("/journal.db") != std::string::npos &&
                          point.subject.find("/.tmp-") == std::string::npos &&
                          point.subject.find("/.check/") == std::string::npos;
  return is_journal && fault.error == EIO && TradeOf(point.name) == Trade::kSyncs;
}

}  // namespace

std::string Fault::Text() const {
  return std::string(error == 0 ? "half" : strerrorname_np(error)) +
         (is_for_good ? " for good" : "");
}

std::vector<Fault> FaultsOf(const std::string& name) {
  std::vector<Fault> faults;
  for (int error : ErrorsOf(TradeOf(name))) {
    faults.push_back({error, false});
    // A call that is interrupted for ever is made for ever, and one that gets no lock is a wait for
    // as long as its step says.
    if (error != EINTR && error != ENOLCK) {
      faults.push_back({error, true});
    }
  }
  return faults;
}

DisturbedRun RunDisturbed(const std::vector<std::string>& arguments, const std::string& host,
                          const Point& point, const Fault& fault, const std::string& log) {
  DisturbedRun run;
  PointReader reader(host);
  TraceResult traced = Trace(arguments, log, [&](const SystemCall& call) {
    Point seen;
    if (!reader.Read(call, &seen)) {
      return Verdict::kGoOn;
    }
    if (!run.was_reached) {
      run.was_reached = seen == point;
      return run.was_reached ? VerdictOf(fault) : Verdict::kGoOn;
    }
    if (LosesRecord(point, fault) && seen.role == Role::kEffect && run.began_later.empty()) {
      run.began_later = seen.Text();
    }
    return fault.is_for_good && Meets(fault.error, TradeOf(seen.name)) ? VerdictOf(fault)
                                                                       : Verdict::kGoOn;
  });
  run.exit_code = traced.signal == 0 ? traced.exit_code : 128 + traced.signal;
  return run;
}

}  // namespace upgraph::crash
