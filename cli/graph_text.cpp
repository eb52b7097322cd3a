#include "cli/graph_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "base/json.h"
#include "cli/plan_report.h"
#include "plan/graph.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

using plan::LockScopeId;
using plan::StepId;

// Which steps are drawn, and what leads to what.
struct Graph {
  std::vector<bool> is_drawn;
  std::vector<std::vector<StepId>> before;  // of each drawn step, in the direction that is drawn
  std::set<StepId> longest_path;
};

bool IsUndone(const plan::Step& step) {
  return step.phase < plan::Phase::kVerify && step.undo != plan::UndoClass::kObserves &&
         step.undo != plan::UndoClass::kNever;
}

Graph ForwardGraph(const plan::Plan& plan) {
  Graph graph;
  graph.is_drawn.assign(plan.steps.size(), true);
  for (const plan::Step& step : plan.steps) {
    graph.before.push_back(step.after);
  }
  const std::vector<StepId> path =
      CriticalSteps(plan, plan::Phase::kPreflight, plan::Phase::kVerify);
  graph.longest_path.insert(path.begin(), path.end());
  return graph;
}

// Steps that only look are passed through: what came after them comes after what was before them.
Graph BackGraph(const plan::Plan& plan) {
  Graph graph;
  graph.before.resize(plan.steps.size());
  std::vector<std::vector<StepId>> nearest(plan.steps.size());  // drawn steps at or before a step
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    graph.is_drawn.push_back(IsUndone(step) || step.kind == plan::StepKind::kJoin);
    std::set<StepId> drawn;
    for (const StepId before : step.after) {
      drawn.insert(nearest[before.index()].begin(), nearest[before.index()].end());
    }
    if (graph.is_drawn[i]) {
      for (const StepId before : drawn) {
        graph.before[before.index()].push_back(StepId(i));
      }
      drawn = {StepId(i)};
    }
    nearest[i].assign(drawn.begin(), drawn.end());
  }
  return graph;
}

std::string TimeAndWayBack(const plan::Step& step, GraphDirection direction) {
  if (direction == GraphDirection::kBack) {
    return plan::FormatDuration(step.undo_takes_ms) + " back";
  }
  return fmt::format("{}, {}", plan::FormatDuration(step.takes_ms), plan::UndoClassName(step.undo));
}

// What differs between the forms.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual void Begin(const std::string& title) = 0;
  virtual void BeginBox(const std::string& id, const std::string& title) = 0;
  virtual void EndBox() = 0;
  virtual void Step(StepId id, const std::string& title, const std::string& detail,
                    bool is_marked) = 0;
  virtual void Join(StepId id) = 0;
  virtual void Edge(StepId from, StepId to) = 0;
  virtual std::string Finish() = 0;

 protected:
  void Line(const std::string& line) {
    text_ += std::string(static_cast<size_t>(depth_) * 2, ' ') + line + "\n";
  }
  static std::string Name(StepId id) { return fmt::format("s{}", id.index()); }

  std::string text_;
  int depth_ = 0;
};

class DotWriter : public Writer {
 public:
  void Begin(const std::string& title) override {
    Line(fmt::format("digraph {} {{", Quoted(title)));
    ++depth_;
    Line("node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=10];");
    Line("graph [fontname=\"sans-serif\", fontsize=11, style=rounded, color=\"#8a8a8a\"];");
    Line("edge [color=\"#555555\"];");
  }
  void BeginBox(const std::string& id, const std::string& title) override {
    Line(fmt::format("subgraph \"cluster_{}\" {{", id));
    ++depth_;
    Line(fmt::format("label={};", Quoted(title)));
  }
  void EndBox() override {
    --depth_;
    Line("}");
  }
  void Step(StepId id, const std::string& title, const std::string& detail,
            bool is_marked) override {
    // `\n` between two quoted parts is DOT's own line end.
    std::string label = Quoted(title);
    label.pop_back();
    label += "\\n" + Quoted(detail).substr(1);
    Line(fmt::format("{} [label={}{}];", Name(id), label,
                     is_marked ? ", color=\"#b3261e\", penwidth=2" : ""));
  }
  void Join(StepId id) override { Line(Name(id) + " [shape=point];"); }
  void Edge(StepId from, StepId to) override {
    Line(fmt::format("{} -> {};", Name(from), Name(to)));
  }
  std::string Finish() override { return text_ + "}\n"; }

 private:
  static std::string Quoted(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : package::Printable(text)) {
      quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return quoted + "\"";
  }
};

class MermaidWriter : public Writer {
 public:
  void Begin(const std::string& title) override {
    Line("---");
    Line("title: " + CompactJson(Json(package::Printable(title))));  // YAML reads JSON
    Line("---");
    Line("flowchart TD");
    ++depth_;
  }
  void BeginBox(const std::string& id, const std::string& title) override {
    Line(fmt::format("subgraph {}[{}]", id, Quoted(title)));
    ++depth_;
  }
  void EndBox() override {
    --depth_;
    Line("end");
  }
  void Step(StepId id, const std::string& title, const std::string& detail,
            bool is_marked) override {
    std::string label = Quoted(title);
    label.pop_back();
    Line(fmt::format("{}[{}<br/>{}{}", Name(id), label, Quoted(detail).substr(1),
                     is_marked ? "]:::longest" : "]"));
  }
  void Join(StepId id) override { Line(Name(id) + "((\" \"))"); }
  void Edge(StepId from, StepId to) override {
    Line(fmt::format("{} --> {}", Name(from), Name(to)));
  }
  std::string Finish() override {
    Line("classDef longest stroke:#b3261e,stroke-width:2px");
    return text_;
  }

 private:
  // Entities are the only escape there is, and begin with `#`.
  static std::string Quoted(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : package::Printable(text)) {
      const bool is_special = std::string_view("\"#<>&;`\\").find(c) != std::string_view::npos;
      quoted += is_special ? fmt::format("#{};", static_cast<int>(c)) : std::string(1, c);
    }
    return quoted + "\"";
  }
};

class Drawing {
 public:
  Drawing(const plan::Plan& plan, GraphDirection direction, Writer* writer)
      : plan_(plan),
        direction_(direction),
        graph_(direction == GraphDirection::kForward ? ForwardGraph(plan) : BackGraph(plan)),
        writer_(*writer) {}

  std::string Draw() {
    writer_.Begin(fmt::format("{}: {}{}", plan_.product.name, FormatUpgrade(plan_.upgrade),
                              direction_ == GraphDirection::kBack ? ", the way back" : ""));
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      if (graph_.is_drawn[i]) {
        EnterPhase(plan_.steps[i].phase);
        EnterScope(plan_.steps[i].lock_scope_id);
        DrawStep(StepId(i));
      }
    }
    EnterPhase(std::nullopt);
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      for (const StepId before : graph_.before[i]) {
        if (graph_.is_drawn[i]) {
          writer_.Edge(before, StepId(i));
        }
      }
    }
    return writer_.Finish();
  }

 private:
  void EnterPhase(std::optional<plan::Phase> phase) {
    if (phase_ == phase) {
      return;
    }
    EnterScope(LockScopeId());
    if (phase_.has_value()) {
      writer_.EndBox();
    }
    phase_ = phase;
    if (phase_.has_value()) {
      writer_.BeginBox(plan::PhaseName(*phase_), plan::PhaseName(*phase_));
    }
  }

  // The steps of a scope need not stand together in the plan; its box is then continued by another
  // of the same lock.
  void EnterScope(LockScopeId scope_id) {
    std::vector<LockScopeId> wanted = EnclosingScopes(plan_, scope_id);
    std::reverse(wanted.begin(), wanted.end());
    size_t common = 0;
    while (common < open_scopes_.size() && common < wanted.size() &&
           open_scopes_[common] == wanted[common]) {
      ++common;
    }
    while (open_scopes_.size() > common) {
      writer_.EndBox();
      open_scopes_.pop_back();
    }
    for (size_t i = common; i < wanted.size(); ++i) {
      std::string names;
      for (const plan::Lock& lock : plan_.lock_scope(wanted[i]).locks) {
        names += (names.empty() ? "lock " : ", ") + lock.name;
      }
      writer_.BeginBox(fmt::format("lock_{}", box_count_++), names);
      open_scopes_.push_back(wanted[i]);
    }
  }

  void DrawStep(StepId id) {
    const plan::Step& step = plan_.step(id);
    if (step.kind == plan::StepKind::kJoin) {
      writer_.Join(id);
    } else {
      writer_.Step(id, step.title, TimeAndWayBack(step, direction_),
                   graph_.longest_path.count(id) != 0);
    }
  }

  const plan::Plan& plan_;
  GraphDirection direction_;
  Graph graph_;
  Writer& writer_;
  std::optional<plan::Phase> phase_;
  std::vector<LockScopeId> open_scopes_;
  int box_count_ = 0;
};

}  // namespace

std::string RenderGraph(const plan::Plan& plan, GraphForm form, GraphDirection direction) {
  DotWriter dot;
  MermaidWriter mermaid;
  Writer& writer = form == GraphForm::kDot ? static_cast<Writer&>(dot) : mermaid;
  return Drawing(plan, direction, &writer).Draw();
}

}  // namespace upgraph::cli
