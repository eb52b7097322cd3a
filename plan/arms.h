#pragma once

// The arms of `when`: which of them a host takes, and what the rest comes to.

#include <optional>

#include "base/result.h"
#include "plan/plan.h"
#include "plan/template.h"

namespace upgraph::plan {

// Whether no host takes both arms: they, or arms around them, belong to one `when`. Either may be
// none.
bool Exclude(const StepGraph& graph, ArmId a, ArmId b);

// Whether every host that takes `user` takes `provider`: it is the same arm or one around it.
bool IsSure(const StepGraph& graph, ArmId provider, ArmId user);

// Whether the condition, which has been verified, holds; nothing when what it asks for is not
// known. An error when an answer cannot be read as what it is compared with.
Result<std::optional<bool>> Holds(const Product& product, const TemplateNames& names,
                                  const Predicate& predicate);

// What an edge watches is over where another edge follows it at once: its watches, and what is for
// the case that they do not hold, become joins.
void LeaveOutWatches(StepGraph* graph);

// Decides the arms of a verified graph with what the names stand for. The steps of an arm that is
// left out become joins: they keep their places, paths and titles, and do nothing. A name that
// stands for itself, `${arch}` for arch, is not known; what depends on it stays open. An error when
// a fact's answer cannot be read as what it is compared with.
Status DecideArms(const Product& product, const TemplateNames& names, StepGraph* graph);

}  // namespace upgraph::plan
