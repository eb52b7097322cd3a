#include "compiler/driver/pipeline.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/ast/dump.h"
#include "compiler/checks/checks.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/diagnostics/position.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/driver/payload_check.h"
#include "compiler/driver/read_spec.h"
#include "compiler/lower/lower.h"
#include "compiler/sema/analyze.h"
#include "compiler/sema/dump.h"
#include "compiler/syntax/parse.h"
#include "plan/text.h"
#include "plan/verify.h"
#include "stdlib/library.h"

namespace upgraph::driver {
namespace {

using diagnostics::Kind;

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
  void LoadLibrary();
  std::optional<sema::Program> Analyze();
  void ResolveTests(const plan::Plan& plan);
  void Check(plan::Plan plan);
  void Finish();

  Compilation& compilation_;
  const Options& options_;
  source::SourceManager& sources_;
  diagnostics::Emitter emitter_;
  ast::Tree spec_;
  std::deque<ast::Tree> library_trees_;
  std::vector<sema::LibraryModule> library_;
};

void Pipeline::Stages(const std::string& display_path, std::string text) {
  // One byte too many is enough for the parser to refuse it.
  text.resize(std::min<size_t>(text.size(), kSourceFileBytesMax + 1));
  spec_ = syntax::Parse(sources_.Add(display_path, std::move(text)), sources_, emitter_);
  if (options_.dump == Dump::kAst) {
    compilation_.dump = ast::Dump(spec_);
    return;
  }
  if (emitter_.has_errors()) {
    return;
  }
  std::optional<sema::Program> program = Analyze();
  if (!program) {
    return;
  }
  if (options_.dump == Dump::kSema) {
    compilation_.dump = sema::Dump(*program);
    return;
  }
  if (options_.check_payload) {
    CheckPayload(*program, compilation_.payload_root, emitter_);
  }
  compilation_.tests = std::move(program->tests);
  plan::Plan plan = lower::Lower(*std::move(program), sources_);
  plan.tool_version = ToolVersion();
  if (options_.dump == Dump::kPlan) {
    compilation_.dump = plan::Dump(plan);
  }
  Check(std::move(plan));
}

// Everything that is imported, directly or not; each module is read once.
void Pipeline::LoadLibrary() {
  std::vector<const ast::Tree*> open = {&spec_};
  while (!open.empty()) {
    const ast::Tree* tree = open.back();
    open.pop_back();
    for (const ast::Import& import : tree->imports) {
      const stdlib::Module* module = stdlib::FindModule(import.name.Text());
      bool is_done = module == nullptr;
      for (const sema::LibraryModule& loaded : library_) {
        is_done = is_done || loaded.name == module->name;
      }
      if (is_done) {
        continue;
      }
      if (sources_.total_bytes() + module->text.size() > options_.source_total_bytes_max) {
        emitter_.Emit(Kind::kTooLarge, import.name.range,
                      fmt::format("with this module all files together have {} bytes, {} at most",
                                  sources_.total_bytes() + module->text.size(),
                                  options_.source_total_bytes_max));
        return;
      }
      source::BufferId buffer_id =
          sources_.Add(std::string(module->path), std::string(module->text));
      library_trees_.push_back(syntax::Parse(buffer_id, sources_, emitter_));
      library_.push_back({std::string(module->name), &library_trees_.back()});
      open.push_back(&library_trees_.back());
    }
  }
}

std::optional<sema::Program> Pipeline::Analyze() {
  LoadLibrary();
  if (emitter_.has_errors()) {
    return std::nullopt;
  }
  sema::Input input;
  input.spec = &spec_;
  input.library = library_;
  for (const stdlib::Module& module : stdlib::Modules()) {
    input.known_modules.emplace_back(module.name);
  }
  input.stdlib_digest = stdlib::LibraryDigest();
  std::optional<sema::Program> program = sema::Analyze(input, sources_, emitter_);
  // The program stands for itself; of a large spec the tree is the larger part of the memory.
  spec_ = {};
  library_trees_.clear();
  return program;
}

void Pipeline::Check(plan::Plan plan) {
  ResolveTests(plan);
  checks::RunChecks(plan, sources_, emitter_);
  if (emitter_.has_errors()) {
    return;
  }
  // What is left to find here are sizes and times beyond what a plan may hold.
  if (Status status = plan::Verify(plan); !status.ok()) {
    emitter_.Emit(Kind::kTooLarge, {}, status.error().message);
    return;
  }
  compilation_.plan = std::move(plan);
}

// What tests say of steps, which only the plan knows.
void Pipeline::ResolveTests(const plan::Plan& plan) {
  for (plan::Scenario& test : compilation_.tests) {
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

std::string ExplainDiagnostic(std::string_view name) { return checks::Explain(name).value_or(""); }

const char* ToolVersion() { return UPGRAPH_VERSION; }

}  // namespace upgraph::driver
