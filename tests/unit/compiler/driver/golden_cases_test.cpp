// The cases of tests/golden/diagnostics show the right text elsewhere; here each of them is about
// what its folder says, and its near misses are silent.

#include <algorithm>
#include <filesystem>
#include <set>

#include "compiler/checks/checks.h"
#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::driver {
namespace {

namespace fs = std::filesystem;

TEST_CASE("every golden case is about its diagnostic, and nothing else is wrong with it") {
  fs::path root = fs::path(UPGRAPH_SOURCE_DIR) / "tests/golden/diagnostics";
  std::set<fs::path> cases;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".upg" && entry.is_regular_file()) {
      cases.insert(entry.path());
    }
  }
  REQUIRE(cases.size() > 100);
  for (const fs::path& path : cases) {
    Compilation compilation = Compile(path.string(), {});
    INFO(path.string() << "\n" << support::Messages(compilation));
    std::string file = path.filename().string();
    if (file.starts_with("ok_") || file.starts_with("near_miss_")) {
      CHECK(compilation.diagnostics.empty());
      CHECK(compilation.plan.has_value());
      continue;
    }
    CHECK_FALSE(compilation.diagnostics.empty());
    for (const diagnostics::Diagnostic& diagnostic : compilation.diagnostics) {
      CHECK(diagnostic.name == path.parent_path().filename().string());
    }
  }
}

TEST_CASE("every diagnostic from the analysis on and every check has a case and a near miss") {
  std::vector<std::string> names = checks::CheckNames();
  // kind.def lists the stages in order; those before have tests of their own.
  bool is_analysis = false;
  for (std::string_view name : diagnostics::AllKindNames()) {
    is_analysis = is_analysis || name == "unknown-module";
    if (is_analysis) {
      names.emplace_back(name);
    }
  }
  REQUIRE(names.size() > 30);
  for (const std::string& name : names) {
    INFO(name);
    fs::path folder = fs::path(UPGRAPH_SOURCE_DIR) / "tests/golden/diagnostics" / name;
    REQUIRE(fs::is_directory(folder));
    size_t silent = 0;
    size_t loud = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      std::string file = entry.path().filename().string();
      bool is_silent = file.starts_with("ok_") || file.starts_with("near_miss_");
      silent += file.ends_with(".upg") && is_silent ? 1 : 0;
      loud += file.ends_with(".upg") && !is_silent ? 1 : 0;
    }
    CHECK(silent > 0);
    CHECK(loud > 0);
  }
}

}  // namespace
}  // namespace upgraph::driver
