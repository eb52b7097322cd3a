// What `upgraph explain` says of the compiler's own diagnostics is true: a bad example gives that
// diagnostic, a good one compiles.

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/checks/checks.h"
#include "compiler/diagnostics/explanation.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/driver/pipeline.h"
#include "tests/support/catch.h"

namespace upgraph::driver {
namespace {

using diagnostics::Explanation;
using diagnostics::KindName;

constexpr std::string_view kPhases[] = {"preflight", "prepare", "switch",
                                        "verify",    "cleanup", "allow"};

// The lines behind `mark` that are indented by four, without that.
std::string ExampleIn(const std::string& text, const std::string& mark) {
  const size_t begin = text.find("\n" + mark + "\n");
  if (begin == std::string::npos) {
    return "";
  }
  std::istringstream lines(text.substr(begin + mark.size() + 2));
  std::string example;
  for (std::string line; std::getline(lines, line) && line.starts_with("    ");) {
    example += line.substr(4) + "\n";
  }
  return example;
}

bool BeginsWithWord(const std::string& line, std::string_view word) {
  return line.starts_with(word) && line.size() > word.size() && line[word.size()] == ' ';
}

// A whole spec around an example: what has a place in an upgrade goes there, what the example does
// not declare itself is added.
std::string SpecAround(const std::string& example) {
  std::string top;
  std::string body;
  bool is_in_upgrade = false;
  const auto declares = [&](const std::string& word) {
    return example.starts_with(word) || example.find("\n" + word) != std::string::npos;
  };
  std::istringstream lines(example);
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" }") == 0) {  // begins a statement of the outermost level
      is_in_upgrade =
          std::any_of(std::begin(kPhases), std::end(kPhases),
                      [&](std::string_view word) { return BeginsWithWord(line, word); });
    }
    // A phase with one misspelled letter is meant to be one.
    is_in_upgrade = is_in_upgrade || line.starts_with("swich ");
    (is_in_upgrade ? body : top) += line + "\n";
  }
  std::string spec = declares("import ") ? "" : "import std.config\nimport std.sql\n";
  if (!declares("import std.files")) {
    spec += "import std.files\n";
  }
  if (!declares("product ")) {
    spec +=
        "product box {\n installed files.first_line(\"/etc/box/release\")\n"
        " releases v1.0.0, v2.0.0\n}\n";
  }
  spec += top;
  if (!declares("upgrade ")) {
    spec += "upgrade v1.0.0 -> v2.0.0 {\n downtime 1d\n" + body + "}\n";
  }
  return spec;
}

std::set<std::string> NamesIn(const std::string& spec, std::string* messages) {
  Options options;
  options.check_payload = false;
  const Compilation compilation = CompileText("box.upg", spec, "", options);
  *messages = diagnostics::RenderHuman(compilation.diagnostics, *compilation.sources, false);
  std::set<std::string> names;
  for (const diagnostics::Diagnostic& diagnostic : compilation.diagnostics) {
    names.insert(diagnostic.name);
  }
  return names;
}

TEST_CASE("every diagnostic is explained, once") {
  std::vector<std::string> explained = checks::CheckNames();
  for (const Explanation& explanation : diagnostics::AllExplanations()) {
    explained.emplace_back(KindName(explanation.kind));
  }
  for (const std::string_view name : diagnostics::AllKindNames()) {
    INFO(name);
    CHECK(std::count(explained.begin(), explained.end(), name) == 1);
  }
}

TEST_CASE("the examples of an explanation are what it says") {
  size_t with_examples = 0;
  for (const Explanation& explanation : diagnostics::AllExplanations()) {
    const std::string name(KindName(explanation.kind));
    const std::string bad = ExampleIn(explanation.text, "Bad:");
    const std::string good = ExampleIn(explanation.text, "Good:");
    INFO(name);
    CHECK(bad.empty() == good.empty());
    if (bad.empty()) {
      continue;
    }
    ++with_examples;
    std::string messages;
    CHECK(NamesIn(SpecAround(bad), &messages).count(name) == 1);
    INFO(messages);
    std::set<std::string> left = NamesIn(SpecAround(good), &messages);
    left.erase("could-be-parallel");
    INFO(SpecAround(good) << messages);
    CHECK(left.empty());
  }
  // The others are about files, bytes, or what is given from outside.
  CHECK(with_examples + 8 == diagnostics::AllExplanations().size());
}

}  // namespace
}  // namespace upgraph::driver
