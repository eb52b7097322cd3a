#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "plan/arms.h"
#include "plan/checks/check.h"
#include "plan/checks/resource_forest.h"
#include "plan/graph.h"
#include "plan/template.h"
#include "plan/version.h"

namespace upgraph::plan {

extern const char* const kUnorderedConflictExplanation;
const char* const kUnorderedConflictExplanation = R"(Steps that touch the same thing are ordered.

Two steps of one `parallel` block run in no order. When one of them writes what the other reads,
needs or writes, the result depends on chance, and so does the way back. A folder covers what is in
it: two steps that write `/opt/dten` and `/opt/dten/bin` touch the same thing. A name that depends
on the installed version is looked at for each release that the upgrade leads from: what fails for
some of them is a warning, what fails for all an error. On the host the check runs again with the
version that is there. It proves what the steps declare; what they do not declare it cannot see.

Bad:
    parallel {
      config.set(settings.server.listen, "0.0.0.0:80")
      config.migrate(settings)
    }

Good:
    config.migrate(settings)
    config.set(settings.server.listen, "0.0.0.0:80")
or, inside `parallel`, a label and `after`, or a `block { … }`.
)";

namespace {

// As many installed versions are tried for the names that depend on them.
constexpr size_t kReleasesMax = 16;
// More pairs than a person reads; the rest shows once these are mended.
constexpr size_t kConflictsMax = 200;

struct Access {
  StepId step_id;
  ResourceId resource_id;
  EffectKind kind = EffectKind::kReads;
};

struct Conflict {
  Access first;
  Access second;
};

// Walks the steps in their order and keeps, for each resource, the accesses that a later step must
// still be held against. A write that comes after all that overlap it takes the place of those that
// it covers: what comes after the write comes after them. A step that is ordered with every other
// takes the place of all. So a step is asked about a few others, not about all before it. If there
// is a conflict at all one is found; each that is found is one.
class ConflictFinder {
 public:
  ConflictFinder(const Plan& plan, const std::vector<const Resource*>& resources,
                 Reachability* reachability)
      : plan_(plan),
        forest_(resources),
        reachability_(*reachability),
        last_write_(forest_.size()),
        readers_(forest_.size()) {}

  std::vector<Conflict> Run() {
    for (uint32_t i = 0; i < plan_.steps.size() && conflicts_.size() < kConflictsMax; ++i) {
      const StepId id(i);
      if (reachability_.IsBarrier(id)) {
        ForgetAll();
        continue;
      }
      for (const Effect& effect : plan_.steps[i].effects) {
        Visit({id, effect.resource_id, effect.kind});
      }
    }
    return std::move(conflicts_);
  }

 private:
  void Visit(const Access& access) {
    const uint32_t node = forest_.NodeOf(access.resource_id);
    const bool writes = access.kind == EffectKind::kWrites;
    for (uint32_t above = node; above != ResourceForest::kNone;
         above = forest_.node(above).parent) {
      Compare(above, access);
    }
    auto below = live_.upper_bound(node);
    while (below != live_.end() && *below < forest_.node(node).end) {
      Compare(*below, access);
      if (writes) {
        last_write_[*below] = Access();
        readers_[*below].clear();
        below = live_.erase(below);
      } else {
        ++below;
      }
    }
    live_.insert(node);
    if (writes) {
      last_write_[node] = access;
      readers_[node].clear();
    } else {
      readers_[node].push_back(access);
    }
  }

  void Compare(uint32_t node, const Access& access) {
    Require(last_write_[node], access);
    if (access.kind == EffectKind::kWrites) {
      for (const Access& reader : readers_[node]) {
        Require(reader, access);
      }
    }
  }

  void Require(const Access& first, const Access& second) {
    if (!first.step_id.has_value() || first.step_id == second.step_id ||
        reachability_.Reaches(first.step_id, second.step_id) ||
        Exclude(plan_, plan_.step(first.step_id).arm_id, plan_.step(second.step_id).arm_id)) {
      return;
    }
    conflicts_.push_back({first, second});
  }

  void ForgetAll() {
    for (uint32_t node : live_) {
      last_write_[node] = Access();
      readers_[node].clear();
    }
    live_.clear();
  }

  const Plan& plan_;
  ResourceForest forest_;
  Reachability& reachability_;
  std::vector<Access> last_write_;
  std::vector<std::vector<Access>> readers_;  // since the last write
  std::set<uint32_t> live_;                   // nodes with either
  std::vector<Conflict> conflicts_;
};

// The resources as they are when `from` is installed. What waits for another fact is any. Those
// that differ from the plan's stand in `filled`.
std::vector<const Resource*> FillResources(const Plan& plan, const std::string& from,
                                           std::deque<Resource>* filled) {
  const TemplateNames names = {{"from", from}, {"installed", from}, {"to", plan.upgrade.to}};
  std::vector<const Resource*> resources;
  resources.reserve(plan.resources.size());
  for (const Resource& resource : plan.resources) {
    if (!resource.is_template) {
      resources.push_back(&resource);
      continue;
    }
    Resource& copy = filled->emplace_back(resource);
    for (std::string& argument : copy.arguments) {
      auto text = FillTemplate(argument, names);
      copy.is_unknown = copy.is_unknown || !text.ok();
      argument = text.ok() ? *text : "*";
    }
    resources.push_back(&copy);
  }
  return resources;
}

// The releases that the upgrade leads from, withdrawn ones only when they are named; the origins
// themselves when none is listed.
std::vector<std::string> Origins(const Plan& plan) {
  std::vector<std::string> origins;
  for (const std::string& release : plan.product.releases) {
    const bool is_origin = std::any_of(
        plan.upgrade.from.begin(), plan.upgrade.from.end(), [&](const VersionRange& range) {
          const auto is_in_range = IsInRange(plan.product, release, range);
          return is_in_range.ok() && *is_in_range;
        });
    const bool is_withdrawn =
        std::any_of(plan.product.withdrawn.begin(), plan.product.withdrawn.end(),
                    [&](const Withdrawn& withdrawn) { return withdrawn.version == release; });
    if (is_origin && !is_withdrawn && origins.size() < kReleasesMax) {
      origins.push_back(release);
    }
  }
  for (const VersionRange& range : plan.upgrade.from) {
    const bool is_withdrawn =
        std::any_of(plan.product.withdrawn.begin(), plan.product.withdrawn.end(),
                    [&](const Withdrawn& withdrawn) { return withdrawn.version == range.lower; });
    if (is_withdrawn && range.upper.empty() && origins.size() < kReleasesMax) {
      origins.push_back(range.lower);
    }
  }
  if (origins.empty() && !plan.upgrade.from.empty()) {
    origins.push_back(plan.upgrade.from.front().lower);
  }
  return origins;
}

Finding Report(const Plan& plan, const Conflict& conflict, const std::string& only_from) {
  const Step& a = plan.step(conflict.first.step_id);
  const Step& b = plan.step(conflict.second.step_id);
  const auto what = [&](const Access& access) {
    return fmt::format("{} `{}`", EffectKindName(access.kind),
                       plan.resource(access.resource_id).Name());
  };
  Finding finding;
  finding.check = "unordered-conflict";
  finding.severity = only_from.empty() ? FindingSeverity::kError : FindingSeverity::kWarning;
  finding.message = fmt::format(
      "`{}` (`{}`) {} in no order with `{}` (`{}`){}; steps that touch the same thing must be "
      "ordered",
      b.name, b.path, what(conflict.second), a.name, a.path,
      only_from.empty() ? "" : fmt::format(" when v{} is installed", only_from));
  finding.position = b.position;
  finding.second_message = fmt::format("`{}` {} here", a.name, what(conflict.first));
  finding.second_position = a.position;
  finding.hint = a.label.empty()
                     ? "put them in sequence, or label the first and write `after` it"
                     : fmt::format("put them in sequence, or write `after {}`", a.label.str());
  return finding;
}

}  // namespace

void RunUnorderedConflict(const Plan& plan, std::vector<Finding>* findings) {
  Reachability reachability(plan);
  const bool has_template =
      std::any_of(plan.resources.begin(), plan.resources.end(),
                  [](const Resource& resource) { return resource.is_template; });
  const std::vector<std::string> origins =
      has_template ? Origins(plan) : std::vector<std::string>{""};
  struct Seen {
    Conflict conflict;
    size_t count = 0;
    std::string from;
  };
  std::map<std::pair<StepId, StepId>, Seen> seen;
  for (const std::string& from : origins) {
    std::set<std::pair<StepId, StepId>> pairs;
    std::deque<Resource> filled;
    const std::vector<const Resource*> resources = FillResources(plan, from, &filled);
    for (const Conflict& conflict : ConflictFinder(plan, resources, &reachability).Run()) {
      const std::pair pair(conflict.first.step_id, conflict.second.step_id);
      if (!pairs.insert(pair).second) {
        continue;
      }
      auto [entry, is_new] = seen.try_emplace(pair, Seen{conflict, 0, from});
      ++entry->second.count;
    }
  }
  for (const auto& [pair, entry] : seen) {
    findings->push_back(
        Report(plan, entry.conflict, entry.count == origins.size() ? "" : entry.from));
  }
}

}  // namespace upgraph::plan
