#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "plan/arms.h"
#include "plan/checks/check.h"
#include "plan/checks/resource_forest.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kRollbackLosesWritesExplanation;
const char* const kRollbackLosesWritesExplanation =
    R"(The way back loses nothing that users wrote after the switch.

A step that puts data back as it stood, a database or the files of one, is right as long as nobody
writes. Once a service has started again its users do, and a rollback would throw away what they
wrote, without a word. So either the data goes back in a way that keeps later rows (a migration with
its down script), or nothing starts before the commit, or the upgrade says that the loss is accepted.
What a step starts is what it declares with `starts`.

Bad:
    switch {
      files.install("payload/empty.db", to: "/var/lib/dten/dten.db")    // comes back as it was
      serve("dten.service")                                             // starts unit(…)
    }

Good:
    switch {
      sql.migrate(db, "payload/migrations")                             // keeps later rows
      serve("dten.service")
    }
or
    accepts loss "sessions of the last minutes"
)";

namespace {

bool IsData(const Resource& resource) {
  return resource.kind == "database" || resource.kind == "table";
}

bool HasEffect(const Step& step, EffectKind kind) {
  return std::any_of(step.effects.begin(), step.effects.end(),
                     [&](const Effect& effect) { return effect.kind == kind; });
}

// Which resources hold data: databases, tables, and the files that are written together with them.
class DataPlaces {
 public:
  explicit DataPlaces(const Plan& plan)
      : plan_(plan),
        forest_(plan.resources),
        is_data_(forest_.size(), false),
        covers_data_(forest_.size(), false) {
    for (const Step& step : plan.steps) {
      const bool touches_data =
          std::any_of(step.effects.begin(), step.effects.end(), [&](const Effect& effect) {
            return effect.kind == EffectKind::kWrites && IsData(plan.resource(effect.resource_id));
          });
      for (const Effect& effect : step.effects) {
        if (touches_data && effect.kind == EffectKind::kWrites) {
          Add(forest_.NodeOf(effect.resource_id));
        }
      }
    }
  }

  // The first of the step's writes that meets data.
  std::optional<ResourceId> WrittenBy(const Step& step) const {
    for (const Effect& effect : step.effects) {
      if (effect.kind == EffectKind::kWrites && Meets(forest_.NodeOf(effect.resource_id))) {
        return effect.resource_id;
      }
    }
    return std::nullopt;
  }

 private:
  void Add(uint32_t node) {
    is_data_[node] = true;
    while (node != ResourceForest::kNone && !covers_data_[node]) {
      covers_data_[node] = true;
      node = forest_.node(node).parent;
    }
  }

  bool Meets(uint32_t node) const {
    bool meets = covers_data_[node];
    for (; node != ResourceForest::kNone; node = forest_.node(node).parent) {
      meets = meets || is_data_[node];
    }
    return meets;
  }

  const Plan& plan_;
  ResourceForest forest_;
  std::vector<bool> is_data_;
  std::vector<bool> covers_data_;
};

Finding LossOf(const Plan& plan, const Step& start, const Step& restore, ResourceId data) {
  Finding finding;
  finding.check = "rollback-loses-writes";
  finding.message = fmt::format(
      "`{}` starts something while `{}` would go back as it was; what is written from then on is "
      "lost on the way back",
      start.name, plan.resource(data).Name());
  finding.position = start.position;
  finding.second_message =
      fmt::format("`{}` writes it, and its way back restores it", restore.name);
  finding.second_position = restore.position;
  finding.hint =
      "change the data in a way that keeps later writes, start nothing before the commit, or write "
      "`accepts loss \"why\"` in the upgrade";
  return finding;
}

}  // namespace

void RunRollbackLosesWrites(const Plan& plan, std::vector<Finding>* findings) {
  std::vector<StepId> starts;
  const uint32_t end = WayBackEnd(plan);
  for (uint32_t i = 0; i < end; ++i) {
    if (HasEffect(plan.steps[i], EffectKind::kStarts)) {
      starts.emplace_back(i);
    }
  }
  if (starts.empty() || !plan.upgrade.accepts_loss.empty()) {
    return;
  }
  const DataPlaces places(plan);
  std::vector<std::pair<StepId, ResourceId>> restores;
  for (uint32_t i = 0; i < end; ++i) {
    const Step& step = plan.steps[i];
    if (step.undo == UndoClass::kExactly) {
      if (const auto data = places.WrittenBy(step)) {
        restores.emplace_back(StepId(i), *data);
      }
    }
  }
  if (restores.empty()) {
    return;
  }
  // A restore with a smaller id comes before the start or runs beside it. Of one that stands later
  // in the text only a branch of the same `parallel` runs beside it: rare, and unordered-conflict
  // sees it where both touch the unit.
  for (const StepId start : starts) {
    const auto& [restore, data] = restores.front();
    if (restore < start && !Exclude(plan, plan.step(restore).arm_id, plan.step(start).arm_id)) {
      findings->push_back(LossOf(plan, plan.step(start), plan.step(restore), data));
    }
  }
}

}  // namespace upgraph::plan
