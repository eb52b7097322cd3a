// The rules about what stands around the steps.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "base/limits.h"
#include "plan/verify.h"
#include "plan/verify_rules.h"
#include "plan/version.h"

namespace upgraph::plan::rules {
namespace {

Status VerifyVersion(const Product& product, const std::string& text, const char* what) {
  const auto version = ReadVersion(product, text);
  return version.ok() ? OkStatus() : Status(Violation(what + (": " + version.error().message)));
}

Status VerifyProduct(const Product& product) {
  UPGRAPH_TRY(VerifyName(product.name, "the product's name"));
  if (product.name.find('/') != std::string::npos) {
    return Violation("the product's name holds a `/`");
  }
  if (!FindVersionScheme(product.scheme)) {
    return Violation(fmt::format(
        "versions of the scheme `{}`; this program reads semver, debian, calendar and numeric",
        product.scheme.substr(0, 64)));
  }
  for (const std::string& suffix : product.ignored_suffixes) {
    UPGRAPH_TRY(VerifyName(suffix, "an ignored suffix"));
  }
  for (const std::string& release : product.releases) {
    UPGRAPH_TRY(VerifyVersion(product, release, "a release"));
  }
  for (const Withdrawn& withdrawn : product.withdrawn) {
    UPGRAPH_TRY(VerifyVersion(product, withdrawn.version, "a withdrawn release"));
    UPGRAPH_TRY(VerifyText(withdrawn.reason, "a reason"));
  }
  for (const Stop& stop : product.stops) {
    UPGRAPH_TRY(VerifyVersion(product, stop.version, "a stop"));
    UPGRAPH_TRY(VerifyText(stop.reason, "a reason"));
  }
  return OkStatus();
}

Status VerifyUpgrade(const Product& product, const Upgrade& upgrade) {
  if (upgrade.from.empty()) {
    return Violation("an upgrade without an origin");
  }
  UPGRAPH_TRY(VerifyVersion(product, upgrade.to, "the target"));
  for (const VersionRange& range : upgrade.from) {
    UPGRAPH_TRY(VerifyVersion(product, range.lower, "an origin"));
    if (range.upper.empty()) {
      continue;
    }
    UPGRAPH_TRY(VerifyVersion(product, range.upper, "an origin's end"));
    if (!(ReadVersion(product, range.lower).value() < ReadVersion(product, range.upper).value())) {
      return Violation(fmt::format("the origin {} holds no version", FormatRange(range)));
    }
  }
  UPGRAPH_TRY(VerifyTime(upgrade.window_ms, "the window"));
  UPGRAPH_TRY(VerifyTime(upgrade.downtime_ms, "the downtime"));
  if (upgrade.retain_ms != kRetainWithoutEnd) {
    UPGRAPH_TRY(VerifyTime(upgrade.retain_ms, "the time that it is retained"));
  }
  UPGRAPH_TRY(VerifyText(upgrade.ticket, "the ticket"));
  UPGRAPH_TRY(VerifyText(upgrade.purpose, "the purpose of an upgrade"));
  for (const std::string& approval : upgrade.approvals) {
    UPGRAPH_TRY(VerifyName(approval, "an approval"));
  }
  for (const std::string& loss : upgrade.accepts_loss) {
    UPGRAPH_TRY(VerifyText(loss, "an accepted loss"));
  }
  for (const Allowance& allowance : upgrade.allows) {
    UPGRAPH_TRY(VerifyName(allowance.check, "an allowed check"));
    UPGRAPH_TRY(VerifyName(allowance.reason, "an allowance's reason"));
  }
  return OkStatus();
}

Status VerifyPeople(const Plan& plan) {
  std::set<std::string_view> names;
  for (const std::string& name : plan.people) {
    UPGRAPH_TRY(VerifyName(name, "a name among the people"));
    if (!names.insert(name).second) {
      return Violation(fmt::format("`{}` stands twice among the people", name));
    }
  }
  return OkStatus();
}

Status VerifyInputs(const Context& context) {
  std::set<std::string_view> names;
  for (const SiteInput& input : context.plan.inputs) {
    UPGRAPH_TRY(VerifyName(input.name, "an input's name"));
    if (!names.insert(input.name).second) {
      return Violation(fmt::format("two inputs have the name `{}`", input.name));
    }
    UPGRAPH_TRY(VerifyValue(context, input.value));
    UPGRAPH_TRY(VerifyText(input.meaning, "the meaning of an input"));
    if (HasTemplate(input.value)) {
      return Violation(fmt::format("the input `{}` waits for a fact", input.name));
    }
  }
  return OkStatus();
}

Status VerifyMeanings(const Plan& plan) {
  UPGRAPH_TRY(VerifyText(plan.purpose, "the purpose of the plan"));
  const Meaning* previous = nullptr;
  for (const Meaning& meaning : plan.meanings) {
    UPGRAPH_TRY(VerifyName(meaning.step_name, "the name of a step that means something"));
    UPGRAPH_TRY(VerifyText(meaning.text, "the meaning of a step"));
    if (previous != nullptr && !(previous->step_name < meaning.step_name)) {
      return Violation(fmt::format("the meaning of `{}` is not in order", meaning.step_name));
    }
    previous = &meaning;
  }
  return OkStatus();
}

Status VerifyFacts(const Context& context) {
  const Plan& plan = context.plan;
  std::set<std::string_view> names;
  for (const Fact& fact : plan.facts) {
    UPGRAPH_TRY(VerifyName(fact.name, "a fact's name"));
    UPGRAPH_TRY(VerifyName(fact.native, "a fact's native name"));
    if (!names.insert(fact.name).second) {
      return Violation(fmt::format("two facts have the name `{}`", fact.name));
    }
    UPGRAPH_TRY(VerifyFields(context, fact.arguments));
    if (fact.elements_max > kFactElementsMax) {
      return Violation(
          fmt::format("the fact `{}` may have more than {} elements", fact.name, kFactElementsMax));
    }
    for (const Field& field : fact.arguments) {
      if (HasTemplate(field.value)) {
        return Violation(fmt::format("the fact `{}` waits for another fact", fact.name));
      }
    }
  }
  if (names.count("installed") == 0) {
    return Violation("nothing says how to find the installed version");
  }
  return OkStatus();
}

Status VerifyKeys(const Context& context, const Config& config) {
  std::map<std::string_view, ValueKind> types;
  for (const ConfigKey& key : config.keys) {
    UPGRAPH_TRY(VerifyName(key.name, "a key's name"));
    if (!types.emplace(key.name, key.type).second) {
      return Violation(fmt::format("the key `{}` stands twice in `{}`", key.name, config.name));
    }
    if (key.type > ValueKind::kSecret) {
      return Violation(fmt::format("the key `{}` is of an unknown type", key.name));
    }
    const ValueKind default_kind = key.default_value.kind;
    if (default_kind != ValueKind::kNone && default_kind != key.type) {
      return Violation(fmt::format("the key `{}` has a default of another type", key.name));
    }
    for (const std::string* version : {&key.since, &key.deprecated, &key.removed}) {
      if (!version->empty()) {
        UPGRAPH_TRY(VerifyVersion(context.plan.product, *version, "a key's release"));
      }
    }
    UPGRAPH_TRY(VerifyText(key.unit, "a key's unit"));
    UPGRAPH_TRY(VerifyText(key.reason, "a key's reason"));
    UPGRAPH_TRY(VerifyValue(context, key.default_value));
  }
  for (const ConfigKey& key : config.keys) {
    if (key.becomes.empty()) {
      continue;
    }
    const auto becomes = types.find(key.becomes);
    if (becomes == types.end()) {
      return Violation(fmt::format("the key `{}` becomes one that is not there", key.name));
    }
    if (becomes->second != key.type) {
      return Violation(fmt::format("the key `{}` becomes one of another type", key.name));
    }
  }
  return OkStatus();
}

Status VerifyConfigs(const Context& context) {
  const Plan& plan = context.plan;
  std::set<std::string_view> names;
  for (const Config& config : plan.configs) {
    UPGRAPH_TRY(VerifyName(config.name, "a configuration's name"));
    if (!names.insert(config.name).second) {
      return Violation(fmt::format("two configurations have the name `{}`", config.name));
    }
    UPGRAPH_TRY(VerifyValue(context, config.handle));
    UPGRAPH_TRY(VerifyKeys(context, config));
  }
  return OkStatus();
}

// A path that cannot lead out of the package's payload.
Status VerifyPayload(const StepGraph& plan) {
  for (size_t i = 0; i < plan.payload.size(); ++i) {
    const std::string& path = plan.payload[i];
    UPGRAPH_TRY(VerifyName(path, "a payload path"));
    if (path != "payload" && path.rfind("payload/", 0) != 0) {
      return Violation(fmt::format("the payload path `{}` is outside of `payload/`", path));
    }
    if (("/" + path + "/").find("/../") != std::string::npos) {
      return Violation(fmt::format("the payload path `{}` is outside of `payload/`", path));
    }
    if (i > 0 && path <= plan.payload[i - 1]) {
      return Violation(fmt::format("the payload path `{}` is not in order", path));
    }
  }
  return OkStatus();
}

// A host's plan has its hops, each where the one before it ended, and no edges to choose from.
Status VerifyHops(const Context& context) {
  const Plan& plan = context.plan;
  if (!plan.hops.empty() && !plan.other_edges.empty()) {
    return Violation("hops were chosen, and there are edges left to choose from");
  }
  for (size_t i = 0; i < plan.hops.size(); ++i) {
    UPGRAPH_TRY(VerifyVersion(plan.product, plan.hops[i].from, "the start of a hop"));
    UPGRAPH_TRY(VerifyVersion(plan.product, plan.hops[i].to, "the end of a hop"));
    UPGRAPH_TRY(VerifyTime(plan.hops[i].window_ms, "the window of a hop"));
    UPGRAPH_TRY(VerifyTime(plan.hops[i].downtime_ms, "the downtime of a hop"));
    UPGRAPH_TRY(VerifyUpWhen(context, plan.hops[i].up_when));
    if (i > 0 && plan.hops[i].from != plan.hops[i - 1].to) {
      return Violation("a hop begins where the one before it did not end");
    }
  }
  return OkStatus();
}

}  // namespace

Status VerifyHead(const Context& context) {
  const Plan& plan = context.plan;
  if (plan.format_version != kPlanFormatVersion) {
    return Violation(fmt::format("format {}; this program knows format {}", plan.format_version,
                                 kPlanFormatVersion));
  }
  UPGRAPH_TRY(VerifyText(plan.tool_version, "the compiler's version"));
  UPGRAPH_TRY(VerifyText(plan.stdlib_digest, "the library's digest"));
  UPGRAPH_TRY(VerifyProduct(plan.product));
  UPGRAPH_TRY(VerifyEdge(context));
  UPGRAPH_TRY(VerifyHops(context));
  UPGRAPH_TRY(VerifyConfigs(context));
  UPGRAPH_TRY(VerifyPeople(context.plan));
  UPGRAPH_TRY(VerifyInputs(context));
  UPGRAPH_TRY(VerifyMeanings(context.plan));
  return VerifyFacts(context);
}

Status VerifyEdge(const Context& context) {
  UPGRAPH_TRY(VerifyUpgrade(context.plan.product, context.graph.upgrade));
  UPGRAPH_TRY(VerifyUpWhen(context, context.graph.upgrade.up_when));
  return VerifyPayload(context.graph);
}

Status VerifyResources(const StepGraph& plan) {
  std::tuple<std::string, bool, bool> previous;
  for (size_t i = 0; i < plan.resources.size(); ++i) {
    const Resource& resource = plan.resources[i];
    UPGRAPH_TRY(VerifyName(resource.kind, "a resource's kind"));
    if (resource.overlap > Overlap::kPath) {
      return Violation("a resource with an unknown rule of overlap");
    }
    UPGRAPH_TRY(VerifyText(resource.within, "a resource's whole"));
    if (resource.within_count > resource.arguments.size() || resource.within == resource.kind) {
      return Violation("a resource that is no part of what it says");
    }
    for (const std::string& argument : resource.arguments) {
      UPGRAPH_TRY(VerifyText(argument, "a resource's argument"));
    }
    std::tuple<std::string, bool, bool> key{resource.Name(), resource.is_template,
                                            resource.is_unknown};
    if (i > 0 && key <= previous) {
      return Violation(
          fmt::format("the resource {} is not in order", std::get<0>(key).substr(0, 200)));
    }
    previous = std::move(key);
  }
  return OkStatus();
}

}  // namespace upgraph::plan::rules
