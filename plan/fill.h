#pragma once

// Filling in what waited for the host. Used by Resolve() alone.

#include "base/result.h"
#include "plan/plan.h"
#include "plan/template.h"

namespace upgraph::plan {

// Every ${…} of steps, locks, resources and payload. Names have changed afterwards: locks are in
// their order again, resources and payload want SortResources() and are sorted here.
Status FillGraph(StepGraph* graph, const TemplateNames& names);
Status FillConfigs(Plan* plan, const TemplateNames& names);

// Brings the resources in the order of their names and makes one of those that are equal.
void SortResources(StepGraph* graph);

}  // namespace upgraph::plan
