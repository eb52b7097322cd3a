#include <fmt/format.h>

#include <algorithm>

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
  void RunSpec(const std::string& path);
  void PlayAll(const plan::Plan& plan, std::vector<plan::Scenario> scenarios, TestedSpec* spec);
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
};

void TestSession::Fail(const std::string& why, TestedSpec* spec) {
  spec->failure = why;
  if (!console_.is_json()) {
    console_.Err(spec->diagnostics);
    console_.Err(fmt::format("{} {}: {}\n", Paint(Color::kRed, "error:", console_.use_color()),
                             package::Printable(spec->path), package::Printable(why)));
  }
}

void TestSession::PlayAll(const plan::Plan& plan, std::vector<plan::Scenario> scenarios,
                          TestedSpec* spec) {
  auto player = sim::Player::Make(plan);
  if (!player.ok()) {
    Fail(player.error().message, spec);
    return;
  }
  for (plan::Scenario& scenario : scenarios) {
    const int64_t begin_ms = env::SystemClock().BootMs();
    PlayedTest test{std::move(scenario), {}, 0};
    test.result = (*player)->Play(test.scenario);
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
  driver::Options options = OptionsOf(arguments_);
  options.check_payload = false;
  const Result<Compiled> compiled = CompileSpec(path, options, console_.use_color());
  if (!compiled.ok()) {
    Fail(compiled.error().message, &spec);
    return;
  }
  if (compiled->is_module && !IsNamed(path)) {
    specs_.pop_back();  // the specs of the folder that import it are looked at with it
    return;
  }
  spec.diagnostics_json = compiled->diagnostics_json;
  if (!compiled->plan.has_value()) {
    spec.diagnostics = compiled->diagnostics;
    Fail("the spec is wrong: " + Count(compiled->error_count, "error", "errors"), &spec);
    return;
  }
  std::vector<plan::Scenario> wanted;
  for (const plan::Scenario& scenario : compiled->tests) {
    names_.push_back(scenario.name);
    if (IsWanted(scenario)) {
      wanted.push_back(scenario);
    }
  }
  if (arguments_.is_list) {
    for (plan::Scenario& scenario : wanted) {
      spec.tests.push_back({std::move(scenario), {}, 0});
    }
    return;
  }
  if (wanted.empty()) {
    return;
  }
  if (speaks()) {
    console_.Out(package::Printable(spec.path) + "\n");
  }
  PlayAll(*compiled->plan, std::move(wanted), &spec);
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
  for (const std::string& path : paths) {
    RunSpec(path);
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
