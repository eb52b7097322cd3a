#include "compiler/lower/lower.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "compiler/lower/build_steps.h"

namespace upgraph::lower {
namespace {

void CollectPayload(const plan::Value& value, std::set<std::string, std::less<>>* paths) {
  if (value.kind == plan::ValueKind::kPayload) {
    paths->insert(value.text);
  }
  for (const plan::Field& field : value.fields) {
    CollectPayload(field.value, paths);
  }
}

std::vector<std::string> PayloadOf(const plan::StepGraph& plan) {
  std::set<std::string, std::less<>> paths;
  for (const plan::Step& step : plan.steps) {
    for (const plan::Field& argument : step.arguments) {
      CollectPayload(argument.value, &paths);
    }
  }
  for (const plan::Announcement& announcement : plan.announcements) {
    paths.insert(announcement.text);
  }
  return {paths.begin(), paths.end()};
}

// Where it is cut, that shows.
std::string CutForPeople(std::string text) {
  constexpr std::string_view kCut = "…";
  if (text.size() <= plan::kPurposeBytesMax) {
    return text;
  }
  size_t end = plan::kPurposeBytesMax - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return text.substr(0, end).append(kCut);
}

void AddStepNames(const plan::StepGraph& graph, std::set<std::string_view>* names) {
  for (const plan::Step& step : graph.steps) {
    names->insert(step.name);
  }
}

// What the steps that the plan has say of themselves, in their first paragraphs.
std::vector<plan::Meaning> MeaningsOf(const sema::Program& program, const plan::Plan& plan) {
  std::set<std::string_view> names;
  AddStepNames(plan, &names);
  for (const plan::StepGraph& edge : plan.other_edges) {
    AddStepNames(edge, &names);
  }
  std::map<std::string, std::string> texts;
  for (const sema::Declaration& declaration : program.declarations) {
    if (declaration.kind == sema::DeclarationKind::kStep && !declaration.doc.empty() &&
        names.count(declaration.name) != 0) {
      texts.emplace(declaration.name,
                    CutForPeople(declaration.doc.substr(0, declaration.doc.find("\n\n"))));
    }
  }
  std::vector<plan::Meaning> meanings;
  for (auto& [name, text] : texts) {
    meanings.push_back({name, std::move(text)});
  }
  return meanings;
}

plan::StepGraph LowerEdge(const sema::Program& program, sema::Edge* edge,
                          const source::SourceManager& sources, const std::string& path_start) {
  plan::StepGraph graph;
  graph.upgrade = std::move(edge->upgrade);
  graph.upgrade.purpose = CutForPeople(std::move(graph.upgrade.purpose));
  StepBuilder builder(program, edge, sources, path_start, &graph);
  for (int phase = 0; phase < plan::kPhaseCount; ++phase) {
    builder.AddPhase(static_cast<plan::Phase>(phase));
  }
  builder.AddDeferred();
  builder.AddWatches();
  builder.Finish();
  for (sema::Announcement& announcement : edge->announcements) {
    graph.announcements.push_back(std::move(announcement.announcement));
  }
  graph.payload = PayloadOf(graph);
  return graph;
}

}  // namespace

plan::Plan Lower(sema::Program program, const source::SourceManager& sources) {
  plan::Plan plan;
  plan.stdlib_digest = program.stdlib_digest;
  const bool has_others = program.edges.size() > 1;
  for (sema::Edge& edge : program.edges) {
    // Paths are unique over the hops of a run, and one edge alone needs no name.
    const std::string path_start = has_others ? "v" + edge.upgrade.to + "/" : "";
    plan::StepGraph graph = LowerEdge(program, &edge, sources, path_start);
    if (&edge == &program.edges.front()) {
      static_cast<plan::StepGraph&>(plan) = std::move(graph);
    } else {
      plan.other_edges.push_back(std::move(graph));
    }
  }
  // What the edges no longer read.
  plan.product = std::move(program.product);
  plan.facts = std::move(program.facts);
  plan.configs = std::move(program.configs);
  plan.people = std::move(program.people);
  plan.inputs = std::move(program.inputs);
  for (plan::SiteInput& input : plan.inputs) {
    input.meaning = CutForPeople(std::move(input.meaning));
  }
  plan.purpose = CutForPeople(std::move(program.purpose));
  plan.meanings = MeaningsOf(program, plan);
  return plan;
}

}  // namespace upgraph::lower
