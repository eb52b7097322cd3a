#pragma once

// A plan as a person or a machine reads it: what happens, in order, with times, effects, locks and
// the way back of each step. Pure.

#include <optional>
#include <string>

#include "base/json.h"
#include "plan/plan.h"
#include "plan/resolve.h"

namespace upgraph::cli {

struct PlanReport {
  const plan::Plan& plan;   // resolved where there is a host
  std::string plan_digest;  // hex; of the plan before it was resolved
  std::string source;       // "spec dten.upg" or "package x.zip"
  std::string root;         // of the host; empty: no host was asked
  std::string installed;    // on that host
  plan::Applicability applicability = plan::Applicability::kApplies;
  std::string why_not;     // of kNotFrom
  std::string goes_on_to;  // where the whole way leads, when the run ends at a stop before
  std::string signature = "not signed";  // of the package, as it says itself
};

// Sums along the longest paths; estimates, not bounds.
struct PlanTimes {
  int64_t forward_ms = 0;   // start to commit
  int64_t rollback_ms = 0;  // from just before the commit
  int64_t downtime_ms = 0;  // the whole of `switch`, forward
  int64_t cleanup_ms = 0;   // after the commit
};
PlanTimes TimesOf(const plan::Plan& plan);

std::string RenderPlan(const PlanReport& report, bool use_color);
Json PlanJson(const PlanReport& report);

// "v4.8 ..< v5.0 -> v5.0.0"
std::string FormatUpgrade(const plan::Upgrade& upgrade);
// "v4.2.0 -> v4.8.3 -> v5.0.0" of a host's plan; of any other what FormatUpgrade() says of it.
std::string FormatHops(const plan::Plan& plan);

}  // namespace upgraph::cli
