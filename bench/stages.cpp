// How long each stage of the compiler takes, on the specs that bench/generate.py wrote to the
// folders 1000, 10000 and 100000 below the one that UPGRAPH_BENCH_SPECS names. `bytes_per_second`
// is that of the spec's text for every stage, `items_per_second` counts steps: both should stay the
// same from one size to the next.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/checks/checks.h"
#include "compiler/lower/lower.h"
#include "compiler/sema/analyze.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/scanner.h"
#include "compiler/syntax/text_check.h"
#include "plan/checks/check.h"
#include "plan/codec.h"
#include "plan/verify.h"
#include "stdlib/library.h"

namespace upgraph {
namespace {

// One spec with what every stage makes of it, so that each is measured with its real input.
struct Subject {
  source::SourceManager sources;
  source::BufferId buffer_id;
  diagnostics::Emitter emitter;
  ast::Tree tree;
  std::deque<ast::Tree> module_trees;
  sema::Input input;
  sema::Program program;
  plan::Plan plan;
  std::string bytes;

  size_t text_bytes() const { return sources.buffer(buffer_id).text().size(); }
};

[[noreturn]] void Fail(const std::string& message) {
  fmt::print(stderr, "bench: {}\n", message);
  std::exit(1);
}

std::string ReadSpec(int64_t step_count) {
  const char* folder = std::getenv("UPGRAPH_BENCH_SPECS");
  if (folder == nullptr) {
    Fail("UPGRAPH_BENCH_SPECS names no folder");
  }
  const std::string path = fmt::format("{}/{}/bench.upg", folder, step_count);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) {
    Fail(fmt::format("{} cannot be read; bench/generate.py writes it", path));
  }
  return text.str();
}

// The modules that `tree` imports, and those that they import; each once.
void LoadModules(const ast::Tree& tree, Subject* subject) {
  for (const ast::Import& import : tree.imports) {
    const std::string name = import.name.Text();
    const auto& imported = subject->input.imported;
    const bool is_known =
        std::any_of(imported.begin(), imported.end(),
                    [&](const sema::ImportedModule& module) { return module.name == name; });
    if (is_known) {
      continue;
    }
    const stdlib::Module* module = stdlib::FindModule(name);
    if (module == nullptr) {
      Fail(fmt::format("there is no module {}", name));
    }
    const source::BufferId id =
        subject->sources.Add(std::string(module->path), std::string(module->text));
    const ast::Tree& module_tree =
        subject->module_trees.emplace_back(syntax::Parse(id, subject->sources, subject->emitter));
    subject->input.imported.push_back({name, &module_tree, true});
    LoadModules(module_tree, subject);
  }
}

Subject& SubjectOf(int64_t step_count) {
  static std::map<int64_t, std::unique_ptr<Subject>> subjects;
  std::unique_ptr<Subject>& place = subjects[step_count];
  if (place != nullptr) {
    return *place;
  }
  place = std::make_unique<Subject>();
  Subject& subject = *place;
  subject.buffer_id = subject.sources.Add("bench.upg", ReadSpec(step_count));
  subject.tree = syntax::Parse(subject.buffer_id, subject.sources, subject.emitter);
  subject.input.spec = &subject.tree;
  for (const stdlib::Module& module : stdlib::Modules()) {
    subject.input.known_modules.emplace_back(module.name);
  }
  subject.input.stdlib_digest = stdlib::LibraryDigest();
  LoadModules(subject.tree, &subject);
  auto program = sema::Analyze(subject.input, subject.sources, subject.emitter);
  if (!program || subject.emitter.has_errors()) {
    Fail("the spec has mistakes");
  }
  subject.program = *std::move(program);
  subject.plan = lower::Lower(subject.program, subject.sources);
  subject.bytes = plan::Encode(subject.plan);
  return subject;
}

// Runs `stage` on the subject of the size that the benchmark asks for.
template <typename Stage>
void Measure(benchmark::State& state, Stage stage) {
  Subject& subject = SubjectOf(state.range(0));
  for (auto _ : state) {
    stage(subject);
  }
  const int64_t rounds = state.iterations();
  state.SetBytesProcessed(rounds * static_cast<int64_t>(subject.text_bytes()));
  state.SetItemsProcessed(rounds * static_cast<int64_t>(subject.plan.steps.size()));
}

void TextCheck(benchmark::State& state) {
  Measure(state, [](Subject& subject) {
    diagnostics::Emitter emitter;
    benchmark::DoNotOptimize(
        syntax::CheckText(subject.buffer_id, subject.sources.buffer(subject.buffer_id), emitter));
  });
}

void Scan(benchmark::State& state) {
  Measure(state, [](Subject& subject) {
    diagnostics::Emitter emitter;
    benchmark::DoNotOptimize(
        syntax::ScanTokens(subject.buffer_id, subject.sources.buffer(subject.buffer_id), emitter));
  });
}

// Text check and scan included: all of what `syntax` does.
void Parse(benchmark::State& state) {
  Measure(state, [](Subject& subject) {
    diagnostics::Emitter emitter;
    benchmark::DoNotOptimize(syntax::Parse(subject.buffer_id, subject.sources, emitter));
  });
}

void Sema(benchmark::State& state) {
  Measure(state, [](Subject& subject) {
    diagnostics::Emitter emitter;
    benchmark::DoNotOptimize(sema::Analyze(subject.input, subject.sources, emitter));
  });
}

void Lower(benchmark::State& state) {
  // With the copy of the program that it takes apart.
  Measure(state, [](Subject& subject) {
    benchmark::DoNotOptimize(lower::Lower(subject.program, subject.sources));
  });
}

void Checks(benchmark::State& state) {
  Measure(state, [](Subject& subject) { benchmark::DoNotOptimize(plan::RunChecks(subject.plan)); });
}

void Verify(benchmark::State& state) {
  Measure(state,
          [](Subject& subject) { benchmark::DoNotOptimize(plan::Verify(subject.plan).ok()); });
}

void Encode(benchmark::State& state) {
  Measure(state, [](Subject& subject) { benchmark::DoNotOptimize(plan::Encode(subject.plan)); });
}

void Decode(benchmark::State& state) {
  Measure(state,
          [](Subject& subject) { benchmark::DoNotOptimize(plan::Decode(subject.bytes).ok()); });
}

// One check of plan/checks, by its position in the registry.
void RegisterChecks() {
  for (const plan::Check& check : plan::AllChecks()) {
    auto* run = benchmark::RegisterBenchmark(fmt::format("Check/{}", check.name).c_str(),
                                             [&check](benchmark::State& state) {
                                               Measure(state, [&check](Subject& subject) {
                                                 std::vector<plan::Finding> findings;
                                                 check.run(subject.plan, &findings);
                                                 benchmark::DoNotOptimize(findings);
                                               });
                                             });
    run->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
  }
}

void Register(const char* name, void (*run)(benchmark::State&)) {
  benchmark::RegisterBenchmark(name, run)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(
      benchmark::kMillisecond);
}

}  // namespace
}  // namespace upgraph

int main(int argc, char** argv) {
  using namespace upgraph;  // everything above is this program's own
  Register("TextCheck", TextCheck);
  Register("Scan", Scan);
  Register("Parse", Parse);
  Register("Sema", Sema);
  Register("Lower", Lower);
  Register("Checks", Checks);
  Register("Verify", Verify);
  Register("Encode", Encode);
  Register("Decode", Decode);
  RegisterChecks();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
