#include "plan/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "plan/version.h"

namespace upgraph::plan {
namespace {

using Names = std::map<std::string, std::string>;

// "$$" is a dollar sign, "${name}" the text of that name.
Result<std::string> Fill(const std::string& text, const Names& names) {
  std::string filled;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      filled += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '$') {
      filled += '$';
      ++i;
      continue;
    }
    size_t end = text.find('}', i);
    if (i + 1 >= text.size() || text[i + 1] != '{' || end == std::string::npos) {
      return Error{ErrorKind::kInvalid, fmt::format("`{}` is not a template", text)};
    }
    auto name = names.find(text.substr(i + 2, end - i - 2));
    if (name == names.end()) {
      return Error{ErrorKind::kInvalid, fmt::format("`{}` names a fact that nobody gives", text)};
    }
    filled += name->second;
    i = end;
  }
  return filled;
}

Status FillValue(Value* value, const Names& names) {
  if (value->is_template) {
    UPGRAPH_ASSIGN(value->text, Fill(value->text, names));
    value->is_template = false;
  }
  for (Field& field : value->fields) {
    UPGRAPH_TRY(FillValue(&field.value, names));
  }
  return OkStatus();
}

Status FillSteps(Plan* plan, const Names& names) {
  for (Step& step : plan->steps) {
    for (Field& field : step.arguments) {
      UPGRAPH_TRY(FillValue(&field.value, names));
    }
    for (auto* command : {&step.apply_command, &step.undo_command, &step.observe_command}) {
      for (Value& value : *command) {
        UPGRAPH_TRY(FillValue(&value, names));
      }
    }
    // Titles are for people: a name that is known now is shown as what it stands for.
    for (const auto& [name, text] : names) {
      std::string pattern = "${" + name + "}";
      for (size_t at = step.title.find(pattern); at != std::string::npos;
           at = step.title.find(pattern, at + text.size())) {
        step.title.replace(at, pattern.size(), text);
      }
    }
  }
  for (LockScope& scope : plan->lock_scopes) {
    for (Lock& lock : scope.locks) {
      for (Field& field : lock.arguments) {
        UPGRAPH_TRY(FillValue(&field.value, names));
      }
    }
  }
  return OkStatus();
}

// Fills the resources, sorts them again, and makes those one that became equal.
Status FillResources(Plan* plan, const Names& names) {
  std::map<std::string, Resource> by_name;
  std::vector<std::string> new_names;
  for (Resource& resource : plan->resources) {
    if (resource.is_template) {
      for (std::string& argument : resource.arguments) {
        UPGRAPH_ASSIGN(argument, Fill(argument, names));
      }
      resource.is_template = false;
    }
    new_names.push_back(resource.Name());
    by_name.emplace(resource.Name(), resource);
  }
  std::map<std::string, ResourceId> ids;
  plan->resources.clear();
  for (const auto& [name, resource] : by_name) {
    ids.emplace(name, ResourceId(static_cast<uint32_t>(plan->resources.size())));
    plan->resources.push_back(resource);
  }
  for (Step& step : plan->steps) {
    for (Effect& effect : step.effects) {
      effect.resource_id = ids.at(new_names[effect.resource_id.index()]);
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
    UPGRAPH_ASSIGN(Version version, Version::Parse(withdrawn.version));
    if (version == installed) {
      return fmt::format("v{} is installed, which was withdrawn: {}", text, withdrawn.reason);
    }
  }
  bool is_listed = plan.product.releases.empty();
  for (const std::string& release : plan.product.releases) {
    UPGRAPH_ASSIGN(Version version, Version::Parse(release));
    is_listed = is_listed || version == installed;
  }
  if (!is_listed) {
    return fmt::format("v{} is installed, which is not among the releases of `{}`", text,
                       plan.product.name);
  }
  for (const VersionRange& range : plan.upgrade.from) {
    UPGRAPH_ASSIGN(bool is_in_range, IsInRange(text, range));
    if (is_in_range) {
      return std::string();
    }
  }
  return fmt::format("v{} is installed; this upgrade leads from {} to v{}", text,
                     FormatOrigins(plan.upgrade), plan.upgrade.to);
}

}  // namespace

Result<Resolution> Resolve(const Plan& plan, const HostFacts& facts) {
  Resolution resolution;
  resolution.from = facts.installed;
  if (!resolution.from.empty() && resolution.from.front() == 'v') {
    resolution.from.erase(0, 1);
  }
  auto installed = Version::Parse(resolution.from);
  if (!installed.ok()) {
    return installed.error().Within("the installed version");
  }
  UPGRAPH_ASSIGN(Version target, Version::Parse(plan.upgrade.to));
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
  Names names = {{"from", resolution.from}, {"to", plan.upgrade.to}};
  UPGRAPH_TRY(FillSteps(&resolution.plan, names));
  UPGRAPH_TRY(FillResources(&resolution.plan, names));
  return resolution;
}

}  // namespace upgraph::plan
