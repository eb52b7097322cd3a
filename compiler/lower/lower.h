#pragma once

// From a checked program to the plan: calls become steps, the order of the text becomes edges.
// The same program gives the same plan, byte for byte.

#include "compiler/sema/program.h"
#include "compiler/source/source_manager.h"
#include "plan/plan.h"

namespace upgraph::lower {

// The program must have come from an analysis without errors. Every such program has a plan;
// whether the plan is a good one is what the checks say. The program is taken apart on the way, so
// that a large one is never in memory beside its plan.
plan::Plan Lower(sema::Program program, const source::SourceManager& sources);

}  // namespace upgraph::lower
