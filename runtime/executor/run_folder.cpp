#include "runtime/executor/run_folder.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <utility>

#include "base/error_class.h"
#include "plan/codec.h"
#include "plan/resolve.h"
#include "plan/verify.h"
#include "runtime/env/writers.h"
#include "runtime/executor/run.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/signature.h"

namespace upgraph::executor {
namespace {

const std::string kRuns = std::string(kStateFolder) + "/runs";
constexpr const char* kUnopened = ".tmp-";

// A run that somebody else put there would be carried out, and its undo written, by root. The rest
// of the state lies below this folder.
Status CheckStateWriters(env::Files& files) {
  UPGRAPH_ASSIGN(const env::FileStatus root, files.Stat("/"));
  UPGRAPH_ASSIGN(const env::FileStatus folder, files.StatFollow(kStateFolder));
  const Status fits = env::CheckWriters(kStateFolder, folder, root.uid);
  if (!fits.ok()) {
    return Error{fits.error().kind, fits.error().message +
                                        "; see what they left there, then make it the owner's "
                                        "alone (chown, chmod 0700)"};
  }
  return OkStatus();
}

bool IsUnopened(const std::string& name) { return name.rfind(kUnopened, 0) == 0; }

}  // namespace

std::string RunFolder(const std::string& run_id) { return kRuns + "/" + run_id; }

std::string SamplesPath(const std::string& run_id) { return RunFolder(run_id) + "/samples.jsonl"; }

std::string NewRunId(env::Clock& clock) {
  const int64_t wall_ms = clock.WallMs();
  time_t seconds = wall_ms / 1000;
  tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}t{:02}{:02}{:02}{:03}-{}", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, wall_ms % 1000,
                     ToHex(RandomBytes(4)));
}

Status MakeStateFolder(env::Env& env) {
  env::Files& files = env.files;
  UPGRAPH_ASSIGN(bool exists, files.Exists(kRuns));
  const std::string above = "/var/lib";
  if (exists) {
    UPGRAPH_TRY(CheckStateWriters(files));
    // A runner that died may have made these names and not synced them: what it did to the host
    // would outlive the run that says so.
    UPGRAPH_TRY(files.SyncDirectory(above));
    UPGRAPH_TRY(files.SyncDirectory(kStateFolder));
    return files.SyncDirectory(kRuns);
  }
  auto before = files.StatFollow(above);
  UPGRAPH_TRY(files.MakeDirectories(above, 0755));
  UPGRAPH_TRY(files.MakeDirectories(kStateFolder, 0700));
  UPGRAPH_TRY(files.SetMode(kStateFolder, 0700));
  UPGRAPH_TRY(CheckStateWriters(files));
  UPGRAPH_TRY(files.MakeDirectories(kRuns, 0700));
  if (before.ok()) {
    UPGRAPH_TRY(files.SetMtime(above, before->mtime_ns));
  }
  UPGRAPH_TRY(files.SyncDirectory(above));
  return files.SyncDirectory(kStateFolder);
}

Result<std::vector<std::string>> ListRuns(env::Env& env) {
  auto names = env.files.List(kRuns);
  if (!names.ok()) {
    return names.error().kind == ErrorKind::kNotFound
               ? Result<std::vector<std::string>>(std::vector<std::string>())
               : names.error();
  }
  names->erase(std::remove_if(names->begin(), names->end(), IsUnopened), names->end());
  return names;
}

Status RemoveUnopenedRuns(env::Env& env) {
  UPGRAPH_ASSIGN(std::vector<std::string> names, env.files.List(kRuns));
  for (const std::string& name : names) {
    if (IsUnopened(name)) {
      UPGRAPH_TRY(env.files.RemoveTree(kRuns + "/" + name));
    }
  }
  return OkStatus();
}

Status MakeRun(env::Env& env, const journal::RunInfo& info, const package::Package& package) {
  env::Files& files = env.files;
  std::string fresh = kRuns + "/" + kUnopened + info.run_id;
  UPGRAPH_TRY(files.MakeDirectory(fresh, 0700));
  UPGRAPH_TRY(package::WriteNewPackage(files, fresh + "/package.zip", package, 0600));
  UPGRAPH_TRY(files.SyncFile(fresh + "/package.zip"));
  UPGRAPH_TRY(journal::Journal::Create(env, fresh, info));
  UPGRAPH_TRY(files.SyncDirectory(fresh));
  UPGRAPH_TRY(files.RenameNew(fresh, RunFolder(info.run_id)));
  Status synced = files.SyncDirectory(kRuns);
  if (!synced.ok()) {
    // Nobody has been told of it yet: it is no run any more.
    UPGRAPH_TRY(files.RenameNew(RunFolder(info.run_id), fresh));
  }
  return synced;
}

Result<plan::Plan> TakePlan(package::Package* package) {
  Result<plan::Plan> plan = plan::Decode(std::exchange(package->plan_bytes, {}));
  if (plan.ok()) {
    UPGRAPH_TRY(plan::Verify(*plan));
  }
  return plan;
}

Result<LoadedRun> LoadRun(env::Env& env, const std::string& run_id) {
  LoadedRun run;
  run.run_id = run_id;
  std::string folder = RunFolder(run_id);
  auto damaged = [&](const Error& error) {
    return Error{IsOfTheSystem(error.kind) ? error.kind : ErrorKind::kDamaged,
                 fmt::format("run {}: {}", run_id, error.message)};
  };
  // The plan before the journal: while it is decoded its bytes are there as well.
  auto package = package::ReadPackage(env.files, folder + "/package.zip");
  if (!package.ok()) {
    return damaged(package.error());
  }
  run.package = std::move(*package);
  auto plan = TakePlan(&run.package);
  if (!plan.ok()) {
    return damaged(plan.error());
  }
  auto contents = journal::Journal::Validate(env, folder);
  if (!contents.ok()) {
    return damaged(contents.error());
  }
  run.contents = std::move(*contents);
  if (run.package.digest != run.contents.info.package_digest) {
    return damaged({ErrorKind::kDamaged, "its package is not the one that it was opened with"});
  }
  // The way to the run's own end is the one that it took: part of a best way is a best way.
  auto resolution = plan::Resolve(
      std::move(*plan), {run.contents.info.from, run.contents.info.facts, run.contents.info.to});
  if (!resolution.ok() || resolution->applicability != plan::Applicability::kApplies ||
      resolution->plan.steps.size() != run.contents.info.step_count) {
    return damaged({ErrorKind::kDamaged, "its plan does not lead from its origin"});
  }
  run.plan = std::move(resolution->plan);
  return run;
}

bool IsDue(const plan::Step& step, const history::RunHistory& history, int64_t wall_ms) {
  if (step.kind == plan::StepKind::kWatch) {
    return false;
  }
  // A watch that held to its end has recorded its `else` as found.
  if (step.watch_id.has_value()) {
    return history.step(step.watch_id).state == history::StepState::kApplied;
  }
  return step.delay_ms == 0 ||
         (history.was_committed() && wall_ms - history.committed_wall_ms() >= step.delay_ms);
}

bool IsUnfinished(const plan::Plan& plan, const history::RunHistory& history) {
  if (history.state() == history::RunState::kRolledBack) {
    return false;
  }
  if (history.state() != history::RunState::kCommitted) {
    return true;
  }
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    history::StepState state = history.steps()[i].state;
    if (plan.steps[i].kind != plan::StepKind::kJoin && plan.steps[i].delay_ms == 0 &&
        state != history::StepState::kApplied && state != history::StepState::kFound) {
      return true;
    }
  }
  return false;
}

}  // namespace upgraph::executor
