#pragma once

// The resources of a plan, gathered while steps are built and numbered at the end: sorted by name,
// each once.

#include <optional>
#include <vector>

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Allocator.h"

#include "compiler/sema/program.h"
#include "plan/plan.h"

namespace upgraph::lower {

class ResourceTable {
 public:
  // A number that is good until Finish().
  plan::ResourceId Add(plan::Resource resource);
  // The resources in byte order of their names; `final_ids` maps Add's numbers to positions. Leaves
  // the table empty.
  std::vector<plan::Resource> Finish(std::vector<plan::ResourceId>* final_ids);

 private:
  // By name, which is the order of the plan, then whether it is a template and whether it is
  // unknown: a template and a plain text may spell alike. The texts lie one behind the other in
  // memory, which is what sorting them takes most of its time for.
  llvm::StringMap<plan::ResourceId, llvm::BumpPtrAllocator> ids_;
  std::vector<plan::Resource> resources_;
};

// The resource that an effect of a call names; none when a handle lacks what it is named by.
std::optional<plan::Resource> BuildResource(const sema::Program& program,
                                            const sema::EffectFormula& effect,
                                            const std::vector<plan::Field>& arguments);

}  // namespace upgraph::lower
