#pragma once

// What a rollback has to do, and what a stuck step holds back. Pure.

#include <string>
#include <vector>

#include "plan/plan.h"
#include "runtime/history/run_history.h"

namespace upgraph::rollback {

// For each step whether it must be reverted: it was captured, applied, or left on the way back, and
// it is one that changes something. Found and pending steps never are, nor is what a person has
// accepted as it is.
std::vector<bool> StepsToRevert(const plan::Plan& plan, const history::RunHistory& history);

// What becomes of a step on a way back that has nothing but files yet.
enum class EarlyPart {
  kGoes,      // it needs nothing else
  kWaits,     // it needs more; what it touches waits for it
  kWaitsAll,  // the same, and so does everything that it came after: who knows what it needs
};

// Those of `reverts` that go back before anything but files is there, in an order that the whole
// way back could have as well. `parts`: of each step; read only of those to revert.
std::vector<bool> StepsToRevertEarly(const plan::Plan& plan, const std::vector<bool>& reverts,
                                     const std::vector<EarlyPart>& parts);

// The step that holds `step_id` back: a later one that is stuck or blocked, comes after it by the
// graph, and touches what it writes (or needs). None: it may be reverted, whatever else is stuck.
plan::StepId BlockedBy(const plan::Plan& plan, const history::RunHistory& history,
                       plan::StepId step_id);

// What a person must settle before `step_id`, or with it: as BlockedBy, but neither what was
// accepted nor what is settled now. Else it would be put back below what is undone afterwards.
plan::StepId UnsettledAbove(const plan::Plan& plan, const history::RunHistory& history,
                            plan::StepId step_id, const std::vector<bool>& settled_now);

// Whether all that `step_id` writes lies in what earlier steps write that are back, or put back
// now: then the host shows what was there before those, and nothing of what was before this one.
bool IsUndoneBelow(const plan::Plan& plan, const history::RunHistory& history, plan::StepId step_id,
                   const std::vector<bool>& put_back_now);

// For each step whether a later one of those to revert writes what it writes: then the host no
// longer shows what this one left.
std::vector<bool> OverwrittenSteps(const plan::Plan& plan, const std::vector<bool>& reverts);

// A step without a way back, or a point of no return, that was passed: a committed run cannot be
// turned back.
// None when there is none.
plan::StepId FirstFinalStep(const plan::Plan& plan, const history::RunHistory& history);

}  // namespace upgraph::rollback
