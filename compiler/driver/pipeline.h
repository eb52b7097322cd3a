#pragma once

// The compiler as one function: a spec in, a checked plan or diagnostics out. The only part of the
// compiler that reads files.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/levels.h"
#include "compiler/driver/given_inputs.h"
#include "compiler/source/source_manager.h"
#include "plan/plan.h"
#include "plan/scenario.h"

namespace upgraph::driver {

// What `--dump` shows; compilation goes no further than that stage.
enum class Dump { kNothing, kAst, kSema, kPlan };

// "ast", "sema", "plan"; nothing for other words.
std::optional<Dump> FindDump(const std::string& name);

struct Options {
  Dump dump = Dump::kNothing;
  // Off: the files that the plan takes from the package are not looked for.
  bool check_payload = true;
  // All texts of one compilation together; lower in tests.
  uint64_t source_total_bytes_max = kSourceTotalBytesMax;
  diagnostics::Levels levels;
  GivenInputs given;
  // As the test of the spec with this number, from 0, has it: what that gives for inputs wins over
  // all other.
  std::optional<size_t> as_test;
};

struct Compilation {
  std::optional<plan::Plan> plan;  // checked and verified; none when there are errors
  std::vector<diagnostics::Diagnostic> diagnostics;  // in the order of their places
  std::unique_ptr<source::SourceManager> sources;    // never null
  std::vector<plan::Scenario> tests;                 // of the spec, with paths of the plan's steps
  std::string payload_root;                 // the folder that holds `payload/`: that of the spec
  std::vector<std::string> unknown_inputs;  // see GivenInputs::is_for_several
  bool is_module = false;                   // it declares something, but nothing that makes a spec
  std::string dump;   // what Options::dump asked for, as far as the stages came
  int exit_code = 0;  // 0, or 1 when there is an error
};

// `spec_path` is also what messages call the spec.
Compilation Compile(const std::string& spec_path, const Options& options);

// The same of a text that is no file. `payload_root` may be empty: the current folder.
Compilation CompileText(const std::string& display_path, std::string text,
                        const std::string& payload_root, const Options& options);

// The names that diagnostics and checks have, sorted; and what a check proves, empty for others.
std::vector<std::string> DiagnosticNames();
std::string ExplainDiagnostic(std::string_view name);

// The version of this program, as plans carry it.
const char* ToolVersion();

}  // namespace upgraph::driver
