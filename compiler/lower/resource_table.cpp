#include "compiler/lower/resource_table.h"

namespace upgraph::lower {

plan::ResourceId ResourceTable::Add(const plan::Resource& resource) {
  SortKey key{resource.Name(), resource.is_template, resource.is_unknown};
  auto [position, is_new] =
      ids_.try_emplace(std::move(key), plan::ResourceId(static_cast<uint32_t>(resources_.size())));
  if (is_new) {
    resources_.push_back(resource);
  }
  return position->second;
}

std::vector<plan::Resource> ResourceTable::Finish(std::vector<plan::ResourceId>* final_ids) const {
  std::vector<plan::Resource> sorted;
  final_ids->assign(resources_.size(), plan::ResourceId());
  for (const auto& [key, id] : ids_) {
    (*final_ids)[id.index()] = plan::ResourceId(static_cast<uint32_t>(sorted.size()));
    sorted.push_back(resources_[id.index()]);
  }
  return sorted;
}

plan::Resource BuildResource(const sema::Program& program, const sema::EffectFormula& effect,
                             const std::vector<plan::Field>& arguments) {
  const sema::Declaration& declaration = program.declaration(effect.resource_id);
  plan::Resource resource;
  resource.kind = declaration.name;
  resource.overlap = declaration.overlap;
  std::vector<plan::Value> values;
  for (const sema::Formula& formula : effect.arguments) {
    plan::Value value = sema::Evaluate(formula, arguments, program.configs);
    resource.is_unknown = resource.is_unknown || value.kind == plan::ValueKind::kNone;
    resource.is_template = resource.is_template || sema::HasTemplate(value);
    values.push_back(std::move(value));
  }
  for (const plan::Value& value : values) {
    resource.arguments.push_back(resource.is_template ? sema::CanonicalTemplate(value)
                                                      : sema::CanonicalText(value));
  }
  return resource;
}

}  // namespace upgraph::lower
