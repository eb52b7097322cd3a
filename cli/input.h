#pragma once

// What a command works on: a spec, compiled on the spot, or a package.

#include <memory>
#include <optional>
#include <string>

#include "cli/console.h"
#include "compiler/driver/pipeline.h"
#include "plan/plan.h"
#include "runtime/package/package.h"

namespace upgraph::cli {

// A spec that was compiled, and what there is to say about it.
struct Compiled {
  std::optional<plan::Plan> plan;  // none when there are errors
  std::vector<plan::Scenario> tests;
  std::string folder;                       // that holds `payload/`
  std::vector<std::string> unknown_inputs;  // driver::GivenInputs::is_for_several
  bool is_module = false;                   // it is not meant as a spec
  std::string diagnostics;                  // for people; may be empty
  Json diagnostics_json;                    // a list
  std::string dump;
  std::vector<diagnostics::Diagnostic> list;
  std::shared_ptr<const source::SourceManager> sources;  // of `list`
  size_t error_count = 0;
  size_t warning_count = 0;
};

// How a spec is compiled, by the command line.
driver::Options OptionsOf(const Arguments& arguments);

Compiled Describe(driver::Compilation compilation, bool use_color);

// Reads and compiles a spec; "-" is standard input, whose payload lies in the current folder. A
// spec that cannot be read is a diagnostic like any other; an error only when standard input fails.
Result<Compiled> CompileSpec(const std::string& path, const driver::Options& options,
                             bool use_color);

// The package of what was compiled, with the payload beside the spec.
Result<std::string> PackCompiled(const Compiled& compiled);

// A spec or a package, ready to be planned or applied.
struct Input {
  std::string source;  // "package x.zip" or "spec x.upg"
  plan::Plan plan;     // verified
  Digest plan_digest;
  std::optional<package::Package> package;  // of a package, and of a spec when it was asked for
  bool is_package = false;                  // it came as one
};

// Whether a package is signed and with which key, as it says itself: whether that holds, and who
// may, says executor::JudgePackage.
std::string SignatureText(const package::Package& package);

// Reads either. On failure says why on the console and gives the exit code: 1 for a wrong spec, 5
// for a package that cannot be read or used. `needs_package` packs a spec.
std::optional<Input> ReadInput(const Arguments& arguments, bool needs_package, Console& console,
                               int* exit_code);

}  // namespace upgraph::cli
