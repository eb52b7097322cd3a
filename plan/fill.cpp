#include "plan/fill.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace upgraph::plan {
namespace {

// Titles are for people and quote a plain dollar sign as "\$": only a name that is known now is
// replaced by what it stands for.
std::string FillTitle(const std::string& title, const TemplateNames& names) {
  std::string filled;
  for (size_t i = 0; i < title.size(); ++i) {
    const size_t end = title.compare(i, 2, "${") == 0 ? title.find('}', i) : std::string::npos;
    const bool is_quoted = i > 0 && title[i - 1] == '\\';
    const auto name = end == std::string::npos || is_quoted
                          ? names.end()
                          : names.find(title.substr(i + 2, end - i - 2));
    if (name == names.end()) {
      filled += title[i];
    } else {
      filled += name->second;
      i = end;
    }
  }
  return filled;
}

Status FillValue(Value* value, const TemplateNames& names) {
  if (value->is_template) {
    UPGRAPH_ASSIGN(value->text, FillTemplate(value->text, names));
    value->is_template = false;
  }
  for (Field& field : value->fields) {
    UPGRAPH_TRY(FillValue(&field.value, names));
  }
  return OkStatus();
}

Status FillSteps(StepGraph* plan, const TemplateNames& names) {
  for (Step& step : plan->steps) {
    for (Field& field : step.arguments) {
      UPGRAPH_TRY(FillValue(&field.value, names));
    }
    for (auto* command : {&step.apply_command, &step.undo_command, &step.observe_command}) {
      for (Value& value : *command) {
        UPGRAPH_TRY(FillValue(&value, names));
      }
    }
    step.title = FillTitle(step.title, names);
  }
  return OkStatus();
}

bool HasTemplate(const std::vector<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    return field.value.is_template || HasTemplate(field.value.fields);
  });
}

// Names change with their arguments, and locks are taken in the order of their names. Whether a
// nested lock still sorts after the one around it is for Verify() to say.
Status FillLocks(StepGraph* plan, const TemplateNames& names) {
  for (LockScope& scope : plan->lock_scopes) {
    for (Lock& lock : scope.locks) {
      if (!HasTemplate(lock.arguments)) {
        continue;
      }
      UPGRAPH_ASSIGN(lock.name, FillTemplate(lock.name, names));
      for (Field& field : lock.arguments) {
        UPGRAPH_TRY(FillValue(&field.value, names));
      }
    }
    std::stable_sort(scope.locks.begin(), scope.locks.end(),
                     [](const Lock& a, const Lock& b) { return a.name < b.name; });
  }
  return OkStatus();
}

Status FillArms(StepGraph* plan, const TemplateNames& names) {
  for (Arm& arm : plan->arms) {
    UPGRAPH_TRY(FillValue(&arm.element, names));
    arm.title = FillTitle(arm.title, names);
  }
  return OkStatus();
}

Status FillAnnouncements(StepGraph* plan, const TemplateNames& names) {
  for (Announcement& announcement : plan->announcements) {
    UPGRAPH_TRY(FillValue(&announcement.channel, names));
  }
  return OkStatus();
}

Status FillConditions(std::vector<Condition>* conditions, const TemplateNames& names) {
  for (Condition& condition : *conditions) {
    for (Field& field : condition.signal.arguments) {
      UPGRAPH_TRY(FillValue(&field.value, names));
    }
    for (Value& value : condition.signal.command) {
      UPGRAPH_TRY(FillValue(&value, names));
    }
    UPGRAPH_TRY(FillValue(&condition.bound, names));
    condition.signal.title = FillTitle(condition.signal.title, names);
    condition.title = FillTitle(condition.title, names);
  }
  return OkStatus();
}

Status FillGates(StepGraph* plan, const TemplateNames& names) {
  for (Gate& gate : plan->gates) {
    UPGRAPH_TRY(FillConditions(&gate.conditions, names));
  }
  return FillConditions(&plan->upgrade.up_when, names);
}

// The payload paths that are still templates, each as the text that stands in the plan's list.
void CollectPayloadTemplates(const std::vector<Field>& fields, std::set<std::string>* texts) {
  for (const Field& field : fields) {
    if (field.value.kind == ValueKind::kPayload && field.value.is_template) {
      texts->insert(field.value.text);
    }
    CollectPayloadTemplates(field.value.fields, texts);
  }
}

// Before the steps are filled: afterwards nothing tells a template from a path with a dollar sign.
Status FillPayload(StepGraph* plan, const TemplateNames& names) {
  std::set<std::string> templates;
  for (const Step& step : plan->steps) {
    CollectPayloadTemplates(step.arguments, &templates);
  }
  std::set<std::string> paths;
  for (const std::string& path : plan->payload) {
    if (templates.count(path) == 0) {
      paths.insert(path);
      continue;
    }
    UPGRAPH_ASSIGN(std::string filled, FillTemplate(path, names));
    paths.insert(std::move(filled));
  }
  plan->payload.assign(paths.begin(), paths.end());
  return OkStatus();
}

Status FillResources(StepGraph* plan, const TemplateNames& names) {
  for (Resource& resource : plan->resources) {
    if (resource.is_template) {
      for (std::string& argument : resource.arguments) {
        UPGRAPH_ASSIGN(argument, FillTemplate(argument, names));
      }
      resource.is_template = false;
    }
  }
  return OkStatus();
}

}  // namespace

Status FillGraph(StepGraph* graph, const TemplateNames& names) {
  UPGRAPH_TRY(FillPayload(graph, names));
  UPGRAPH_TRY(FillSteps(graph, names));
  UPGRAPH_TRY(FillLocks(graph, names));
  UPGRAPH_TRY(FillGates(graph, names));
  UPGRAPH_TRY(FillArms(graph, names));
  UPGRAPH_TRY(FillAnnouncements(graph, names));
  return FillResources(graph, names);
}

Status FillConfigs(Plan* plan, const TemplateNames& names) {
  for (Config& config : plan->configs) {
    UPGRAPH_TRY(FillValue(&config.handle, names));
    for (ConfigKey& key : config.keys) {
      UPGRAPH_TRY(FillValue(&key.default_value, names));
    }
  }
  return OkStatus();
}

void SortResources(StepGraph* graph) {
  // One that is unknown may be spelled like one that is not. Of those that are alike the first one
  // stays.
  std::vector<std::string> names;
  for (const Resource& resource : graph->resources) {
    names.push_back(resource.Name());
  }
  const auto key = [&](uint32_t i) { return std::tie(names[i], graph->resources[i].is_unknown); };
  std::vector<uint32_t> order(names.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  std::vector<Resource> sorted;
  std::vector<ResourceId> ids(names.size());
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || key(order[i - 1]) < key(order[i])) {
      sorted.push_back(std::move(graph->resources[order[i]]));
    }
    ids[order[i]] = ResourceId(static_cast<uint32_t>(sorted.size() - 1));
  }
  graph->resources = std::move(sorted);
  for (Step& step : graph->steps) {
    for (Effect& effect : step.effects) {
      effect.resource_id = ids[effect.resource_id.index()];
    }
  }
}

}  // namespace upgraph::plan
