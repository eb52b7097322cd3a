#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kUnorderedConflictExplanation;
const char* const kUnorderedConflictExplanation = R"(Steps that touch the same thing are ordered.

Two steps of one `parallel` block run in no order. When one of them writes what the other reads or
writes, the result depends on chance, and so does the way back. A folder covers what is in it: two
steps that write `/opt/dten` and `/opt/dten/bin` touch the same thing.

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

struct Access {
  StepId step_id;
  ResourceId resource_id;
  bool writes = false;
};

// Everything below `path` is covered by it; "/" covers all.
std::string ParentPath(const std::string& path) {
  size_t slash = path.find_last_of('/');
  if (slash == std::string::npos || path == "/") {
    return "";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The accesses of each resource, and for each resource those that cover it. What overlaps is
// compared in the order of the steps: a writer must come after all since the writer before it, and
// before all up to the next. By transitivity that orders every pair, with questions as many as
// accesses.
class ConflictFinder {
 public:
  ConflictFinder(const Plan& plan, std::vector<Finding>* findings)
      : plan_(plan), findings_(findings), reachability_(plan) {
    for (uint32_t i = 0; i < plan.steps.size(); ++i) {
      for (const Effect& effect : plan.steps[i].effects) {
        const Resource& resource = plan.resource(effect.resource_id);
        Access access{StepId(i), effect.resource_id, effect.kind == EffectKind::kWrites};
        by_resource_[effect.resource_id].push_back(access);
        if (resource.is_unknown || resource.is_template) {
          unknown_[resource.kind].push_back(access);
        } else if (resource.overlap == Overlap::kPath && resource.arguments.size() == 1) {
          paths_[resource.kind + " " + resource.arguments[0]] = effect.resource_id;
        }
      }
    }
  }

  void Run() {
    for (const auto& [resource_id, accesses] : by_resource_) {
      std::vector<Access> all = accesses;
      AddCovering(plan_.resource(resource_id), resource_id, &all);
      std::sort(all.begin(), all.end(), [](const Access& a, const Access& b) {
        return std::tie(a.step_id, b.writes) < std::tie(b.step_id, a.writes);
      });
      Compare(all);
    }
  }

 private:
  void AddCovering(const Resource& resource, ResourceId resource_id, std::vector<Access>* all) {
    auto add = [&](const std::vector<Access>& accesses) {
      all->insert(all->end(), accesses.begin(), accesses.end());
    };
    auto unknown = unknown_.find(resource.kind);
    if (unknown != unknown_.end()) {
      for (const Access& access : unknown->second) {
        if (access.resource_id != resource_id) {
          all->push_back(access);
        }
      }
    }
    if (resource.overlap != Overlap::kPath || resource.arguments.size() != 1) {
      return;
    }
    for (std::string path = ParentPath(resource.arguments[0]); !path.empty();
         path = ParentPath(path)) {
      auto covering = paths_.find(resource.kind + " " + path);
      if (covering != paths_.end()) {
        add(by_resource_.at(covering->second));
      }
    }
  }

  void Compare(const std::vector<Access>& all) {
    const Access* writer = nullptr;
    std::vector<const Access*> since;  // read since the last writer
    for (const Access& access : all) {
      if (writer != nullptr) {
        Require(*writer, access);
      }
      if (access.writes) {
        for (const Access* reader : since) {
          Require(*reader, access);
        }
        since.clear();
        writer = &access;
      } else {
        since.push_back(&access);
      }
    }
  }

  void Require(const Access& first, const Access& second) {
    if (first.step_id == second.step_id || reachability_.Reaches(first.step_id, second.step_id) ||
        !reported_.insert({first.step_id, second.step_id}).second) {
      return;
    }
    const Step& a = plan_.step(first.step_id);
    const Step& b = plan_.step(second.step_id);
    auto verb = [](const Access& access) { return access.writes ? "writes" : "reads"; };
    findings_->push_back(
        {"unordered-conflict", FindingSeverity::kError,
         fmt::format("`{}` {} `{}` in no order with `{}`; steps that touch the same thing must be "
                     "ordered",
                     b.name, verb(second), plan_.resource(second.resource_id).Name(), a.name),
         b.position,
         fmt::format("`{}` {} `{}` here", a.name, verb(first),
                     plan_.resource(first.resource_id).Name()),
         a.position, "put them in sequence, or label the first and write `after` it"});
  }

  const Plan& plan_;
  std::vector<Finding>* findings_;
  Reachability reachability_;
  std::map<ResourceId, std::vector<Access>> by_resource_;
  std::map<std::string, std::vector<Access>> unknown_;  // by kind
  std::map<std::string, ResourceId> paths_;             // "file /opt/dten"
  std::set<std::pair<StepId, StepId>> reported_;
};

}  // namespace

void RunUnorderedConflict(const Plan& plan, std::vector<Finding>* findings) {
  ConflictFinder(plan, findings).Run();
}

}  // namespace upgraph::plan
