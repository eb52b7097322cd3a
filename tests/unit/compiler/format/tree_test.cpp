// Every spec that the project has: formatted, it is the same tree, and formatted twice the same
// text.

#include "tests/support/catch.h"
#include "tests/unit/compiler/format/formatted.h"

namespace upgraph::format {
namespace {

TEST_CASE("formatting changes no tree, and is done after one time") {
  size_t count = 0;
  for (const std::filesystem::path& path : AllSpecs()) {
    const std::string text = ReadFile(path);
    const std::string tree = AstOf(text);
    if (tree.empty()) {
      continue;  // a case about a syntax error
    }
    INFO(path.string());
    const std::string formatted = Formatted(text);
    CHECK(AstOf(formatted) == tree);
    CHECK(Formatted(formatted) == formatted);
    ++count;
  }
  CHECK(count > 100);
}

}  // namespace
}  // namespace upgraph::format
