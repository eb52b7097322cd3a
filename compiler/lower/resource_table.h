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
  // A number that is good until Merge().
  plan::ResourceId Add(plan::Resource resource);
  // Before Merge(); tables may be sorted side by side.
  void Sort();
  // The resources of all tables in byte order of their names. `final_ids` maps the numbers that Add
  // gave, table by table, to positions. Leaves the tables empty.
  static std::vector<plan::Resource> Merge(std::vector<ResourceTable>* tables,
                                           std::vector<std::vector<plan::ResourceId>>* final_ids);

 private:
  struct Entry {
    llvm::StringRef key;  // in ids_
    plan::ResourceId id;
  };

  // By name, which is the order of the plan, then whether it is a template and whether it is
  // unknown: a template and a plain text may spell alike. The texts lie one behind the other in
  // memory, which is what sorting them takes most of its time for.
  llvm::StringMap<plan::ResourceId, llvm::BumpPtrAllocator> ids_;
  std::vector<plan::Resource> resources_;
  std::vector<Entry> sorted_;
};

// The resource that an effect of a call names; none when a handle lacks what it is named by.
std::optional<plan::Resource> BuildResource(const sema::Program& program,
                                            const sema::EffectFormula& effect,
                                            const std::vector<plan::Field>& arguments);

}  // namespace upgraph::lower
