#pragma once

// A plan and a host's facts make the host's plan: the way over the version graph, up to the first
// stop on it, the arms that are taken, and every ${…} filled in.

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "plan/version_path.h"

namespace upgraph::plan {

struct HostFacts {
  std::string installed;  // the text that the fact gave, with or without a leading v
  // The answers to the plan's other facts, by their names; of a list as JoinElements() gives it
  // (plan/list_answer.h). One that is not known stands for itself, `${arch}` for arch: what depends
  // on it stays open.
  std::vector<std::pair<std::string, std::string>> answers;
  // Where to, with or without a leading v; empty: as far as upgrades lead.
  std::string target;
};

enum class Applicability {
  kApplies,
  kAtTarget,  // the target is what is installed
  kNotFrom,   // no upgrade of the plan leads from there
};

struct Resolution {
  Applicability applicability = Applicability::kNotFrom;
  std::string from;                                          // without v
  std::vector<std::pair<std::string, std::string>> answers;  // as HostFacts has them
  VersionPath path;    // beyond the run's own hops too, where a stop ends the run
  std::string reason;  // of kNotFrom
  Plan plan;           // of kApplies; no templates left
};

// `plan` has passed Verify(), and so has the one that comes out. An error when it would not, as a
// nested lock that no longer sorts after the one around it, or when a version cannot be read.
Result<Resolution> Resolve(const Plan& plan, const HostFacts& facts);
// The same, of a plan that nobody needs any more: a large one does not stand there twice.
Result<Resolution> Resolve(Plan&& plan, const HostFacts& facts);

// The paths that the steps of a hop have on a host with these facts, beside its steps; those of the
// plan when it cannot be resolved there.
std::vector<std::string> HostPaths(const Plan& plan, const PathHop& hop, const HostFacts& facts);

}  // namespace upgraph::plan
