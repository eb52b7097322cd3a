#pragma once

// The turns of loops over what the host gives, on a host that has given it.

#include "plan/plan.h"

namespace upgraph::plan {

bool IsTurn(const Arm& arm);
bool HasTurns(const StepGraph& graph);

// Names the steps of the turns that are taken by their elements in place of their numbers:
// "switch/3/2/1" becomes "switch/3/etc-cron.d-box/1", so that a step keeps its path where elements
// before its own come or go. The arms are decided and their elements filled in.
void NameTurns(StepGraph* graph);

}  // namespace upgraph::plan
