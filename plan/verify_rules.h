#pragma once

// The groups of rules of Verify(), each a function. Used by plan/verify*.cpp alone.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"

namespace upgraph::plan::rules {

// The plan, and what values may name in it.
struct Context {
  // `graph`: the plan itself, or one of its other edges.
  Context(const Plan& plan, const StepGraph& graph);
  const Plan& plan;
  const StepGraph& graph;
  std::set<std::string_view> config_names;
};

Error Violation(std::string message);
// Not too long, and no zero byte. `what` names it in the message.
Status VerifyText(const std::string& text, const char* what);
Status VerifyTime(int64_t ms, const char* what);
// Names are texts of one line that are not empty.
Status VerifyName(const std::string& name, const char* what);

// Values are of a known kind, nest within bounds, hold what their kind demands, and name
// configurations and payload paths that the plan has.
Status VerifyFields(const Context& context, const std::vector<Field>& fields);
Status VerifyValue(const Context& context, const Value& value);
// True when the value or one inside it waits for Resolve().
bool HasTemplate(const Value& value);

// Product, hops, configurations, facts, and VerifyEdge(). Values are held against the order of the
// payload paths, so this group comes first.
Status VerifyHead(const Context& context);
// Upgrade and payload paths of the graph. The product was verified.
Status VerifyEdge(const Context& context);
Status VerifyResources(const StepGraph& graph);
// Parents before children, locks in one global order.
Status VerifyScopes(const Context& context);
// Times, conditions and signals of the gates; each gate belongs to one step.
Status VerifyGates(const Context& context);
// What a downtime ends with: one condition or none, without a baseline.
Status VerifyUpWhen(const Context& context, const std::vector<Condition>& up_when);
// Conditions of the arms of `when`; no step does anything in one that is left out.
Status VerifyArms(const Context& context);
Status VerifyConditions(const Context& context, const std::vector<Condition>& conditions);
// To channels, with texts that are in the package.
Status VerifyAnnouncements(const Context& context);
// No step outside a scope comes after one of its steps and before another, nor do two scopes come
// before each other: whoever holds a lock can come to the end of its work. Wants edges and scopes
// of steps that were verified.
Status VerifyScopeOrder(const StepGraph& graph);

}  // namespace upgraph::plan::rules
