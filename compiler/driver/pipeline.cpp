#include "compiler/driver/pipeline.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/parallel.h"
#include "compiler/ast/dump.h"
#include "compiler/checks/checks.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/diagnostics/explanation.h"
#include "compiler/diagnostics/position.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/driver/own_modules.h"
#include "compiler/driver/payload_check.h"
#include "compiler/driver/read_spec.h"
#include "compiler/lower/lower.h"
#include "compiler/sema/analyze.h"
#include "compiler/sema/dump.h"
#include "compiler/syntax/parse.h"
#include "plan/checks/check.h"
#include "plan/text.h"
#include "plan/verify.h"
#include "stdlib/library.h"

namespace upgraph::driver {
namespace {

using diagnostics::Kind;

// A smaller tree is gone before a thread is there.
constexpr uint64_t kSourceBytesForThreads = 1 << 20;

class Pipeline {
 public:
  Pipeline(Compilation* compilation, const Options& options)
      : compilation_(*compilation), options_(options), sources_(*compilation->sources) {}

  void Run(const std::string& display_path, std::string text) {
    Stages(display_path, std::move(text));
    Finish();
  }
  void Refuse(const std::string& message) {
    emitter_.Emit(Kind::kUnreadableSpec, {}, message);
    Finish();
  }

 private:
  void Stages(const std::string& display_path, std::string text);
  void LoadModules();
  const ast::Tree* LoadModule(const std::string& name, source::SourceRange range);
  std::optional<sema::Program> Analyze();
  void ResolveTests(const plan::Plan& plan);
  void Check(plan::Plan plan);
  void Finish();

  Compilation& compilation_;
  const Options& options_;
  source::SourceManager& sources_;
  diagnostics::Emitter emitter_;
  ast::Tree spec_;
  std::string spec_name_;         // as a module
  std::filesystem::path folder_;  // of the spec, as messages call it
  std::deque<ast::Tree> module_trees_;
  std::vector<sema::ImportedModule> modules_;
  std::map<std::string, std::string> module_faults_;
};

// Modules hold nothing of what makes a spec (docs/modules.md).
bool IsModule(const ast::Tree& tree) {
  const bool is_spec = !tree.products.empty() || !tree.configs.empty() || !tree.people.empty() ||
                       !tree.inputs.empty() || !tree.upgrades.empty() || !tree.tests.empty();
  return !is_spec && !(tree.lets.empty() && tree.declarations.empty() && tree.types.empty());
}

void Pipeline::Stages(const std::string& display_path, std::string text) {
  // One byte too many is enough for the parser to refuse it.
  text.resize(std::min<size_t>(text.size(), kSourceFileBytesMax + 1));
  spec_name_ = std::filesystem::path(display_path).stem().string();
  folder_ = std::filesystem::path(display_path).parent_path();
  spec_ = syntax::Parse(sources_.Add(display_path, std::move(text)), sources_, emitter_);
  if (options_.dump == Dump::kAst) {
    compilation_.dump = ast::Dump(spec_);
    return;
  }
  if (emitter_.has_errors()) {
    return;
  }
  compilation_.is_module = IsModule(spec_);
  std::optional<sema::Program> program = Analyze();
  if (!program) {
    return;
  }
  if (options_.dump == Dump::kSema) {
    compilation_.dump = sema::Dump(*program);
    return;
  }
  const bool is_large = sources_.total_bytes() >= kSourceBytesForThreads;
  ForEachInParallel(2, is_large ? 2 : 1, [&](size_t i) {
    if (i == 0) {
      // The program stands for itself; of a large spec the tree is the larger part of the memory.
      spec_ = {};
      module_trees_.clear();
    } else if (options_.check_payload) {
      CheckPayload(*program, compilation_.payload_root, emitter_);
    }
  });
  compilation_.tests = std::move(program->tests);
  plan::Plan plan = lower::Lower(*std::move(program), sources_);
  plan.tool_version = ToolVersion();
  if (options_.dump == Dump::kPlan) {
    compilation_.dump = plan::Dump(plan);
  }
  Check(std::move(plan));
}

// Everything that is imported, directly or not; each module is read once. A module that imports the
// spec is found where imports are judged.
void Pipeline::LoadModules() {
  std::set<std::string> known = {spec_name_};
  std::vector<const ast::Tree*> open = {&spec_};
  while (!open.empty()) {
    const ast::Tree* tree = open.back();
    open.pop_back();
    for (const ast::Import& import : tree->imports) {
      const std::string name = import.name.Text();
      if (known.insert(name).second) {
        if (const ast::Tree* module = LoadModule(name, import.name.range)) {
          open.push_back(module);
        }
      }
    }
  }
}

// Null when it is not there, which is said with the other imports, or is too large.
const ast::Tree* Pipeline::LoadModule(const std::string& name, source::SourceRange range) {
  const stdlib::Module* library = stdlib::FindModule(name);
  std::string path;
  std::string text;
  if (library != nullptr) {
    path = library->path;
    text = library->text;
  } else if (name.starts_with("std.")) {
    return nullptr;
  } else {
    // One byte too many is enough for the parser to refuse it.
    Result<std::string> read = ReadModule(compilation_.payload_root, name, kSourceFileBytesMax + 1);
    if (!read.ok()) {
      module_faults_.emplace(name, read.error().message);
      return nullptr;
    }
    path = (folder_ / ModulePath(name)).string();
    text = std::move(*read);
  }
  if (sources_.total_bytes() + text.size() > options_.source_total_bytes_max) {
    emitter_.Emit(
        Kind::kTooLarge, range,
        fmt::format("with this module all files together have {} bytes, {} at most",
                    sources_.total_bytes() + text.size(), options_.source_total_bytes_max));
    return nullptr;
  }
  const source::BufferId buffer_id = sources_.Add(std::move(path), std::move(text));
  module_trees_.push_back(syntax::Parse(buffer_id, sources_, emitter_));
  modules_.push_back({name, &module_trees_.back(), library != nullptr});
  return &module_trees_.back();
}

std::optional<sema::Program> Pipeline::Analyze() {
  LoadModules();
  std::deque<ast::Tree> given =
      ReadGiven(options_.given, spec_, options_.source_total_bytes_max, sources_, emitter_);
  if (emitter_.has_errors()) {
    return std::nullopt;
  }
  if (options_.as_test && *options_.as_test < spec_.tests.size()) {
    given.push_back(GivenByTest(spec_.tests[*options_.as_test], spec_.buffer_id));
  }
  sema::Input input;
  input.spec = &spec_;
  input.spec_name = spec_name_;
  input.imported = modules_;
  for (const stdlib::Module& module : stdlib::Modules()) {
    input.known_modules.emplace_back(module.name);
  }
  if (!module_faults_.empty()) {
    for (std::string& name : FindModules(compilation_.payload_root)) {
      input.known_modules.push_back(std::move(name));
    }
  }
  input.module_faults = std::move(module_faults_);
  input.stdlib_digest = stdlib::LibraryDigest();
  for (const ast::Tree& tree : given) {
    input.given.push_back(&tree);
  }
  input.unknown_given = options_.given.is_for_several ? &compilation_.unknown_inputs : nullptr;
  return sema::Analyze(input, sources_, emitter_);
}

void Pipeline::Check(plan::Plan plan) {
  ResolveTests(plan);
  // Both only read the plan. What Verify finds, where the checks find nothing, are sizes and times
  // beyond what a plan may hold.
  Status verified = Unit();
  const size_t threads_max = plan.steps.size() < plan::kStepsForThreads ? 1 : 2;
  ForEachInParallel(2, threads_max, [&](size_t i) {
    if (i == 0) {
      checks::RunChecks(plan, sources_, emitter_);
    } else {
      verified = plan::Verify(plan);
    }
  });
  if (emitter_.has_errors()) {
    return;
  }
  if (!verified.ok()) {
    emitter_.Emit(Kind::kTooLarge, {}, verified.error().message);
    return;
  }
  compilation_.plan = std::move(plan);
}

// What tests say of steps, which only the plan knows.
void Pipeline::ResolveTests(const plan::Plan& plan) {
  const std::optional<size_t> number = options_.as_test;
  const std::string inputs = number && *number < compilation_.tests.size()
                                 ? compilation_.tests[*number].inputs
                                 : std::string();
  for (plan::Scenario& test : compilation_.tests) {
    if (test.inputs != inputs) {
      continue;  // with other inputs the plan may have other steps
    }
    for (const plan::ScenarioFinding& finding : plan::ResolveScenario(plan, &test)) {
      const Kind kind = finding.fault == plan::ScenarioFault::kUnknownStep
                            ? Kind::kUnknownStep
                            : Kind::kContradictoryTest;
      emitter_.Emit(kind, diagnostics::RangeOf(sources_, finding.position), finding.message)
          .SetHint(finding.hint.empty() ? diagnostics::SuggestHint(finding.word, finding.candidates)
                                        : finding.hint);
    }
  }
}

void Pipeline::Finish() {
  const bool has_errors = emitter_.has_errors();
  compilation_.diagnostics = emitter_.Take();
  diagnostics::ApplyLevels(options_.levels, &compilation_.diagnostics);
  const auto is_error = [](const diagnostics::Diagnostic& diagnostic) {
    return diagnostic.severity == diagnostics::Severity::kError;
  };
  if (has_errors ||
      std::any_of(compilation_.diagnostics.begin(), compilation_.diagnostics.end(), is_error)) {
    compilation_.exit_code = 1;
    compilation_.plan.reset();
  }
}

}  // namespace

std::optional<Dump> FindDump(const std::string& name) {
  if (name == "ast") {
    return Dump::kAst;
  }
  if (name == "sema") {
    return Dump::kSema;
  }
  if (name == "plan") {
    return Dump::kPlan;
  }
  return std::nullopt;
}

Compilation Compile(const std::string& spec_path, const Options& options) {
  Compilation compilation;
  compilation.sources = std::make_unique<source::SourceManager>();
  compilation.payload_root = std::filesystem::path(spec_path).parent_path().string();
  Pipeline pipeline(&compilation, options);
  Result<std::string> text = ReadSpec(spec_path);
  if (!text.ok()) {
    pipeline.Refuse(text.error().message);
    return compilation;
  }
  pipeline.Run(spec_path, std::move(text).value());
  return compilation;
}

Compilation CompileText(const std::string& display_path, std::string text,
                        const std::string& payload_root, const Options& options) {
  Compilation compilation;
  compilation.sources = std::make_unique<source::SourceManager>();
  compilation.payload_root = payload_root;
  Pipeline(&compilation, options).Run(display_path, std::move(text));
  return compilation;
}

std::vector<std::string> DiagnosticNames() {
  std::vector<std::string> names = checks::CheckNames();
  for (std::string_view name : diagnostics::AllKindNames()) {
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string ExplainDiagnostic(std::string_view name) {
  for (const diagnostics::Explanation& explanation : diagnostics::AllExplanations()) {
    if (diagnostics::KindName(explanation.kind) == name) {
      return explanation.text;
    }
  }
  return checks::Explain(name).value_or("");
}

const char* ToolVersion() { return UPGRAPH_VERSION; }

}  // namespace upgraph::driver
