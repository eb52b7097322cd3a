#include "cli/graph_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/json.h"
#include "cli/drawn_graph.h"
#include "cli/plan_report.h"
#include "plan/graph.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

using plan::LockScopeId;
using plan::StepId;

// What differs between the forms.
class GraphWriter {
 public:
  virtual ~GraphWriter() = default;
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

class DotWriter : public GraphWriter {
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

class MermaidWriter : public GraphWriter {
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
  Drawing(const plan::Plan& plan, GraphDirection direction, GraphWriter* writer)
      : plan_(plan),
        direction_(direction),
        graph_(GraphToDraw(plan, direction)),
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
      writer_.BeginBox(fmt::format("lock_{}", box_count_++),
                       LockTitle(plan_.lock_scope(wanted[i])));
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
  DrawnGraph graph_;
  GraphWriter& writer_;
  std::optional<plan::Phase> phase_;
  std::vector<LockScopeId> open_scopes_;
  int box_count_ = 0;
};

}  // namespace

std::string RenderGraph(const plan::Plan& plan, GraphForm form, GraphDirection direction) {
  DotWriter dot;
  MermaidWriter mermaid;
  GraphWriter& writer = form == GraphForm::kDot ? static_cast<GraphWriter&>(dot) : mermaid;
  return Drawing(plan, direction, &writer).Draw();
}

}  // namespace upgraph::cli
