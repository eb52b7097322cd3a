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

void ResourceTable::Sort() {
  // As they came, which is much like the order in which they will stand.
  sorted_.resize(resources_.size());
  for (const auto& entry : ids_) {
    sorted_[entry.getValue().index()] = {entry.getKey(), entry.getValue()};
  }
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
}

std::vector<plan::Resource> ResourceTable::Merge(
    std::vector<ResourceTable>* tables, std::vector<std::vector<plan::ResourceId>>* final_ids) {
  std::vector<size_t> at(tables->size(), 0);
  size_t count_max = 0;
  final_ids->clear();
  for (const ResourceTable& table : *tables) {
    final_ids->emplace_back(table.resources_.size());
    count_max += table.resources_.size();
  }
  std::vector<plan::Resource> merged;
  merged.reserve(count_max);
  const auto next_of = [&](size_t i) -> const Entry* {
    const std::vector<Entry>& sorted = (*tables)[i].sorted_;
    return at[i] < sorted.size() ? &sorted[at[i]] : nullptr;
  };
  llvm::StringRef last_key;
  for (;;) {
    const Entry* first = nullptr;
    size_t owner = 0;
    for (size_t i = 0; i < tables->size(); ++i) {
      const Entry* next = next_of(i);
      if (next != nullptr && (first == nullptr || next->key < first->key)) {
        first = next;
        owner = i;
      }
    }
    if (first == nullptr) {
      break;
    }
    if (merged.empty() || first->key != last_key) {
      merged.push_back(std::move((*tables)[owner].resources_[first->id.index()]));
      last_key = first->key;
    }
    (*final_ids)[owner][first->id.index()] =
        plan::ResourceId(static_cast<uint32_t>(merged.size() - 1));
    ++at[owner];
  }
  tables->clear();
  return merged;
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
