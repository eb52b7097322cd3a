// run_steps KIND COUNT FOLDER: one measurement of the runtime, as a line of JSON; compare_runs.py
// says which, and puts them beside each other. Every kind but the floors is a whole run by the
// executor in this process, in a host below FOLDER, with its journal as on any host; afterwards the
// journal is read again and must hold both transitions of every step.
//
//   parallel   COUNT steps that change nothing and may all run at once
//   chain      the same, each after the one before it
//   back       as parallel, and the last step fails: all of it goes back
//   commits    floor: COUNT commits of one row by SQLite alone, synchronous = FULL
//   spawns     floor: COUNT times posix_spawn of /bin/true, and waiting for it

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#ifdef UPGRAPH_MIMALLOC
#include "cli/allocator.h"
#endif
#include "plan/codec.h"
#include "runtime/executor/host_access.h"
#include "runtime/executor/run.h"
#include "runtime/executor/view.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/archive_writer.h"
#include "tests/support/memory_payload.h"
#include "tests/support/plan_builder.h"

namespace {

std::atomic<uint64_t> sync_count{0};

int CountedSync(long number, int descriptor) {
  ++sync_count;
  return static_cast<int>(syscall(number, descriptor));
}

}  // namespace

// Before the ones of libc, for this program and for the SQLite that it loads: every sync is seen.
extern "C" {
int fsync(int descriptor) { return CountedSync(SYS_fsync, descriptor); }
int fdatasync(int descriptor) { return CountedSync(SYS_fdatasync, descriptor); }
int syncfs(int descriptor) noexcept { return CountedSync(SYS_syncfs, descriptor); }
}

namespace upgraph::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void Fail(const std::string& why) {
  fmt::print(stderr, "run_steps: {}\n", why);
  std::exit(1);
}

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double CpuSeconds() {
  double seconds = 0;
  for (int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }
  }
  return seconds;
}

long PeakKilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

class NoStep : public steps::NativeStep {
 public:
  Result<steps::Estimate> EstimateCost(const steps::StepContext&) const override {
    return steps::Estimate{};
  }
  steps::Observation Observe(const steps::StepContext&, const steps::Captured* captured,
                             const steps::Applied* applied) const override {
    const bool is_done = captured != nullptr && applied != nullptr;
    return {is_done ? steps::World::kAfter : steps::World::kBefore, ""};
  }
  Result<steps::Captured> Capture(const steps::StepContext&) const override {
    return steps::Captured{"nothing", {}};
  }
  Result<steps::Applied> Apply(const steps::StepContext& context,
                               const steps::Captured&) const override {
    if (context.step.name == "fails") {
      return Error{ErrorKind::kFailed, "it has to"};
    }
    return steps::Applied{};
  }
  Status Revert(const steps::StepContext&, const steps::Captured&) const override {
    return OkStatus();
  }
};

class BenchHost : public executor::HostAccess {
 public:
  env::Processes& processes() const override { return executor::RealHost().processes(); }
  env::Clock& clock() const override { return executor::RealHost().clock(); }
  Result<std::string> AskFact(env::Env&, const plan::Fact&) const override {
    return std::string("1.0.0");
  }
  const steps::NativeStep* FindStep(const plan::Step&) const override { return &step_; }
  Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(env::Env&, const plan::LockScope&,
                                                      const std::atomic<bool>&) const override {
    return Error{ErrorKind::kUnsupported, "there is no lock"};
  }

 private:
  NoStep step_;
};

// When the run was opened, and what was reported as done.
class Sink : public executor::ProgressSink {
 public:
  void Report(const executor::Progress& progress) override {
    if (progress.kind == executor::ProgressKind::kRunOpened) {
      opened = Clock::now();
      syncs_opened = sync_count;
      peak_opened_kb = PeakKilobytes();
      is_opened = true;
    }
    done += progress.kind == executor::ProgressKind::kApplied && !progress.step_path.empty();
    back += progress.kind == executor::ProgressKind::kReverted;
  }
  bool is_opened = false;
  Clock::time_point opened;
  uint64_t syncs_opened = 0;
  long peak_opened_kb = 0;
  uint32_t done = 0;
  uint32_t back = 0;
};

package::Package MakePackage(const std::string& kind, uint32_t count) {
  test::PlanBuilder builder;
  std::vector<plan::StepId> all;
  for (uint32_t i = 0; i < count; ++i) {
    const plan::StepId id = builder.Add(plan::Phase::kPrepare, fmt::format("s{}", i + 1));
    plan::Step& step = builder.step(id);
    step.undo = plan::UndoClass::kExactly;
    if (kind != "chain") {
      step.after.clear();
    }
    all.push_back(id);
  }
  if (kind == "back") {
    const plan::StepId id = builder.Add(plan::Phase::kSwitch, "fails");
    builder.step(id).undo = plan::UndoClass::kExactly;
    builder.step(id).after = all;
  }
  plan::Plan& plan = builder.plan();
  plan.upgrade.window_ms = plan.upgrade.downtime_ms = 1'000'000'000'000 / 1000;
  test::MemoryPayload payload;
  auto bytes = package::Pack({plan, plan::Encode(plan), payload, "0.1.0"});
  if (!bytes.ok()) {
    Fail(bytes.error().message);
  }
  auto opened = package::OpenPackage(*bytes);
  if (!opened.ok()) {
    Fail(opened.error().message);
  }
  return *opened;
}

void CheckJournal(const std::string& root, uint32_t count, bool is_back) {
  auto view = executor::ViewHost(root);
  if (!view.ok() || view->runs.size() != 1 || !view->runs[0].damage.empty()) {
    Fail("the journal cannot be read");
  }
  std::vector<uint32_t> captured(count), applied(count), reverted(count);
  for (const history::Record& record : view->runs[0].records) {
    if (!record.step_id.has_value() || record.step_id.index() >= count) {
      continue;
    }
    const uint32_t step = record.step_id.index();
    captured[step] += record.kind == history::RecordKind::kCaptured;
    applied[step] += record.kind == history::RecordKind::kApplied && captured[step] == 1;
    reverted[step] += record.kind == history::RecordKind::kReverted && applied[step] == 1;
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (captured[i] != 1 || applied[i] != 1 || reverted[i] != (is_back ? 1u : 0u)) {
      Fail(fmt::format("the journal does not hold both transitions of step {}", i));
    }
  }
}

void Print(const std::string& kind, uint32_t count, double seconds, double open_seconds, double cpu,
           uint64_t syncs, long peak_kb, long open_peak_kb = 0) {
  fmt::print(
      "{{\"kind\": \"{}\", \"count\": {}, \"seconds\": {:.6f}, \"open_seconds\": {:.6f}, "
      "\"cpu\": {:.6f}, \"syncs\": {}, \"peak_kb\": {}, \"open_peak_kb\": {}}}\n",
      kind, count, seconds, open_seconds, cpu, syncs, peak_kb, open_peak_kb);
}

void RunSteps(const std::string& kind, uint32_t count, const std::string& folder) {
  const std::string root = folder + "/host";
  mkdir(folder.c_str(), 0755);
  if (mkdir(root.c_str(), 0755) != 0) {
    Fail(root + " exists, or cannot be made");
  }
  const std::string file = folder + "/package.zip";
  // Made by another process: what it needs is no part of a run.
  const pid_t child = fork();
  if (child == 0) {
    const package::Package package = MakePackage(kind, count);
    FILE* out = fopen(file.c_str(), "wb");
    const bool is_written =
        out != nullptr &&
        fwrite(package.bytes->data(), 1, package.bytes->size(), out) == package.bytes->size();
    _exit(is_written && fclose(out) == 0 ? 0 : 1);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) {
    Fail("no package");
  }
  const double cpu_before = CpuSeconds();
  Sink sink;
  BenchHost host;
  executor::RunOptions options;
  options.root = root;
  options.progress = &sink;
  options.host = &host;
  auto files = env::OpenFiles(folder);
  const Clock::time_point begin = Clock::now();
  executor::Outcome outcome;
  {
    auto package = package::ReadPackage(**files, "/package.zip");
    if (!package.ok()) {
      Fail(package.error().message);
    }
    outcome = executor::Apply(options, *std::move(package));
  }
  const double seconds = SecondsSince(begin);
  const bool is_back = kind == "back";
  const auto wanted = is_back ? executor::ExitCode::kRolledBack : executor::ExitCode::kDone;
  if (outcome.exit_code != wanted || sink.done != count || (is_back && sink.back < count)) {
    Fail("the run ended otherwise: " + outcome.reason);
  }
  const double cpu = CpuSeconds() - cpu_before;
  const long peak_kb = PeakKilobytes();
  const double open_seconds = std::chrono::duration<double>(sink.opened - begin).count();
  const uint64_t syncs = sync_count - sink.syncs_opened;
  CheckJournal(root, count, is_back);
  Print(kind, count, seconds, open_seconds, cpu, syncs, peak_kb, sink.peak_opened_kb);
}

void Must(int code, sqlite3* database) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
    Fail(sqlite3_errmsg(database));
  }
}

// What SQLite needs for COUNT commits of one small row each, with its own settings but for
// synchronous = FULL and the WAL.
void CommitRows(uint32_t count, const std::string& folder) {
  mkdir(folder.c_str(), 0755);
  sqlite3* database = nullptr;
  Must(sqlite3_open((folder + "/floor.db").c_str(), &database), database);
  Must(sqlite3_exec(database,
                    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                    "CREATE TABLE row (id INTEGER PRIMARY KEY, step INTEGER, text TEXT)",
                    nullptr, nullptr, nullptr),
       database);
  sqlite3_stmt* insert = nullptr;
  Must(sqlite3_prepare_v2(database, "INSERT INTO row VALUES (?1, ?2, 'applied')", -1, &insert,
                          nullptr),
       database);
  const double cpu_before = CpuSeconds();
  const uint64_t syncs = sync_count;
  const Clock::time_point begin = Clock::now();
  for (uint32_t i = 0; i < count; ++i) {
    Must(sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), database);
    sqlite3_bind_int64(insert, 1, i + 1);
    sqlite3_bind_int64(insert, 2, i);
    Must(sqlite3_step(insert), database);
    sqlite3_reset(insert);
    Must(sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr), database);
  }
  const double seconds = SecondsSince(begin);
  const double cpu = CpuSeconds() - cpu_before;
  const uint64_t synced = sync_count - syncs;
  sqlite3_finalize(insert);
  sqlite3_close(database);
  Print("commits", count, seconds, 0, cpu, synced, PeakKilobytes());
}

void SpawnTrue(uint32_t count) {
  const double cpu_before = CpuSeconds();
  const Clock::time_point begin = Clock::now();
  char path[] = "/bin/true";
  char* arguments[] = {path, nullptr};
  char* environment[] = {nullptr};
  for (uint32_t i = 0; i < count; ++i) {
    pid_t child = 0;
    int status = 0;
    if (posix_spawn(&child, path, nullptr, nullptr, arguments, environment) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
      Fail("posix_spawn");
    }
  }
  Print("spawns", count, SecondsSince(begin), 0, CpuSeconds() - cpu_before, 0, PeakKilobytes());
}

int Main(int argc, char** argv) {
  if (argc != 4) {
    Fail("KIND COUNT FOLDER");
  }
#ifdef UPGRAPH_MIMALLOC
  cli::GiveBackFreedMemory();
#endif
  const std::string kind = argv[1];
  const auto count = static_cast<uint32_t>(std::atoi(argv[2]));
  if (kind == "commits") {
    CommitRows(count, argv[3]);
  } else if (kind == "spawns") {
    SpawnTrue(count);
  } else {
    RunSteps(kind, count, argv[3]);
  }
  return 0;
}

}  // namespace
}  // namespace upgraph::bench

int main(int argc, char** argv) { return upgraph::bench::Main(argc, argv); }
