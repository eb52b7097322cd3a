#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/checks/check.h"
#include "plan/checks/resource_forest.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kCouldBeParallelExplanation;
const char* const kCouldBeParallelExplanation =
    R"(The downtime is not longer than the order of the text makes it.

Text order is a chain: each step waits for the one before it, needed or not. Steps of `switch` that
touch nothing in common can stand side by side in `parallel { … }`, and the downtime is then that of
the longest alone. This is said where it saves ten seconds and a tenth of the downtime at least. What
starts, stops, waits or only looks stays where it is, as its place in the order is its purpose. The
rest is judged by what the steps declare; whether one counts on another in a way that no effect says
is for the author to know, and `allow` keeps it as it is.

Bad:
    switch {
      import("/srv/maps/north")     // 40s
      import("/srv/maps/south")     // 40s
    }

Good:
    switch {
      parallel {
        import("/srv/maps/north")
        import("/srv/maps/south")
      }
    }
)";

namespace {

constexpr int64_t kSavedMsMin = 10'000;
constexpr int64_t kSavedPartMin = 10;  // one part in ten of the downtime

// Steps that come one after another with nothing beside them, and touch nothing in common.
struct Row {
  std::vector<StepId> steps;
  int64_t sum_ms = 0;
  int64_t longest_ms = 0;
};

// Walks the steps in their order, and extends the row as long as the next step may join it.
class RowFinder {
 public:
  explicit RowFinder(const Plan& plan)
      : plan_(plan), forest_(plan.resources), successor_count_(plan.steps.size(), 0) {
    for (const Step& step : plan.steps) {
      for (const StepId before : step.after) {
        ++successor_count_[before.index()];
      }
    }
  }

  std::vector<Row> Run() {
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      const StepId id(i);
      if (!MayMove(plan_.step(id))) {
        Close();
        continue;
      }
      if (row_.steps.empty() || !Follows(row_.steps.back(), id) || Meets(id)) {
        Close();
      }
      Add(id);
    }
    Close();
    return std::move(rows_);
  }

 private:
  // What a template touches the host alone knows, so it may be what another step touches.
  bool MayMove(const Step& step) const {
    return step.phase == Phase::kSwitch && step.kind != StepKind::kJoin && !step.waits &&
           !IsReboot(step) && step.undo != UndoClass::kObserves &&
           std::none_of(step.effects.begin(), step.effects.end(), [this](const Effect& effect) {
             return effect.kind == EffectKind::kStarts || effect.kind == EffectKind::kStops ||
                    plan_.resource(effect.resource_id).is_template;
           });
  }

  bool Follows(StepId a, StepId b) const {
    const Step& step = plan_.step(b);
    return step.after.size() == 1 && step.after[0] == a && successor_count_[a.index()] == 1 &&
           step.lock_scope_id == plan_.step(a).lock_scope_id && step.hop == plan_.step(a).hop;
  }

  bool Meets(StepId id) const {
    for (const Effect& effect : plan_.step(id).effects) {
      const uint32_t node = forest_.NodeOf(effect.resource_id);
      if (IsIn(written_, node) || (effect.kind == EffectKind::kWrites && IsIn(touched_, node))) {
        return true;
      }
    }
    return false;
  }

  // Whether the set holds what covers the resource, or what it covers.
  bool IsIn(const std::set<uint32_t>& nodes, uint32_t node) const {
    const auto below = nodes.lower_bound(node);
    if (below != nodes.end() && *below < forest_.node(node).end) {
      return true;
    }
    for (uint32_t above = node; above != ResourceForest::kNone;
         above = forest_.node(above).parent) {
      if (nodes.count(above) != 0) {
        return true;
      }
    }
    return false;
  }

  void Add(StepId id) {
    const Step& step = plan_.step(id);
    for (const Effect& effect : step.effects) {
      const uint32_t node = forest_.NodeOf(effect.resource_id);
      touched_.insert(node);
      if (effect.kind == EffectKind::kWrites) {
        written_.insert(node);
      }
    }
    row_.steps.push_back(id);
    row_.longest_ms = std::max(row_.longest_ms, step.takes_ms);
    // A sum that is too great for a number saves nothing that could be said.
    if (__builtin_add_overflow(row_.sum_ms, step.takes_ms, &row_.sum_ms)) {
      row_.sum_ms = 0;
    }
  }

  void Close() {
    if (row_.sum_ms - row_.longest_ms >= kSavedMsMin) {
      rows_.push_back(std::move(row_));
    }
    row_ = {};
    touched_.clear();
    written_.clear();
  }

  const Plan& plan_;
  ResourceForest forest_;
  std::vector<uint32_t> successor_count_;
  Row row_;
  std::set<uint32_t> touched_;  // nodes of the row
  std::set<uint32_t> written_;
  std::vector<Row> rows_;
};

}  // namespace

void RunCouldBeParallel(const Plan& plan, std::vector<Finding>* findings) {
  const bool switches = std::any_of(plan.steps.begin(), plan.steps.end(),
                                    [](const Step& step) { return step.phase == Phase::kSwitch; });
  const std::vector<Row> rows = switches ? RowFinder(plan).Run() : std::vector<Row>();
  if (rows.empty()) {
    return;
  }
  const int64_t downtime_ms = CriticalPathForward(plan, Phase::kSwitch, Phase::kSwitch);
  // What is not on the longest path saves nothing.
  const std::vector<StepId> path = CriticalSteps(plan, Phase::kSwitch, Phase::kSwitch);
  const std::set<StepId> longest(path.begin(), path.end());
  for (const Row& row : rows) {
    const int64_t saved_ms = row.sum_ms - row.longest_ms;
    if (saved_ms < downtime_ms / kSavedPartMin || longest.count(row.steps.front()) == 0) {
      continue;
    }
    const Step& first = plan.step(row.steps.front());
    const Step& last = plan.step(row.steps.back());
    findings->push_back(
        {"could-be-parallel", FindingSeverity::kWarning,
         fmt::format("{} steps from here on touch nothing in common and run one after another; "
                     "side by side they save up to {} of {} downtime",
                     row.steps.size(), FormatDuration(saved_ms), FormatDuration(downtime_ms)),
         first.position, fmt::format("the last of them, `{}`", last.name), last.position,
         "put them into `parallel { … }`, unless one counts on another in a way that no effect "
         "says"});
  }
}

}  // namespace upgraph::plan
