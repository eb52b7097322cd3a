#include "cli/graph_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/drawn_graph.h"
#include "cli/graph_layout.h"
#include "cli/markup.h"
#include "cli/plan_report.h"
#include "plan/graph.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

using plan::StepId;

constexpr size_t kTextMax = 44;           // characters of a line in a box
constexpr double kCharacterWidth = 6.65;  // of the font, at its size
constexpr double kBoxPadding = 20;
constexpr double kBoxWidthMin = 120;
constexpr double kLineHeight = 15;
constexpr double kJoinSize = 8;
constexpr double kTitleHeight = 40;
constexpr double kBackOffset = 7;  // between a line and the one of the way back beside it

// Each rule is for the drawing alone, which may stand in a page.
constexpr const char* kStyle = R"(
.graph{background:#fff}
.graph text{font:11px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f1f1f}
.graph .head{font-size:14px;font-weight:bold}
.graph .name{font-weight:bold;fill:#5f5f5f}
.graph .detail{fill:#6f6f6f}
.graph .band{fill:#f4f5f7}
.graph .switch{fill:#fdf1e3}
.graph .box{fill:#fff;stroke:#8a8a8a}
.graph .longest{stroke:#b3261e;stroke-width:2}
.graph .never{stroke-dasharray:2 2}
.graph .join{fill:#555}
.graph .line{fill:none;stroke:#555;stroke-width:1.2}
.graph .hot{stroke:#b3261e;stroke-width:2}
.graph .back{fill:none;stroke:#7a9cc6;stroke-width:1;stroke-dasharray:5 3}
@media (prefers-color-scheme:dark){
.graph{background:#1b1c1e}
.graph text{fill:#e6e6e6}
.graph .name,.graph .detail{fill:#a9a9a9}
.graph .band{fill:#25272a}
.graph .switch{fill:#33291d}
.graph .box{fill:#1b1c1e;stroke:#8a8a8a}
.graph .longest,.graph .hot{stroke:#f2726a}
.graph .join{fill:#bbb}
.graph .line{stroke:#bbb}
}
)";

bool IsTrailByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

size_t CharacterCount(const std::string& text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), IsTrailByte));
}

// At most so many characters; a cut is shown.
std::string Shortened(const std::string& text, size_t characters_max) {
  if (CharacterCount(text) <= characters_max) {
    return text;
  }
  size_t end = 0;
  for (size_t characters = 0; end < text.size(); ++end) {
    if (!IsTrailByte(text[end]) && characters++ == characters_max - 1) {
      break;
    }
  }
  return text.substr(0, end) + "…";
}

// One curve through the points, upright where it touches them.
std::string PathThrough(const std::vector<Point>& points, double shift_x, bool is_reversed) {
  std::vector<Point> way = points;
  if (is_reversed) {
    std::reverse(way.begin(), way.end());
  }
  std::string path = fmt::format("M{:.1f},{:.1f}", way[0].x + shift_x, way[0].y);
  for (size_t i = 1; i < way.size(); ++i) {
    const double middle = (way[i - 1].y + way[i].y) / 2;
    path += fmt::format("C{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}", way[i - 1].x + shift_x,
                        middle, way[i].x + shift_x, middle, way[i].x + shift_x, way[i].y);
  }
  return path;
}

struct Edge {
  bool is_order = false;
  bool is_back = false;
};

class SvgDrawing {
 public:
  // `classes` may be empty.
  SvgDrawing(const plan::Plan& plan, GraphDirection direction,
             const std::vector<std::string>& classes)
      : plan_(plan),
        direction_(direction),
        classes_(classes),
        graph_(GraphToDraw(plan, direction)) {
    CollectNodes();
    CollectEdges();
    layout_ = LayOut(input_);
  }

  double width() const { return std::max(layout_.width, kTitleWidthMin); }
  double height() const { return layout_.height + kTitleHeight; }

  // With the upper left corner at (0, top).
  std::string Draw(double top, double width) {
    text_ = fmt::format("<g transform=\"translate(0,{:.1f})\">\n", top);
    text_ +=
        fmt::format("<text class=\"head\" x=\"20\" y=\"26\">{}</text>\n", EscapeMarkup(Title()));
    text_ += fmt::format("<g transform=\"translate(0,{:.1f})\">\n", kTitleHeight);
    DrawBands(width);
    // Centered in the width that all plans share.
    text_ += fmt::format("<g transform=\"translate({:.1f},0)\">\n", (width - layout_.width) / 2);
    size_t index = 0;
    for (const auto& [ends, edge] : edges_) {
      DrawEdge(ends, edge, layout_.lines[index++]);
    }
    for (size_t i = 0; i < nodes_.size(); ++i) {
      DrawNode(i);
    }
    text_ += "</g>\n</g>\n</g>\n";
    return std::move(text_);
  }

 private:
  static constexpr double kTitleWidthMin = 640;

  bool IsBack() const { return direction_ == GraphDirection::kBack; }

  std::string Title() const {
    return package::Printable(
        fmt::format("{}: {}{}", plan_.product.name,
                    plan_.hops.size() > 1 ? FormatHops(plan_) : FormatUpgrade(plan_.upgrade),
                    IsBack() ? ", the way back" : ""));
  }

  // In the order in which they are drawn; of the way back from the last step to the first.
  void CollectNodes() {
    node_of_.assign(plan_.steps.size(), SIZE_MAX);
    const auto count = static_cast<uint32_t>(plan_.steps.size());
    for (uint32_t i = 0; i < count; ++i) {
      const StepId id(IsBack() ? count - 1 - i : i);
      if (!graph_.is_drawn[id.index()]) {
        continue;
      }
      const plan::Step& step = plan_.step(id);
      if (bands_.empty() || bands_.back() != StageOf(step)) {
        bands_.push_back(StageOf(step));
      }
      node_of_[id.index()] = nodes_.size();
      nodes_.push_back(id);
      const bool is_join = step.kind == plan::StepKind::kJoin;
      const std::vector<std::string> lines = Lines(step);
      double width = is_join ? kJoinSize : kBoxWidthMin;
      for (const std::string& line : lines) {
        const double text_width = static_cast<double>(CharacterCount(line)) * kCharacterWidth;
        width = is_join ? width : std::max(width, text_width + kBoxPadding);
      }
      const double height =
          is_join ? kJoinSize : static_cast<double>(lines.size()) * kLineHeight + 10;
      input_.nodes.push_back({width, height, bands_.size() - 1});
    }
  }

  void CollectEdges() {
    AddEdges(graph_, IsBack(), &Edge::is_order);
    if (!IsBack()) {
      // A step that is not drawn back is not undone.
      AddEdges(GraphToDraw(plan_, GraphDirection::kBack), true, &Edge::is_back);
    }
    for (const auto& [ends, edge] : edges_) {
      input_.edges.push_back(ends);
    }
  }

  void AddEdges(const DrawnGraph& graph, bool is_mirrored, bool Edge::*what) {
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      for (const StepId before : graph.before[i]) {
        if (!graph.is_drawn[i] || node_of_[i] == SIZE_MAX) {
          continue;
        }
        size_t from = node_of_[before.index()];
        size_t to = node_of_[i];
        if (is_mirrored && !IsBack()) {
          std::swap(from, to);  // it is drawn upwards, beside the one that leads down
        }
        edges_[{from, to}].*what = true;
      }
    }
  }

  std::vector<std::string> Lines(const plan::Step& step) const {
    std::vector<std::string> lines = {Shortened(package::Printable(step.title), kTextMax),
                                      Shortened(TimeAndWayBack(step, direction_), kTextMax)};
    if (step.lock_scope_id.has_value()) {
      lines.push_back(
          Shortened(package::Printable(LockTitle(plan_.lock_scope(step.lock_scope_id))), kTextMax));
    }
    return lines;
  }

  std::string BandName(const plan::Stage& stage) const {
    std::string name = PhaseName(stage.phase);
    if (plan_.hops.size() > 1) {
      return stage.part == 0 ? name : fmt::format("{} of v{}", name, plan_.hops[stage.hop].to);
    }
    const plan::Duration time = CriticalPath(plan_, stage.phase, stage.phase);
    name += ": " + plan::FormatDuration(time.forward_ms);
    if (stage.phase == plan::Phase::kPrepare || stage.phase == plan::Phase::kSwitch) {
      name += fmt::format(", back {}", plan::FormatDuration(time.back_ms));
    }
    return name;
  }

  void DrawBands(double width) {
    for (size_t i = 0; i < bands_.size(); ++i) {
      const Layout::Band& band = layout_.bands[i];
      text_ += fmt::format(
          "<rect class=\"band{}\" x=\"8\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
          "rx=\"6\"/>\n<text class=\"name\" x=\"18\" y=\"{:.1f}\">{}</text>\n",
          bands_[i].phase == plan::Phase::kSwitch ? " switch" : "", band.top, width - 16,
          band.bottom - band.top, band.top + 18, EscapeMarkup(BandName(bands_[i])));
    }
  }

  void DrawEdge(const std::pair<size_t, size_t>& ends, const Edge& edge,
                const std::vector<Point>& line) {
    const auto is_longest = [this](size_t node) {
      return graph_.longest_path.count(nodes_[node]) != 0 ||
             plan_.step(nodes_[node]).kind == plan::StepKind::kJoin;
    };
    if (edge.is_back) {
      text_ += fmt::format("<path class=\"back\" marker-end=\"url(#up)\" d=\"{}\"/>\n",
                           PathThrough(line, edge.is_order ? kBackOffset : 0, true));
    }
    if (edge.is_order) {
      const bool is_hot =
          !graph_.longest_path.empty() && is_longest(ends.first) && is_longest(ends.second);
      text_ += fmt::format("<path class=\"line{}\" marker-end=\"url(#down)\" d=\"{}\"/>\n",
                           is_hot ? " hot" : "", PathThrough(line, 0, false));
    }
  }

  void DrawNode(size_t node) {
    const plan::Step& step = plan_.step(nodes_[node]);
    const Point center = layout_.centers[node];
    const LayoutInput::Node& box = input_.nodes[node];
    if (step.kind == plan::StepKind::kJoin) {
      text_ += fmt::format("<circle class=\"join\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>\n",
                           center.x, center.y, kJoinSize / 2);
      return;
    }
    const double left = center.x - box.width / 2;
    const double top = center.y - box.height / 2;
    // What is cut in the box is whole here: browsers show it at the pointer.
    text_ += fmt::format(
        "<g><title>{}</title><rect class=\"box{}{}{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
        "height=\"{:.1f}\" rx=\"5\"/>",
        EscapeMarkup(step.path + ": " + step.title),
        graph_.longest_path.count(nodes_[node]) != 0 ? " longest" : "",
        step.undo == plan::UndoClass::kNever ? " never" : "",
        classes_.empty() ? "" : " " + classes_[nodes_[node].index()], left, top, box.width,
        box.height);
    double y = top + kLineHeight;
    bool is_first = true;
    for (const std::string& line : Lines(step)) {
      text_ += fmt::format("<text{} x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
                           is_first ? "" : " class=\"detail\"", left + kBoxPadding / 2, y,
                           EscapeMarkup(line));
      y += kLineHeight;
      is_first = false;
    }
    text_ += "</g>\n";
  }

  const plan::Plan& plan_;
  GraphDirection direction_;
  const std::vector<std::string>& classes_;
  DrawnGraph graph_;
  std::vector<StepId> nodes_;
  std::vector<size_t> node_of_;  // of each step
  std::vector<plan::Stage> bands_;
  std::map<std::pair<size_t, size_t>, Edge> edges_;
  LayoutInput input_;
  Layout layout_;
  std::string text_;
};

std::string Marker(const char* id, const char* color) {
  return fmt::format(
      "<marker id=\"{}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" "
      "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
      "<path d=\"M0,0L8,4L0,8z\" fill=\"{}\"/></marker>",
      id, color);
}

}  // namespace

std::string RenderSvg(const std::vector<plan::Plan>& plans, GraphDirection direction) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + RenderSvgElement(plans, direction, {});
}

std::string RenderSvgElement(const std::vector<plan::Plan>& plans, GraphDirection direction,
                             const std::vector<std::string>& classes) {
  std::vector<SvgDrawing> drawings;
  drawings.reserve(plans.size());
  double width = 0;
  double height = 0;
  for (const plan::Plan& plan : plans) {
    drawings.emplace_back(plan, direction, classes);
    width = std::max(width, drawings.back().width());
    height += drawings.back().height();
  }
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" role=\"img\" "
      "aria-label=\"the step graph\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
      "{1:.0f}\">\n<style>{2}</style>\n"
      "<defs>{3}{4}</defs>\n",
      width, height, kStyle, Marker("down", "#777"), Marker("up", "#7a9cc6"));
  double top = 0;
  for (SvgDrawing& drawing : drawings) {
    text += drawing.Draw(top, width);
    top += drawing.height();
  }
  return text + "</svg>\n";
}

}  // namespace upgraph::cli
