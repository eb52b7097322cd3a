#include <algorithm>
#include <iterator>

#include "plan/graph.h"

namespace upgraph::plan {
namespace {

// The rank of each step in the reverse post-order of a depth-first walk.
std::vector<uint32_t> WalkRanks(const StepGraph& plan, const Adjacency<StepId>& successors,
                                bool from_left) {
  const auto count = static_cast<uint32_t>(plan.steps.size());
  std::vector<uint32_t> rank(count, 0);
  std::vector<bool> is_seen(count, false);
  struct Visit {
    uint32_t step;
    size_t next;  // how many successors were taken
  };
  std::vector<Visit> open;
  uint32_t rest = count;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t root = from_left ? i : count - 1 - i;
    if (is_seen[root] || !plan.steps[root].after.empty()) {
      continue;
    }
    is_seen[root] = true;
    open.push_back({root, 0});
    while (!open.empty()) {
      Visit& visit = open.back();
      const std::span<const StepId> next = successors[visit.step];
      if (visit.next == next.size()) {
        rank[visit.step] = --rest;
        open.pop_back();
        continue;
      }
      const size_t taken = visit.next++;
      const uint32_t step = next[from_left ? taken : next.size() - 1 - taken].index();
      if (!is_seen[step]) {
        is_seen[step] = true;
        open.push_back({step, 0});
      }
    }
  }
  return rank;
}

// For positions 0 … count-1 a number each, 0 at first: finds the last position below a bound whose
// number is above a bound. A tree of maxima.
class LastAbove {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit LastAbove(uint32_t count) {
    while (leaf_count_ < count) {
      leaf_count_ *= 2;
    }
    max_.assign(2 * static_cast<size_t>(leaf_count_), 0);
  }

  void Set(uint32_t position, uint32_t number) {
    for (size_t node = leaf_count_ + position; node > 0; node /= 2) {
      max_[node] = std::max(max_[node], number);
    }
  }

  // The greatest position < `end` with a number > `number`.
  uint32_t Find(uint32_t end, uint32_t number) const {
    // Climbs over the subtrees left of `end`, nearest first, then descends to the right.
    for (size_t node = leaf_count_ + end; node > 1; node /= 2) {
      if (node % 2 == 1 && max_[node - 1] > number) {
        --node;
        while (node < leaf_count_) {
          node = 2 * node + (max_[2 * node + 1] > number ? 1 : 0);
        }
        return static_cast<uint32_t>(node - leaf_count_);
      }
    }
    return kNone;
  }

 private:
  uint32_t leaf_count_ = 1;
  std::vector<uint32_t> max_;
};

std::vector<uint32_t> InOrder(const std::vector<uint32_t>& rank) {
  std::vector<uint32_t> steps(rank.size());
  for (uint32_t i = 0; i < rank.size(); ++i) {
    steps[rank[i]] = i;
  }
  return steps;
}

}  // namespace

Reachability::Reachability(const StepGraph& plan)
    : plan_(plan), is_barrier_(plan.steps.size(), false), mark_(plan.steps.size(), 0) {
  const Adjacency<StepId> successors = Successors(plan);
  left_rank_ = WalkRanks(plan, successors, true);
  right_rank_ = WalkRanks(plan, successors, false);
  FindBarriers();
  JudgeSteps();
}

// A step comes after all smaller ids exactly when each of them that has no successor among the
// smaller ids has an edge to it; and the same mirrored.
void Reachability::FindBarriers() {
  const auto count = static_cast<uint32_t>(plan_.steps.size());
  std::vector<bool> follows_all(count, false);
  std::vector<bool> has_successor(count, false);
  uint32_t ends = 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t followed = 0;
    for (StepId before : plan_.steps[i].after) {
      followed += has_successor[before.index()] ? 0 : 1;
      has_successor[before.index()] = true;
    }
    follows_all[i] = followed == ends;
    ends = ends - followed + 1;
  }
  // Mirrored: a start is a step without predecessors among the greater ids seen so far.
  std::vector<bool> has_predecessor(count, false);
  std::vector<uint32_t> starts_after(count, 0);  // of each step: direct successors that are starts
  uint32_t starts = 0;
  next_barrier_.assign(count, count);
  // The starts among i+1 … count-1 that have an edge from i: a step stops being a start when its
  // greatest predecessor is passed, which is the last of `after`.
  for (uint32_t i = 0; i < count; ++i) {
    if (!plan_.steps[i].after.empty()) {
      ++starts_after[std::max_element(plan_.steps[i].after.begin(), plan_.steps[i].after.end())
                         ->index()];
    }
  }
  for (uint32_t i = count; i-- > 0;) {
    is_barrier_[i] = follows_all[i] && starts_after[i] == starts;
    starts = starts - starts_after[i] + 1;
    next_barrier_[i] = is_barrier_[i] ? i : (i + 1 < count ? next_barrier_[i + 1] : count);
  }
}

void Reachability::JudgeSteps() {
  const auto count = static_cast<uint32_t>(plan_.steps.size());
  const std::vector<uint32_t> by_left = InOrder(left_rank_);
  const std::vector<uint32_t> by_right = InOrder(right_rank_);
  std::vector<bool> has_failed(count, false);
  // Swept from the left: what is in the tree stands before the step in the left order, and lies in
  // the tree at its right rank. The closest are found from the highest right rank downwards, each
  // with a higher left rank than the one before it.
  LastAbove seen(count);
  for (const uint32_t step : by_left) {
    const std::vector<StepId>& after = plan_.steps[step].after;
    uint32_t above = 0;  // left ranks are stored plus one
    uint32_t end = right_rank_[step];
    while ((end = seen.Find(end, above)) != LastAbove::kNone) {
      const uint32_t closest = by_right[end];
      if (!std::binary_search(after.begin(), after.end(), StepId(closest))) {
        has_failed[step] = true;
        break;
      }
      above = left_rank_[closest] + 1;
    }
    seen.Set(right_rank_[step], left_rank_[step] + 1);
  }
  const auto sum = [&](const std::vector<uint32_t>& order) {
    std::vector<uint32_t> sums(count, 0);
    uint32_t failed = 0;
    for (uint32_t i = 0; i < count; ++i) {
      failed += has_failed[order[i]] ? 1 : 0;
      sums[i] = failed;
    }
    return sums;
  };
  failed_by_left_ = sum(by_left);
  failed_by_right_ = sum(by_right);
}

// The way down from `to`, each time to a closest step that still has `from` before it, lies between
// the two in both orders: if one order has no failure there, every part of it is an edge. (Their
// ids say nothing: what only seems to come after `from` may have a smaller one.)
bool Reachability::IsSettled(uint32_t from, uint32_t to) const {
  return failed_by_left_[left_rank_[from]] == failed_by_left_[left_rank_[to]] ||
         failed_by_right_[right_rank_[from]] == failed_by_right_[right_rank_[to]] ||
         next_barrier_[from] <= to;
}

bool Reachability::Reaches(StepId from, StepId to) {
  if (to <= from || !StandsBefore(from.index(), to.index())) {
    return false;
  }
  return IsSettled(from.index(), to.index()) || Search(from.index(), to.index());
}

bool Reachability::Search(uint32_t from, uint32_t to) {
  ++search_;
  std::vector<uint32_t> open = {to};
  while (!open.empty()) {
    const uint32_t step = open.back();
    open.pop_back();
    for (StepId id : plan_.steps[step].after) {
      const uint32_t before = id.index();
      if (before == from) {
        return true;
      }
      if (before < from || mark_[before] == search_ || !StandsBefore(from, before)) {
        continue;
      }
      if (IsSettled(from, before)) {
        return true;
      }
      mark_[before] = search_;
      open.push_back(before);
    }
  }
  return false;
}

}  // namespace upgraph::plan
