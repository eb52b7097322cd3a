#include "plan/join_hops.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "plan/overlap.h"

namespace upgraph::plan {
namespace {

using Frontier = std::vector<StepId>;

template <typename T>
void AddMissing(const std::vector<T>& from, std::vector<T>* to) {
  for (const T& item : from) {
    if (std::find(to->begin(), to->end(), item) == to->end()) {
      to->push_back(item);
    }
  }
}

Upgrade JoinHeads(const std::vector<Hop>& hops, const std::vector<StepGraph>& graphs) {
  Upgrade head = graphs.front().upgrade;
  head.from = {{hops.front().from, ""}};
  head.to = hops.back().to;
  std::vector<std::string> tickets;
  for (const StepGraph& graph : graphs) {
    const Upgrade& upgrade = graph.upgrade;
    if (!upgrade.ticket.empty()) {
      AddMissing({upgrade.ticket}, &tickets);
    }
    if (&graph == &graphs.front()) {
      continue;
    }
    if (!upgrade.purpose.empty()) {
      head.purpose += (head.purpose.empty() ? "" : "\n\n") + upgrade.purpose;
    }
    AddMissing(upgrade.approvals, &head.approvals);
    AddMissing(upgrade.accepts_loss, &head.accepts_loss);
    AddMissing(upgrade.allows, &head.allows);
    const auto add = [](int64_t* sum, int64_t ms) { *sum = *sum > 0 && ms > 0 ? *sum + ms : 0; };
    add(&head.window_ms, upgrade.window_ms);
    add(&head.downtime_ms, upgrade.downtime_ms);
    // There is one way back, for all of them.
    head.retain_ms = head.retain_ms == kRetainWithoutEnd || upgrade.retain_ms == kRetainWithoutEnd
                         ? kRetainWithoutEnd
                         : std::max(head.retain_ms, upgrade.retain_ms);
  }
  head.ticket.clear();
  for (const std::string& ticket : tickets) {
    head.ticket += (head.ticket.empty() ? "" : ", ") + ticket;
  }
  return head;
}

class Joiner {
 public:
  Joiner(const std::vector<Hop>& hops, std::vector<StepGraph>* graphs)
      : hops_(hops), graphs_(*graphs) {}

  StepGraph Run() {
    joined_.upgrade = JoinHeads(hops_, graphs_);
    std::set<std::string> payload;
    for (size_t hop = 0; hop < graphs_.size(); ++hop) {
      MarkLate(hop);
      TakeParts(hop);
      payload.insert(graphs_[hop].payload.begin(), graphs_[hop].payload.end());
    }
    // Who is told of a run is told once, as its last hop says.
    joined_.announcements = graphs_.back().announcements;
    joined_.payload.assign(payload.begin(), payload.end());
    AddPreflights();
    for (size_t hop = 0; hop < graphs_.size(); ++hop) {
      AddGroup(hop, Phase::kPreflight);
      AddGroup(hop, Phase::kPrepare);
      AddGroup(hop, Phase::kSwitch);
      AddGroup(hop, Phase::kVerify);
    }
    for (size_t hop = 0; hop < graphs_.size(); ++hop) {
      AddGroup(hop, Phase::kCleanup);
    }
    return std::move(joined_);
  }

 private:
  // Which preflights of the hop wait for it to begin: those that touch what earlier hops write up
  // to their verify, and those that come after one.
  void MarkLate(size_t hop) {
    const StepGraph& graph = graphs_[hop];
    std::vector<bool> is_late(graph.steps.size(), false);
    for (size_t i = 0; i < graph.steps.size(); ++i) {
      const Step& step = graph.steps[i];
      if (step.phase != Phase::kPreflight) {
        continue;
      }
      is_late[i] = std::any_of(step.effects.begin(), step.effects.end(),
                               [&](const Effect& effect) {
                                 return OverlapsAny(written_,
                                                    OverlapKey(graph.resource(effect.resource_id)));
                               }) ||
                   std::any_of(step.after.begin(), step.after.end(),
                               [&](StepId before) { return is_late[before.index()]; });
    }
    is_late_.push_back(std::move(is_late));
    for (const Step& step : graph.steps) {
      for (const Effect& effect : step.effects) {
        if (effect.kind == EffectKind::kWrites && step.phase != Phase::kCleanup) {
          written_.insert(OverlapKey(graph.resource(effect.resource_id)));
        }
      }
    }
  }

  // Resources, lock scopes, gates and arms move behind those of earlier hops.
  void TakeParts(size_t hop) {
    StepGraph& graph = graphs_[hop];
    const auto resources = static_cast<uint32_t>(joined_.resources.size());
    const auto scopes = static_cast<uint32_t>(joined_.lock_scopes.size());
    const auto move_scope = [&](LockScopeId* id) {
      *id = id->has_value() ? LockScopeId(id->index() + scopes) : LockScopeId();
    };
    for (LockScope& scope : graph.lock_scopes) {
      move_scope(&scope.parent_id);
      joined_.lock_scopes.push_back(std::move(scope));
    }
    const auto gates = static_cast<uint32_t>(joined_.gates.size());
    joined_.gates.insert(joined_.gates.end(), std::make_move_iterator(graph.gates.begin()),
                         std::make_move_iterator(graph.gates.end()));
    const auto arms = static_cast<uint32_t>(joined_.arms.size());
    const auto move_arm = [&](ArmId* id) {
      *id = id->has_value() ? ArmId(id->index() + arms) : ArmId();
    };
    for (Arm& arm : graph.arms) {
      move_arm(&arm.before_id);
      move_arm(&arm.parent_id);
      joined_.arms.push_back(std::move(arm));
    }
    for (Step& step : graph.steps) {
      move_arm(&step.arm_id);
      step.hop = static_cast<uint32_t>(hop);
      if (step.waits_for_retain) {
        step.delay_ms = joined_.upgrade.retain_ms;
      }
      step.gate_id = step.gate_id.has_value() ? GateId(step.gate_id.index() + gates) : GateId();
      move_scope(&step.lock_scope_id);
      for (Effect& effect : step.effects) {
        effect.resource_id = ResourceId(effect.resource_id.index() + resources);
      }
    }
    joined_.resources.insert(joined_.resources.end(), graph.resources.begin(),
                             graph.resources.end());
    new_ids_.emplace_back(graph.steps.size());
  }

  void AddPreflights() {
    Frontier ends;
    for (size_t hop = 0; hop < graphs_.size(); ++hop) {
      frontier_.clear();
      AddSteps(hop, [&](size_t i) {
        return graphs_[hop].steps[i].phase == Phase::kPreflight && !is_late_[hop][i];
      });
      ends.insert(ends.end(), frontier_.begin(), frontier_.end());
    }
    frontier_ = std::move(ends);
  }

  // Of preflight only what is late.
  void AddGroup(size_t hop, Phase phase) {
    AddSteps(hop, [&](size_t i) {
      return graphs_[hop].steps[i].phase == phase &&
             is_late_[hop][i] == (phase == Phase::kPreflight);
    });
  }

  // The chosen steps, after all that the frontier ends; then they are what the frontier ends with.
  template <typename IsChosen>
  void AddSteps(size_t hop, IsChosen is_chosen) {
    std::vector<size_t> chosen;
    for (size_t i = 0; i < graphs_[hop].steps.size(); ++i) {
      if (is_chosen(i)) {
        chosen.push_back(i);
      }
    }
    if (chosen.empty()) {
      return;
    }
    std::set<size_t> inside(chosen.begin(), chosen.end());
    const auto is_first = [&](size_t i) {
      const std::vector<StepId>& after = graphs_[hop].steps[i].after;
      return std::none_of(after.begin(), after.end(),
                          [&](StepId id) { return inside.count(id.index()) > 0; });
    };
    // With m ends before and n beginnings, a join makes m + n edges of m × n.
    if (frontier_.size() > 1 && std::count_if(chosen.begin(), chosen.end(), is_first) > 1) {
      AddJoin(hop, graphs_[hop].steps[chosen.front()]);
    }
    std::set<size_t> ends = inside;
    for (size_t i : chosen) {
      Step& step = graphs_[hop].steps[i];
      std::vector<StepId> after = is_first(i) ? frontier_ : Frontier();
      for (StepId before : step.after) {
        if (inside.count(before.index()) > 0) {
          after.push_back(new_ids_[hop][before.index()]);
          ends.erase(before.index());
        }
      }
      std::sort(after.begin(), after.end());
      step.after = std::move(after);
      step.ends = step.ends.has_value() ? new_ids_[hop][step.ends.index()] : StepId();
      step.watch_id = step.watch_id.has_value() ? new_ids_[hop][step.watch_id.index()] : StepId();
      new_ids_[hop][i] = Push(step);
      if (is_late_[hop][i]) {
        Step& late = joined_.steps.back();
        late.phase = Phase::kPrepare;
        late.allowed_phases |= 1 << static_cast<int>(Phase::kPrepare);
      }
    }
    frontier_.clear();
    for (size_t i : ends) {
      frontier_.push_back(new_ids_[hop][i]);
    }
    std::sort(frontier_.begin(), frontier_.end());
  }

  void AddJoin(size_t hop, const Step& next) {
    Step join;
    // `in` is reserved, so no label is spelled like it. The preflights that wait and the prepare
    // after them may both have one.
    join.path = "v" + hops_[hop].to + "/" + PhaseName(next.phase) + "/in";
    join.name = join.title = "join";
    join.kind = StepKind::kJoin;
    join.phase = next.phase == Phase::kPreflight ? Phase::kPrepare : next.phase;
    join.hop = static_cast<uint32_t>(hop);
    join.after = frontier_;
    join.position = next.position;
    frontier_ = {Push(join)};
  }

  StepId Push(const Step& step) {
    joined_.steps.push_back(step);
    return StepId(static_cast<uint32_t>(joined_.steps.size() - 1));
  }

  const std::vector<Hop>& hops_;
  std::vector<StepGraph>& graphs_;
  StepGraph joined_;
  std::set<std::string> written_;             // by the hops so far
  std::vector<std::vector<bool>> is_late_;    // of each hop, each step
  std::vector<std::vector<StepId>> new_ids_;  // of each hop, each step
  Frontier frontier_;                         // what the next group comes after
};

}  // namespace

StepGraph JoinHops(const std::vector<Hop>& hops, std::vector<StepGraph> graphs) {
  UPGRAPH_CHECK(!graphs.empty() && graphs.size() == hops.size());
  return graphs.size() == 1 ? std::move(graphs.front()) : Joiner(hops, &graphs).Run();
}

}  // namespace upgraph::plan
