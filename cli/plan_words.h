#pragma once

// What a report about a plan says in both of its forms, for people and for programs. Pure.

#include <string>
#include <vector>

#include "plan/plan.h"

namespace upgraph::cli {

// What each downtime ends with: of an edge one or none, of a host each of its hops'.
std::vector<std::string> UpConditions(const plan::Plan& plan);

// Steps that are done before, with joins replaced by what they join.
std::vector<plan::StepId> RealPredecessors(const plan::Plan& plan, plan::StepId step_id);

// when from < v4.6, in an arm of another: when arch == "arm64", when from < v4.6
std::string ArmText(const plan::StepGraph& plan, plan::ArmId arm_id);

// What the step's stage is called: "switch", or, on a way of several hops, "switch to v5.0.0".
std::string StageName(const plan::Plan& plan, const plan::Step& step);

bool IsLeftOut(const plan::StepGraph& plan, const plan::Step& step);

// What steps of a phase are for, on one line.
const char* PhaseMeaning(plan::Phase phase);

// When a step is done that is not done at once; empty for others.
std::string DelayText(const plan::Plan& plan, const plan::Step& step);

// "back exactly, in 2s", "no way back: why"
std::string WayBack(const plan::Step& step);

// "files.lock(/srv) within 30s hold 5m"
std::string LockText(const plan::LockScope& scope);

// The turns of a loop over what the host gives look alike: the first stands for all of them, and on
// a host there are those that it has an element for. Whether this is another one.
bool IsHiddenTurn(const plan::StepGraph& plan, const plan::Step& step);

// every 15s, baseline over 1h, a missing sample fails
std::string GateText(const plan::Gate& gate);

// What a step issues, and how it ends.
std::string TemporaryText(const plan::StepGraph& plan, plan::StepId issuer);

}  // namespace upgraph::cli
