#include "plan/turns.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace upgraph::plan {
namespace {

// A part of a path that a person still reads at a glance.
constexpr size_t kPartBytesMax = 80;

// /etc/cron.d/box: etc-cron.d-box. Empty when nothing is left of it.
std::string PathPart(const std::string& element) {
  std::string part;
  for (const char c : element) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '@' || c == '-';
    if (is_plain) {
      part += c;
    } else if (!part.empty() && part.back() != '-') {
      part += '-';
    }
  }
  part.resize(std::min(part.size(), kPartBytesMax));
  while (!part.empty() && part.back() == '-') {
    part.pop_back();
  }
  return part;
}

class TurnNamer {
 public:
  explicit TurnNamer(StepGraph* graph) : graph_(*graph), paths_(graph->arms.size()) {}

  void Run() {
    for (const Arm& arm : graph_.arms) {
      taken_.insert(arm.path);
    }
    for (size_t i = 0; i < graph_.arms.size(); ++i) {
      if (IsTurn(graph_.arms[i])) {
        paths_[i] = PathOf(graph_.arms[i]);
      }
    }
    std::map<std::string, std::string> renamed;
    std::vector<std::string> before;
    for (Step& step : graph_.steps) {
      before.push_back(step.path);
      if (const ArmId turn = TurnAround(step.arm_id); turn.has_value()) {
        step.path = paths_[turn.index()] + step.path.substr(graph_.arm(turn).path.size());
      } else if (step.ends.has_value()) {
        step.path = EndPath(step, before[step.ends.index()]);
      }
      if (step.path != before.back()) {
        renamed.emplace(before.back(), step.path);
      }
      for (Field& argument : step.arguments) {
        RenameTemporaries(renamed, &argument.value);
      }
    }
    for (size_t i = 0; i < graph_.arms.size(); ++i) {
      if (IsTurn(graph_.arms[i])) {
        graph_.arms[i].path = std::move(paths_[i]);
      }
    }
    for (Gate& gate : graph_.gates) {
      for (Condition& condition : gate.conditions) {
        for (Field& argument : condition.signal.arguments) {
          RenameTemporaries(renamed, &argument.value);
        }
      }
    }
  }

 private:
  ArmId TurnAround(ArmId id) const {
    while (id.has_value() && !IsTurn(graph_.arm(id))) {
      id = graph_.arm(id).parent_id;
    }
    return id;
  }

  std::string PathOf(const Arm& arm) {
    const ArmId outer = TurnAround(arm.parent_id);
    const std::string path =
        outer.has_value() ? paths_[outer.index()] + arm.path.substr(graph_.arm(outer).path.size())
                          : arm.path;
    const std::string part = PathPart(arm.element.text);
    if (arm.state != ArmState::kTaken || part.empty()) {
      return path;
    }
    const std::string named = path.substr(0, path.rfind('/') + 1) + part;
    std::string unique = named;
    for (int number = 2; !taken_.insert(unique).second; ++number) {
      unique = named + "-" + std::to_string(number);
    }
    return unique;
  }

  // cleanup/end/switch/3/2/1 ends what switch/3/2/1 made, whose hop's name stands there but once.
  std::string EndPath(const Step& step, const std::string& issuer_before) const {
    const std::string& issuer = graph_.step(step.ends).path;
    const size_t start = step.path.find(PhaseName(step.phase));
    const std::string end = "/end/" + issuer_before.substr(std::min(start, issuer_before.size()));
    return step.path.ends_with(end)
               ? step.path.substr(0, step.path.size() - end.size()) + "/end/" + issuer.substr(start)
               : step.path;
  }

  static void RenameTemporaries(const std::map<std::string, std::string>& renamed, Value* value) {
    if (value->kind == ValueKind::kTemporary) {
      if (const auto found = renamed.find(value->text); found != renamed.end()) {
        value->text = found->second;
      }
    }
    for (Field& field : value->fields) {
      RenameTemporaries(renamed, &field.value);
    }
  }

  StepGraph& graph_;
  std::vector<std::string> paths_;  // beside the arms; of turns
  std::set<std::string> taken_;
};

}  // namespace

bool IsTurn(const Arm& arm) { return arm.element.kind != ValueKind::kNone; }

bool HasTurns(const StepGraph& graph) {
  return std::any_of(graph.arms.begin(), graph.arms.end(), IsTurn);
}

void NameTurns(StepGraph* graph) {
  if (HasTurns(*graph)) {
    TurnNamer(graph).Run();
  }
}

}  // namespace upgraph::plan
