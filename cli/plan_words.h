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

}  // namespace upgraph::cli
