// What the standard library declares, this program can do; and it says what it is.

#include "stdlib/library.h"
#include "runtime/steps/registry.h"
#include "tests/support/catch.h"

namespace upgraph::steps {
namespace {

// The lines of a text.
std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST_CASE("every step of the library has code, and everything in it a doc comment") {
  size_t step_count = 0;
  for (const stdlib::Module& module : stdlib::Modules()) {
    bool is_step = false;
    std::string before;
    for (const std::string& line : Lines(module.text)) {
      INFO(module.path << ": " << line);
      const bool is_declaration =
          !line.empty() && line[0] >= 'a' && line[0] <= 'z' && !line.starts_with("import");
      if (is_declaration) {
        CHECK(before.starts_with("///"));
        is_step = line.starts_with("step ");
      }
      const size_t native = line.find("native ");
      if (is_step && native != std::string::npos) {
        plan::Step step;
        step.native = line.substr(line.find('"') + 1);
        step.native.pop_back();
        CHECK(FindStep(step) != nullptr);
        ++step_count;
      }
      before = line;
    }
  }
  CHECK(step_count >= 10);
}

}  // namespace
}  // namespace upgraph::steps
