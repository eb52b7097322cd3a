#include "compiler/lower/lower.h"

#include <algorithm>
#include <set>

#include "compiler/lower/build_steps.h"

namespace upgraph::lower {
namespace {

void CollectPayload(const plan::Value& value, std::set<std::string>* paths) {
  if (value.kind == plan::ValueKind::kPayload) {
    paths->insert(value.text);
  }
  for (const plan::Field& field : value.fields) {
    CollectPayload(field.value, paths);
  }
}

std::vector<std::string> PayloadOf(const plan::Plan& plan) {
  std::set<std::string> paths;
  for (const plan::Step& step : plan.steps) {
    for (const plan::Field& argument : step.arguments) {
      CollectPayload(argument.value, &paths);
    }
  }
  return {paths.begin(), paths.end()};
}

}  // namespace

plan::Plan Lower(const sema::Program& program, const source::SourceManager& sources) {
  plan::Plan plan;
  plan.stdlib_digest = program.stdlib_digest;
  plan.product = program.product;
  plan.upgrade = program.upgrade;
  plan.facts = program.facts;
  plan.configs = program.configs;
  StepBuilder builder(program, sources, &plan);
  for (int phase = 0; phase < plan::kPhaseCount; ++phase) {
    builder.AddPhase(static_cast<plan::Phase>(phase));
  }
  builder.Finish();
  plan.payload = PayloadOf(plan);
  return plan;
}

}  // namespace upgraph::lower
