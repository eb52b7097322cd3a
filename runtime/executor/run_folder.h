#pragma once

// The folders of runs in the state folder: made whole or not at all, found again after a crash.
//   runs/<id>/package.zip  the package, byte for byte
//             journal.db … the journal (runtime/journal)
//             stage/       private folders of steps (runtime/steps/staging.h)

#include <string>
#include <vector>

#include "plan/plan.h"
#include "runtime/env/env.h"
#include "runtime/journal/journal.h"
#include "runtime/package/package.h"

namespace upgraph::executor {

// Makes the state folder, root-only, when it is missing; the folder above keeps its time. One that
// others may write to is refused (kPermission).
Status MakeStateFolder(env::Env& env);

// Removes what a crash left of runs that were never opened.
Status RemoveUnopenedRuns(env::Env& env);

// Ids of all runs, oldest first.
Result<std::vector<std::string>> ListRuns(env::Env& env);
std::string RunFolder(const std::string& run_id);

// Makes the run's folder with package and journal, all durable. `info.run_id` is its name.
Status MakeRun(env::Env& env, const journal::RunInfo& info, const package::Package& package);

// A run that was judged, with what it needs to go on.
struct LoadedRun {
  std::string run_id;
  journal::Contents contents;
  package::Package package;
  plan::Plan plan;  // of this host
};
// kDamaged: journal, package or plan cannot be believed.
Result<LoadedRun> LoadRun(env::Env& env, const std::string& run_id);

// Where the samples of its gates and watches are kept, one line for each condition.
std::string SamplesPath(const std::string& run_id);

// The plan of a package, decoded and verified. Its bytes are taken out of the package: there are
// as many as the plan takes itself, and nobody needs both.
Result<plan::Plan> TakePlan(package::Package* package);

// Whether a cleanup is due that waits for some time after the commit, or for a watch to find
// something; true of every other step but watches, which look at times of their own.
bool IsDue(const plan::Step& step, const history::RunHistory& history, int64_t wall_ms);

// Whether anything of the run is left to do now, beside what waits for its time: it is not rolled
// back, and not committed with all of its cleanup done.
bool IsUnfinished(const plan::Plan& plan, const history::RunHistory& history);

// A new id: the UTC time in milliseconds, so that ids sort by age, and a random part.
std::string NewRunId(env::Clock& clock);

}  // namespace upgraph::executor
