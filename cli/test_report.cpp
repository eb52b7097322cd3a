#include "cli/test_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/format.h"
#include "plan/version.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

size_t CountOf(const sim::ScenarioResult& result, std::string_view what) {
  return static_cast<size_t>(
      std::count_if(result.happenings.begin(), result.happenings.end(),
                    [&](const sim::Happening& happening) { return happening.what == what; }));
}

std::string Place(const plan::SourcePosition& position) {
  return fmt::format("{}:{}:{}", position.path, position.line, position.column);
}

std::string DescribeFault(const sim::Disappointment& fault) {
  return fmt::format("{}: expected `{}`, but {}", Place(fault.position), fault.expected,
                     fault.actual);
}

Color ColorOf(const std::string& what) {
  if (what == "applied") {
    return Color::kGreen;
  }
  if (what == "failed" || what == "stuck" || what == "blocked") {
    return Color::kRed;
  }
  return what == "reverted" || what == "drift" ? Color::kYellow : Color::kDim;
}

std::string DescribeSteps(const sim::ScenarioResult& result, bool use_color) {
  Table table;
  for (const sim::Happening& happening : result.happenings) {
    table.Add({{happening.what, ColorOf(happening.what)},
               {happening.step_path},
               {happening.step_title},
               {happening.text, Color::kDim}});
  }
  return table.Render("        ", use_color);
}

std::string PathText(const sim::ScenarioResult& result) {
  std::string text;
  for (const std::string& version : result.versions) {
    text += (text.empty() ? "" : " -> ") + plan::FormatVersion(version);
  }
  return text;
}

// Text of an element or an attribute. XML has no way to hold most control characters.
std::string EscapeXml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default:
        escaped += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return escaped;
}

std::string Seconds(int64_t ms) { return fmt::format("{}.{:03}", ms / 1000, ms % 1000); }

// box/dten.upg is the class `box.dten` to tools that think in classes.
std::string ClassName(std::string path) {
  if (path.ends_with(".upg")) {
    path.resize(path.size() - 4);
  }
  std::replace(path.begin(), path.end(), '/', '.');
  const size_t first = path.find_first_not_of('.');
  return first == std::string::npos ? path : path.substr(first);
}

std::string JunitCase(const PlayedTest& test, const std::string& class_name) {
  std::string head =
      fmt::format("    <testcase name=\"{}\" classname=\"{}\" time=\"{}\"",
                  EscapeXml(test.scenario.name), EscapeXml(class_name), Seconds(test.elapsed_ms));
  if (test.result.has_passed()) {
    return head + "/>\n";
  }
  std::string message = test.result.trouble;
  std::string text = test.result.trouble;
  for (const sim::Disappointment& fault : test.result.disappointments) {
    message = message.empty() ? fmt::format("expected `{}`, but {}", fault.expected, fault.actual)
                              : message;
    text += (text.empty() ? "" : "\n") + DescribeFault(fault);
  }
  text += "\n" + test.result.outcome + ": " + test.result.reason + "\n" +
          DescribeSteps(test.result, false);
  const char* element = test.result.trouble.empty() ? "failure" : "error";
  return fmt::format("{}>\n      <{} message=\"{}\" type=\"{}\">{}</{}>\n    </testcase>\n", head,
                     element, EscapeXml(message), test.result.trouble.empty() ? "then" : "run",
                     EscapeXml(text), element);
}

std::string JunitSuite(const TestedSpec& spec) {
  const TestCounts counts = CountTests({spec});
  int64_t elapsed_ms = 0;
  std::string cases;
  const std::string class_name = ClassName(spec.path);
  if (!spec.failure.empty()) {
    cases = fmt::format(
        "    <testcase name=\"compile\" classname=\"{}\" time=\"0.000\">\n"
        "      <error message=\"{}\" type=\"spec\">{}</error>\n    </testcase>\n",
        EscapeXml(class_name), EscapeXml(spec.failure), EscapeXml(spec.diagnostics));
  }
  for (const PlayedTest& test : spec.tests) {
    elapsed_ms += test.elapsed_ms;
    cases += JunitCase(test, class_name);
  }
  return fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" "
      "time=\"{}\">\n{}  </testsuite>\n",
      EscapeXml(spec.path), counts.passed + counts.failed + counts.errors, counts.failed,
      counts.errors, Seconds(elapsed_ms), cases);
}

}  // namespace

TestCounts CountTests(const std::vector<TestedSpec>& specs) {
  TestCounts counts;
  for (const TestedSpec& spec : specs) {
    counts.errors += spec.failure.empty() ? 0 : 1;
    for (const PlayedTest& test : spec.tests) {
      if (test.result.has_passed()) {
        ++counts.passed;
      } else if (test.result.trouble.empty()) {
        ++counts.failed;
      } else {
        ++counts.errors;
      }
    }
  }
  return counts;
}

std::string DescribeTest(const PlayedTest& test, bool with_steps, bool use_color) {
  const sim::ScenarioResult& result = test.result;
  const bool has_passed = result.has_passed();
  std::string text = fmt::format(
      "  {}  {}  {}\n",
      has_passed ? Paint(Color::kGreen, "ok  ", use_color) : Paint(Color::kRed, "FAIL", use_color),
      package::Printable(test.scenario.name),
      Paint(Color::kDim,
            fmt::format("{}; {}, {} reverted", result.outcome,
                        Count(CountOf(result, "applied"), "step applied", "steps applied"),
                        CountOf(result, "reverted")),
            use_color));
  if (!result.trouble.empty()) {
    text += "        it could not be played: " + package::Printable(result.trouble) + "\n";
  }
  for (const sim::Disappointment& fault : result.disappointments) {
    text += "        " + package::Printable(DescribeFault(fault)) + "\n";
  }
  if (!has_passed || with_steps) {
    text +=
        package::Printable(fmt::format("        {}: {}", PathText(result), result.reason)) + "\n";
    text += DescribeSteps(result, use_color);
  }
  return text;
}

Json TestedSpecJson(const TestedSpec& spec) {
  Json tests = Json::array();
  for (const PlayedTest& test : spec.tests) {
    const sim::ScenarioResult& result = test.result;
    Json faults = Json::array();
    for (const sim::Disappointment& fault : result.disappointments) {
      faults.push_back({{"line", fault.position.line},
                        {"column", fault.position.column},
                        {"expected", fault.expected},
                        {"actual", fault.actual}});
    }
    Json steps = Json::array();
    for (const sim::Happening& happening : result.happenings) {
      steps.push_back({{"path", happening.step_path},
                       {"title", happening.step_title},
                       {"what", happening.what},
                       {"text", happening.text}});
    }
    tests.push_back({{"name", test.scenario.name},
                     {"line", test.scenario.position.line},
                     {"passed", result.has_passed()},
                     {"outcome", result.outcome},
                     {"exit_code", static_cast<int>(result.exit_code)},
                     {"reason", result.reason},
                     {"trouble", result.trouble},
                     {"versions", result.versions},
                     {"simulated_ms", result.simulated_ms},
                     {"failures", std::move(faults)},
                     {"steps", std::move(steps)}});
  }
  return {{"path", spec.path},
          {"failure", spec.failure},
          {"diagnostics", spec.diagnostics_json},
          {"tests", std::move(tests)}};
}

std::string RenderJunit(const std::vector<TestedSpec>& specs) {
  const TestCounts counts = CountTests(specs);
  int64_t elapsed_ms = 0;
  std::string suites;
  for (const TestedSpec& spec : specs) {
    for (const PlayedTest& test : spec.tests) {
      elapsed_ms += test.elapsed_ms;
    }
    suites += JunitSuite(spec);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"upgraph\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}\">\n{}"
      "</testsuites>\n",
      counts.passed + counts.failed + counts.errors, counts.failed, counts.errors,
      Seconds(elapsed_ms), suites);
}

}  // namespace upgraph::cli
