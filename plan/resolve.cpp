#include "plan/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "plan/template.h"
#include "plan/version.h"

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

Status FillSteps(Plan* plan, const TemplateNames& names) {
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
Status FillLocks(Plan* plan, const TemplateNames& names) {
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

Status FillConfigs(Plan* plan, const TemplateNames& names) {
  for (Config& config : plan->configs) {
    UPGRAPH_TRY(FillValue(&config.handle, names));
    for (ConfigKey& key : config.keys) {
      UPGRAPH_TRY(FillValue(&key.default_value, names));
    }
  }
  return OkStatus();
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
Status FillPayload(Plan* plan, const TemplateNames& names) {
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

// Fills the resources, sorts them again, and makes those one that became equal.
Status FillResources(Plan* plan, const TemplateNames& names) {
  using Key =
      std::pair<std::string, bool>;  // one that is unknown may be spelled like one that is not
  std::map<Key, Resource> sorted;
  std::vector<Key> keys;
  for (Resource& resource : plan->resources) {
    if (resource.is_template) {
      for (std::string& argument : resource.arguments) {
        UPGRAPH_ASSIGN(argument, FillTemplate(argument, names));
      }
      resource.is_template = false;
    }
    keys.emplace_back(resource.Name(), resource.is_unknown);
    sorted.emplace(keys.back(), resource);
  }
  std::map<Key, ResourceId> ids;
  plan->resources.clear();
  for (const auto& [key, resource] : sorted) {
    ids.emplace(key, ResourceId(static_cast<uint32_t>(plan->resources.size())));
    plan->resources.push_back(resource);
  }
  for (Step& step : plan->steps) {
    for (Effect& effect : step.effects) {
      effect.resource_id = ids.at(keys[effect.resource_id.index()]);
    }
  }
  return OkStatus();
}

std::string FormatOrigins(const Upgrade& upgrade) {
  std::string text;
  for (const VersionRange& range : upgrade.from) {
    text += (text.empty() ? "" : ", ") + FormatRange(range);
  }
  return text;
}

// Empty when the plan leads on from `installed`.
Result<std::string> WhyNotFrom(const Plan& plan, const Version& installed,
                               const std::string& text) {
  for (const Withdrawn& withdrawn : plan.product.withdrawn) {
    UPGRAPH_ASSIGN(Version version, ReadVersion(plan.product, withdrawn.version));
    if (version == installed) {
      return fmt::format("v{} is installed, which was withdrawn: {}", text, withdrawn.reason);
    }
  }
  bool is_listed = plan.product.releases.empty();
  for (const std::string& release : plan.product.releases) {
    UPGRAPH_ASSIGN(Version version, ReadVersion(plan.product, release));
    is_listed = is_listed || version == installed;
  }
  if (!is_listed) {
    return fmt::format("v{} is installed, which is not among the releases of `{}`", text,
                       plan.product.name);
  }
  for (const VersionRange& range : plan.upgrade.from) {
    UPGRAPH_ASSIGN(bool is_in_range, IsInRange(plan.product, text, range));
    if (is_in_range) {
      return std::string();
    }
  }
  return fmt::format("v{} is installed; this upgrade leads from {} to v{}", text,
                     FormatOrigins(plan.upgrade), plan.upgrade.to);
}

// Facts come from files that people write: spaces around the version do not count.
std::string InstalledVersion(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) {
    return "";
  }
  const size_t last = text.find_last_not_of(" \t\r\n");
  std::string version = text.substr(first, last - first + 1);
  if (version.front() == 'v') {
    version.erase(0, 1);
  }
  return version;
}

}  // namespace

Result<Resolution> Resolve(const Plan& plan, const HostFacts& facts) {
  Resolution resolution;
  resolution.from = InstalledVersion(facts.installed);
  auto installed = ReadVersion(plan.product, resolution.from);
  if (!installed.ok()) {
    return installed.error().Within("the installed version");
  }
  UPGRAPH_ASSIGN(Version target, ReadVersion(plan.product, plan.upgrade.to));
  if (*installed == target) {
    resolution.applicability = Applicability::kAtTarget;
    return resolution;
  }
  UPGRAPH_ASSIGN(resolution.reason, WhyNotFrom(plan, *installed, resolution.from));
  if (!resolution.reason.empty()) {
    return resolution;
  }
  resolution.applicability = Applicability::kApplies;
  resolution.plan = plan;
  TemplateNames names;
  for (const auto& [name, answer] : facts.answers) {
    names[name] = answer;
  }
  names["from"] = resolution.from;
  names["to"] = plan.upgrade.to;
  names["installed"] = resolution.from;
  UPGRAPH_TRY(FillPayload(&resolution.plan, names));
  UPGRAPH_TRY(FillSteps(&resolution.plan, names));
  UPGRAPH_TRY(FillLocks(&resolution.plan, names));
  UPGRAPH_TRY(FillConfigs(&resolution.plan, names));
  UPGRAPH_TRY(FillResources(&resolution.plan, names));
  return resolution;
}

}  // namespace upgraph::plan
