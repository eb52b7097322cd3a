#include "cli/input.h"

#include <fmt/format.h>

#include <utility>

#include "base/limits.h"
#include "cli/format.h"
#include "cli/whole_file.h"
#include "compiler/diagnostics/renderer.h"
#include "plan/codec.h"
#include "plan/verify.h"
#include "runtime/env/files.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/archive_writer.h"
#include "runtime/package/extract_policy.h"
#include "runtime/package/folder_payload.h"

namespace upgraph::cli {
namespace {

Json DiagnosticsJson(const driver::Compilation& compilation) {
  Result<Json> json =
      ParseJson(diagnostics::RenderJson(compilation.diagnostics, *compilation.sources));
  UPGRAPH_CHECK(json.ok());
  return (*json)["diagnostics"];
}

}  // namespace

driver::Options OptionsOf(const Arguments& arguments) {
  driver::Options options;
  options.levels = arguments.levels;
  options.given = arguments.given;
  return options;
}

Compiled Describe(driver::Compilation compilation, bool use_color) {
  Compiled compiled;
  compiled.folder = compilation.payload_root;
  compiled.is_module = compilation.is_module;
  compiled.unknown_inputs = std::move(compilation.unknown_inputs);
  compiled.dump = std::move(compilation.dump);
  compiled.diagnostics =
      diagnostics::RenderHuman(compilation.diagnostics, *compilation.sources, use_color);
  compiled.diagnostics_json = DiagnosticsJson(compilation);
  for (const diagnostics::Diagnostic& diagnostic : compilation.diagnostics) {
    const bool is_error = diagnostic.severity == diagnostics::Severity::kError;
    (is_error ? compiled.error_count : compiled.warning_count) += 1;
  }
  compiled.list = std::move(compilation.diagnostics);
  compiled.sources = std::move(compilation.sources);
  compiled.plan = std::move(compilation.plan);
  compiled.tests = std::move(compilation.tests);
  return compiled;
}

namespace {

Result<std::string> ReadPackageBytes(const std::string& path) {
  Result<std::string> bytes = ReadWhole(path, package::kPackageBytesMax);
  if (!bytes.ok()) {
    return bytes.error().Within("the package cannot be read");
  }
  return bytes;
}

// A name that ends so is a package, whatever is in it: a damaged one is not taken for a spec.
bool IsPackageName(const std::string& path) { return path.ends_with(".zip"); }

bool BeginsLikePackage(const std::string& path) {
  const Result<std::string> head = ReadHead(path, 4);
  return head.ok() && package::LooksLikePackage(*head);
}

Result<Input> OpenAsPackage(const std::string& path, std::string bytes) {
  Input input;
  input.source = "package " + path;
  input.is_package = true;
  Result<package::Package> opened = package::OpenPackage(std::move(bytes));
  if (!opened.ok()) {
    return opened.error().Within(fmt::format("`{}` cannot be used", path));
  }
  Result<plan::Plan> decoded = plan::Decode(opened->plan_bytes);
  if (!decoded.ok()) {
    return decoded.error().Within(fmt::format("the plan in `{}` cannot be used", path));
  }
  if (Status verified = plan::Verify(*decoded); !verified.ok()) {
    return verified.error().Within(fmt::format("the plan in `{}` does not hold", path));
  }
  input.plan = std::move(*decoded);
  input.plan_digest = opened->manifest.plan_digest;
  input.package = std::move(*opened);
  return input;
}

// Shows the diagnostics; what comes back is ready.
std::optional<Input> CompileAsInput(const Arguments& arguments, bool needs_package,
                                    Result<Compiled> compiled, Console& console, int* exit_code) {
  const auto wrong = [&](const std::string& reason) {
    *exit_code =
        Fail(console, arguments.command, {executor::ExitCode::kSpecWrong, reason, false, ""});
    return std::nullopt;
  };
  if (!compiled.ok()) {
    return wrong(compiled.error().message);
  }
  console.Err(compiled->diagnostics);
  if (!compiled->plan.has_value()) {
    return wrong(
        fmt::format("the spec is wrong: {}", Count(compiled->error_count, "error", "errors")));
  }
  Input input;
  input.source = "spec " + arguments.input;
  if (needs_package) {
    Result<std::string> bytes = PackCompiled(*compiled);
    if (!bytes.ok()) {
      return wrong(bytes.error().message);
    }
    Result<package::Package> opened = package::OpenPackage(std::move(*bytes));
    if (!opened.ok()) {
      return wrong(opened.error().message);
    }
    input.package = std::move(*opened);
  }
  input.plan = std::move(*compiled->plan);
  input.plan_digest = plan::PlanDigest(plan::Encode(input.plan));
  return input;
}

}  // namespace

Result<Compiled> CompileSpec(const std::string& path, const driver::Options& options,
                             bool use_color) {
  if (path != kStandardInput) {
    return Describe(driver::Compile(path, options), use_color);
  }
  UPGRAPH_ASSIGN(std::string text, ReadWhole(path, kSourceFileBytesMax));
  return Describe(driver::CompileText(kStandardInputName, std::move(text), "", options), use_color);
}

Result<std::string> PackCompiled(const Compiled& compiled) {
  UPGRAPH_CHECK(compiled.plan.has_value());
  UPGRAPH_ASSIGN(const std::unique_ptr<env::Files> files,
                 env::OpenFiles(compiled.folder.empty() ? "." : compiled.folder));
  const std::unique_ptr<package::Payload> payload = package::OpenFolderPayload(*files);
  return package::Pack(
      {*compiled.plan, plan::Encode(*compiled.plan), *payload, driver::ToolVersion()});
}

std::string SignatureText(const package::Package& package) {
  return package.signature.has_value()
             ? fmt::format("signed with the key {} (\"{}\")",
                           minisign::KeyIdText(package.signature->key_id),
                           package::Printable(package.signature->trusted_comment))
             : "not signed";
}

std::optional<Input> ReadInput(const Arguments& arguments, bool needs_package, Console& console,
                               int* exit_code) {
  const std::string& path = arguments.input;
  const bool is_stdin = path == kStandardInput;
  std::string bytes;
  if (is_stdin || IsPackageName(path) || BeginsLikePackage(path)) {
    Result<std::string> read = ReadPackageBytes(path);
    if (!read.ok()) {
      *exit_code = Fail(console, arguments.command, Refusal(read.error()));
      return std::nullopt;
    }
    bytes = std::move(*read);
    if (!is_stdin || package::LooksLikePackage(bytes)) {
      if (!arguments.given.values.empty() || !arguments.given.files.empty()) {
        *exit_code = Fail(console, arguments.command,
                          {executor::ExitCode::kUsage,
                           "the inputs of a package were fixed when it was packed; `--set` and "
                           "`--inputs` go with a spec",
                           false, ""});
        return std::nullopt;
      }
      Result<Input> input = OpenAsPackage(path, std::move(bytes));
      if (!input.ok()) {
        *exit_code = Fail(console, arguments.command, Refusal(input.error()));
        return std::nullopt;
      }
      return std::move(*input);
    }
  }
  if (!is_stdin) {
    return CompileAsInput(arguments, needs_package,
                          CompileSpec(path, OptionsOf(arguments), console.use_color()), console,
                          exit_code);
  }
  return CompileAsInput(
      arguments, needs_package,
      Describe(driver::CompileText(kStandardInputName, std::move(bytes), "", OptionsOf(arguments)),
               console.use_color()),
      console, exit_code);
}

}  // namespace upgraph::cli
