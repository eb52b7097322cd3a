#pragma once

// The hops of a host as one graph. Used by Resolve() alone.

#include <vector>

#include "plan/plan.h"

namespace upgraph::plan {

// `graphs` are those of `hops`, one for one, without templates; there is one at least. One alone
// stays as it is. Of several:
//
// - All preflights come first, and know nothing of each other. One that reads what an earlier hop
//   writes would look at the wrong world: it stands at the begin of its hop's prepare instead,
//   where its failure turns everything back.
// - Each hop's prepare, switch and verify follow, then all cleanups, hop by hop.
// - The head: from the first origin to the last target, approvals, tickets, losses and allowances
// of
//   all; window and downtime are sums, or not said where a hop does not say one.
//
// Resources are those of all hops, in no order: the caller sorts them.
StepGraph JoinHops(const std::vector<Hop>& hops, std::vector<StepGraph> graphs);

}  // namespace upgraph::plan
