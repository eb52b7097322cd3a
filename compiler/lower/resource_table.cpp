#include "compiler/lower/resource_table.h"

#include <algorithm>
#include <list>
#include <string>
#include <utility>

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace upgraph::lower {

plan::ResourceId ResourceTable::Add(plan::Resource resource) {
  std::string key = resource.Name();
  key.push_back('\0');  // no name holds one, so that keys sort as names do
  key.push_back(resource.is_template ? '1' : '0');
  key.push_back(resource.is_unknown ? '1' : '0');
  auto [position, is_new] =
      ids_.try_emplace(key, plan::ResourceId(static_cast<uint32_t>(resources_.size())));
  if (is_new) {
    resources_.push_back(std::move(resource));
  }
  return position->getValue();
}

std::vector<plan::Resource> ResourceTable::Finish(std::vector<plan::ResourceId>* final_ids) {
  std::vector<std::pair<llvm::StringRef, plan::ResourceId>> order;
  order.reserve(ids_.size());
  for (const auto& entry : ids_) {
    order.emplace_back(entry.getKey(), entry.getValue());
  }
  std::sort(order.begin(), order.end());
  std::vector<plan::Resource> sorted;
  sorted.reserve(order.size());
  final_ids->assign(order.size(), plan::ResourceId());
  for (const auto& [key, id] : order) {
    (*final_ids)[id.index()] = plan::ResourceId(static_cast<uint32_t>(sorted.size()));
    sorted.push_back(std::move(resources_[id.index()]));
  }
  ids_.clear();
  resources_.clear();
  return sorted;
}

std::optional<plan::Resource> BuildResource(const sema::Program& program,
                                            const sema::EffectFormula& effect,
                                            const std::vector<plan::Field>& arguments) {
  const sema::Declaration& declaration = program.declaration(effect.resource_id);
  plan::Resource resource;
  resource.kind = declaration.name;
  resource.overlap = declaration.overlap;
  resource.within = declaration.within;
  resource.within_count = declaration.within_count;
  llvm::SmallVector<const plan::Value*, 4> values;
  std::list<plan::Value> worked_out;
  for (const sema::Formula& formula : effect.arguments) {
    const plan::Value* value = sema::FindGiven(formula, arguments);
    if (value == nullptr) {
      value = &worked_out.emplace_back(sema::Evaluate(formula, arguments, program));
    }
    if (value->kind == plan::ValueKind::kNone && formula.kind != sema::FormulaKind::kAnything) {
      return std::nullopt;
    }
    resource.is_unknown = resource.is_unknown || value->kind == plan::ValueKind::kNone;
    resource.is_template = resource.is_template || sema::HasTemplate(*value);
    values.push_back(value);
  }
  resource.arguments.reserve(values.size());
  for (const plan::Value* value : values) {
    resource.arguments.push_back(resource.is_template ? sema::CanonicalTemplate(*value)
                                                      : sema::CanonicalText(*value));
  }
  return resource;
}

}  // namespace upgraph::lower
