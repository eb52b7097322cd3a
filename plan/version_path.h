#pragma once

// The version graph of a plan and the way of a host over it: the edges that lead from what is
// installed to the target.
//
// The fewest hops win; of ways with as many, the one with the highest version before the target,
// then the highest before that. What is left is a tie of two edges with the same ends: the way is
// ambiguous. Upgrades lead up and downgrades down, so no way has a cycle; no way has both. Versions
// that are withdrawn, or not listed where releases are listed, are neither passed nor reached. A
// host that has a withdrawn one leaves it by an edge that names it as an origin, not by a range.

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "plan/version.h"

namespace upgraph::plan {

struct PathHop {
  size_t edge = 0;   // for EdgeGraph()
  std::string from;  // without v
  std::string to;
};

enum class PathKind {
  kFound,      // hops lead to the target, or to a stop on the way
  kAtTarget,   // the target is what is installed
  kNone,       // no hops lead on
  kAmbiguous,  // two edges lead from one version to another on the way: nobody says which
};

struct VersionPath {
  PathKind kind = PathKind::kNone;
  std::vector<PathHop> hops;
  // How many of the hops the next run has: as many as there are, or up to the first stop.
  size_t run_hop_count = 0;
  std::string target;  // where all hops lead, without v; of kAtTarget as well
  std::string reason;  // of kNone and kAmbiguous
};

// Used by one thread at a time, even where it is constant.
class VersionGraph {
 public:
  // `plan` has passed Verify() and outlives the graph. An error when a version cannot be read.
  // kPassed: as if nothing had been withdrawn, for checks.
  enum class Withdrawals { kRespected, kPassed };
  static Result<VersionGraph> Make(const Plan& plan,
                                   Withdrawals withdrawals = Withdrawals::kRespected);
  static Result<VersionGraph> Make(Plan&& plan) = delete;

  // The way of a host. An empty `target` is the highest one that upgrades lead to from there, or
  // the lowest that downgrades do where the plan has no upgrades. An error when one of the texts is
  // not a version.
  Result<VersionPath> Find(const std::string& installed, const std::string& target) const;

  // Where upgrades, or downgrades, lead and a run may end: ascending, each once.
  std::vector<std::string> Targets(bool is_down) const;
  // Why no run ends at the version, "was withdrawn: loses sessions"; empty: one can.
  std::string WhyRefused(const Version& version) const;
  // Why a host that has the version is left alone; empty: it is not.
  std::string WhyNoOrigin(const Version& version) const;
  // The withdrawal of the version, null when there is none.
  const Withdrawn* FindWithdrawn(const Version& version) const;
  // Whether the edge leads on from there, in its own direction.
  bool LeadsFrom(size_t edge, const Version& version) const;
  const Version& VersionOf(size_t edge) const { return edges_[edge].to; }
  // Whether a run may end at its target; a way never takes one that is not.
  bool IsOpen(size_t edge) const { return edges_[edge].is_open; }
  const Version* FindStop(const Version& version) const;

 private:
  struct Edge {
    Version to;
    std::vector<ReadRange> from;
    bool is_downgrade = false;
    bool is_open = false;
    size_t end = 0;  // of an open one: where it ends, in ends_
  };
  // What an open edge of that direction leads to from one of the ends.
  struct Ways;
  struct Choice;

  explicit VersionGraph(const Plan& plan) : plan_(plan) {}
  Status ReadEdges();
  void LinkEnds();
  const Ways& WaysTo(size_t end, bool is_down) const;
  Ways FindWays(size_t target, bool is_down) const;
  VersionPath Follow(const std::string& installed, const Version& from, size_t target,
                     bool is_down) const;
  std::string Origins(bool is_down) const;

  const Plan& plan_;
  std::vector<Edge> edges_;
  std::vector<Version> ends_;                     // of open edges, ascending, each once
  std::vector<std::vector<size_t>> edges_to_;     // of each end: the open edges that lead there
  std::vector<std::vector<size_t>> ends_before_;  // of each edge: the ends that it leads from
  std::vector<Version> releases_;
  std::vector<Version> withdrawn_;
  std::vector<Version> stops_;
  // Of an end and a direction; found once, as checks ask for the way of every release.
  mutable std::map<std::pair<size_t, bool>, std::shared_ptr<const Ways>> ways_;
};

// The highest version that an upgrade of the plan leads to, or its only target; for people.
std::string FarthestTarget(const Plan& plan);

}  // namespace upgraph::plan
