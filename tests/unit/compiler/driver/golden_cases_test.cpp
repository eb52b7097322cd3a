// The cases of tests/golden/diagnostics show the right text elsewhere; here each of them is about
// what its folder says, and its near misses are silent.

#include <algorithm>
#include <filesystem>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::driver {
namespace {

namespace fs = std::filesystem;

TEST_CASE("every golden case is about its diagnostic, and nothing else is wrong with it") {
  fs::path root = fs::path(UPGRAPH_SOURCE_DIR) / "tests/golden/diagnostics";
  std::set<fs::path> cases;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    // What lies deeper are modules.
    const bool is_case = entry.path().parent_path().parent_path() == root;
    if (is_case && entry.path().extension() == ".upg" && entry.is_regular_file()) {
      cases.insert(entry.path());
    }
  }
  REQUIRE(cases.size() > 100);
  for (const fs::path& path : cases) {
    Options options;
    if (fs::path inputs = fs::path(path).replace_extension(".inputs"); fs::exists(inputs)) {
      options.given.files.push_back(inputs.string());
    }
    Compilation compilation = Compile(path.string(), options);
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

}  // namespace
}  // namespace upgraph::driver
