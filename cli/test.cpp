#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/spec_files.h"
#include "cli/test_report.h"
#include "cli/whole_file.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/env/clock.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

class TestSession {
 public:
  TestSession(const Arguments& arguments, Console& console)
      : arguments_(arguments), console_(console) {}

  int Run(const std::vector<std::string>& paths);

 private:
  struct Stage;
  void RunSpec(const std::string& path);
  Result<Compiled> CompileAsTest(const std::string& path, size_t number);
  bool Raise(size_t number, Result<Compiled> compiled, TestedSpec* spec, Stage* stage);
  void PlayAll(const std::string& path, std::unique_ptr<Stage> first, TestedSpec* spec);
  std::string FindUnknownInput() const;
  void Fail(const std::string& why, TestedSpec* spec);
  bool IsWanted(const plan::Scenario& scenario) const {
    return scenario.name.find(arguments_.filter) != std::string::npos;
  }
  bool IsNamed(const std::string& path) const {
    const std::vector<std::string>& names = arguments_.inputs;
    return std::find(names.begin(), names.end(), path) != names.end();
  }
  bool speaks() const { return !console_.is_json() && !arguments_.is_list; }
  int NothingMatches();
  int Finish();
  int FinishList();

  const Arguments& arguments_;
  Console& console_;
  std::vector<TestedSpec> specs_;
  std::vector<std::string> names_;  // of all tests, wanted or not
  bool is_for_several_ = false;     // what is given for inputs need not be of each spec
  std::vector<std::vector<std::string>> unknown_inputs_;  // of each plan that was made
  std::optional<std::string> standard_input_;
};

void TestSession::Fail(const std::string& why, TestedSpec* spec) {
  spec->failure = why;
  if (!console_.is_json()) {
    console_.Err(spec->diagnostics);
    console_.Err(fmt::format("{} {}: {}\n", Paint(Color::kRed, "error:", console_.use_color()),
                             package::Printable(spec->path), package::Printable(why)));
  }
}

// With what its test of that number gives for inputs.
Result<Compiled> TestSession::CompileAsTest(const std::string& path, size_t number) {
  driver::Options options = OptionsOf(arguments_);
  options.check_payload = false;
  options.as_test = number;
  options.given.is_for_several = is_for_several_;
  if (path != kStandardInput) {
    return CompileSpec(path, options, console_.use_color());
  }
  if (!standard_input_) {
    UPGRAPH_ASSIGN(standard_input_, ReadWhole(path, kSourceFileBytesMax));
  }
  return Describe(driver::CompileText(kStandardInputName, *standard_input_, "", options),
                  console_.use_color());
}

// The plan of a spec with some inputs, and what plays on it, where it stands.
struct TestSession::Stage {
  Compiled compiled;
  std::unique_ptr<sim::Player> player;
};

// False when the spec is wrong with these inputs, which is said.
bool TestSession::Raise(size_t number, Result<Compiled> compiled, TestedSpec* spec, Stage* stage) {
  if (!compiled.ok()) {
    Fail(compiled.error().message, spec);
    return false;
  }
  stage->compiled = std::move(*compiled);
  spec->diagnostics_json = stage->compiled.diagnostics_json;
  if (!stage->compiled.plan.has_value()) {
    spec->diagnostics = stage->compiled.diagnostics;
    const std::string errors = Count(stage->compiled.error_count, "error", "errors");
    Fail(number == 0 ? "the spec is wrong: " + errors
                     : fmt::format("the spec is wrong with the inputs of a later test: {}", errors),
         spec);
    return false;
  }
  auto player = sim::Player::Make(*stage->compiled.plan);
  if (!player.ok()) {
    Fail(player.error().message, spec);
    return false;
  }
  stage->player = std::move(*player);
  unknown_inputs_.push_back(stage->compiled.unknown_inputs);
  return true;
}

// In the order of the text; those that give other inputs on a plan that is made with them.
void TestSession::PlayAll(const std::string& path, std::unique_ptr<Stage> first, TestedSpec* spec) {
  const std::vector<plan::Scenario> tests = first->compiled.tests;
  std::map<std::string, std::unique_ptr<Stage>> stages;
  stages.emplace(tests.empty() ? "" : tests[0].inputs, std::move(first));
  for (size_t i = 0; i < tests.size(); ++i) {
    if (!IsWanted(tests[i])) {
      continue;
    }
    auto stage = stages.find(tests[i].inputs);
    if (stage == stages.end()) {
      auto other = std::make_unique<Stage>();
      if (!Raise(i, CompileAsTest(path, i), spec, other.get())) {
        return;
      }
      stage = stages.emplace(tests[i].inputs, std::move(other)).first;
    }
    const int64_t begin_ms = env::SystemClock().BootMs();
    PlayedTest test{stage->second->compiled.tests[i], {}, 0};
    test.result = stage->second->player->Play(test.scenario);
    test.elapsed_ms = env::SystemClock().BootMs() - begin_ms;
    if (speaks()) {
      console_.Out(DescribeTest(test, arguments_.is_verbose, console_.use_color()));
    }
    spec->tests.push_back(std::move(test));
  }
}

void TestSession::RunSpec(const std::string& path) {
  TestedSpec& spec = specs_.emplace_back();
  spec.path = path == kStandardInput ? kStandardInputName : path;
  Result<Compiled> compiled = CompileAsTest(path, 0);
  if (compiled.ok() && compiled->is_module && !IsNamed(path)) {
    specs_.pop_back();  // the specs of the folder that import it are looked at with it
    return;
  }
  auto stage = std::make_unique<Stage>();
  if (!Raise(0, std::move(compiled), &spec, stage.get())) {
    return;
  }
  bool is_any_wanted = false;
  for (const plan::Scenario& scenario : stage->compiled.tests) {
    names_.push_back(scenario.name);
    is_any_wanted = is_any_wanted || IsWanted(scenario);
    if (arguments_.is_list && IsWanted(scenario)) {
      spec.tests.push_back({scenario, {}, 0});
    }
  }
  if (arguments_.is_list || !is_any_wanted) {
    return;
  }
  if (speaks()) {
    console_.Out(package::Printable(spec.path) + "\n");
  }
  PlayAll(path, std::move(stage), &spec);
}

// What was given, and is an input of none of the specs; empty where one of them could not be read.
std::string TestSession::FindUnknownInput() const {
  if (!is_for_several_ || unknown_inputs_.empty() || CountTests(specs_).errors > 0) {
    return "";
  }
  for (const std::string& name : unknown_inputs_[0]) {
    const auto lacks = [&](const std::vector<std::string>& unknown) {
      return std::find(unknown.begin(), unknown.end(), name) != unknown.end();
    };
    if (std::all_of(unknown_inputs_.begin(), unknown_inputs_.end(), lacks)) {
      return name;
    }
  }
  return "";
}

int TestSession::NothingMatches() {
  std::string hint = diagnostics::SuggestHint(arguments_.filter, names_);
  return cli::Fail(console_, arguments_.command,
                   {executor::ExitCode::kUsage,
                    fmt::format("no test has `{}` in its name{}", arguments_.filter,
                                hint.empty() ? "; `--list` names them" : "; " + hint),
                    false, ""});
}

int TestSession::FinishList() {
  Json list = Json::array();
  for (const TestedSpec& spec : specs_) {
    for (const PlayedTest& test : spec.tests) {
      list.push_back({{"path", spec.path},
                      {"line", test.scenario.position.line},
                      {"name", test.scenario.name}});
      if (!console_.is_json()) {
        console_.Out(package::Printable(fmt::format(
                         "{}:{}: {}", spec.path, test.scenario.position.line, test.scenario.name)) +
                     "\n");
      }
    }
  }
  const size_t error_count = CountTests(specs_).errors;
  const auto code = error_count == 0 ? executor::ExitCode::kDone : executor::ExitCode::kSpecWrong;
  if (console_.is_json()) {
    Json json = EndingJson(CommandName(arguments_.command),
                           {code, Count(list.size(), "test", "tests"), false, ""});
    json["tests"] = std::move(list);
    console_.Out(PrettyJson(json));
  }
  return static_cast<int>(code);
}

int TestSession::Finish() {
  const TestCounts counts = CountTests(specs_);
  const bool is_good = counts.failed + counts.errors == 0;
  auto code = is_good ? executor::ExitCode::kDone : executor::ExitCode::kSpecWrong;
  std::string reason = fmt::format("{} passed, {} failed", counts.passed, counts.failed);
  if (counts.errors > 0) {
    reason += fmt::format(", {}", Count(counts.errors, "error", "errors"));
  }
  if (names_.empty() && counts.errors == 0) {
    reason = "no tests";
  }
  if (!arguments_.junit.empty()) {
    if (Status written = ReplaceFile(arguments_.junit, RenderJunit(specs_)); !written.ok()) {
      return cli::Fail(console_, arguments_.command,
                       {executor::ExitCode::kUsage, written.error().message, false, ""});
    }
  }
  if (console_.is_json()) {
    Json json = EndingJson(CommandName(arguments_.command), {code, reason, false, ""});
    json["passed"] = counts.passed;
    json["failed"] = counts.failed;
    json["errors"] = counts.errors;
    json["specs"] = Json::array();
    for (const TestedSpec& spec : specs_) {
      json["specs"].push_back(TestedSpecJson(spec));
    }
    console_.Out(PrettyJson(json));
  } else {
    console_.Out(Paint(is_good ? Color::kGreen : Color::kRed, reason, console_.use_color()) + "\n");
  }
  return static_cast<int>(code);
}

int TestSession::Run(const std::vector<std::string>& paths) {
  is_for_several_ = paths.size() > 1;
  for (const std::string& path : paths) {
    RunSpec(path);
  }
  if (const std::string name = FindUnknownInput(); !name.empty()) {
    return cli::Fail(console_, arguments_.command,
                     {executor::ExitCode::kSpecWrong,
                      fmt::format("none of the specs has an input `{}`", name), false, ""});
  }
  const bool has_any = std::any_of(specs_.begin(), specs_.end(), [](const TestedSpec& spec) {
    return !spec.tests.empty() || !spec.failure.empty();
  });
  if (!has_any && !arguments_.filter.empty()) {
    return NothingMatches();
  }
  return arguments_.is_list ? FinishList() : Finish();
}

}  // namespace

int RunTest(const Arguments& arguments, Console& console) {
  const std::vector<std::string>& names = arguments.inputs;
  if (names == std::vector<std::string>{kStandardInput}) {
    return TestSession(arguments, console).Run(names);
  }
  const Result<std::vector<std::string>> paths = FindSpecs(names);
  if (!paths.ok()) {
    return Fail(console, arguments.command,
                {executor::ExitCode::kSpecWrong, paths.error().message, false, ""});
  }
  return TestSession(arguments, console).Run(*paths);
}

}  // namespace upgraph::cli
