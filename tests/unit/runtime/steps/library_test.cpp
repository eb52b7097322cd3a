// What this program can do, the standard library declares; and it says what it is.

#include <map>
#include <set>

#include "runtime/steps/registry.h"
#include "stdlib/library.h"
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

// What the library declares: the words before the name, and the native name where there is one.
struct Declared {
  std::string module;
  std::string head;  // "step link("
  std::string native;
  bool has_comment = false;
};

std::vector<Declared> Declarations() {
  std::vector<Declared> all;
  for (const stdlib::Module& module : stdlib::Modules()) {
    std::string before;
    for (const std::string& line : Lines(module.text)) {
      const bool is_declaration =
          !line.empty() && line[0] >= 'a' && line[0] <= 'z' && !line.starts_with("import");
      if (is_declaration) {
        const std::string alias(module.name.substr(module.name.rfind('.') + 1));
        all.push_back({alias, line, "", before.starts_with("///")});
      } else if (line.starts_with("  native ")) {
        all.back().native = line.substr(line.find('"') + 1);
        all.back().native.pop_back();
      }
      before = line;
    }
  }
  return all;
}

TEST_CASE("everything in the library has a doc comment, and code goes by the declared name") {
  std::set<std::string> natives;
  for (const Declared& declared : Declarations()) {
    INFO(declared.module << ": " << declared.head);
    CHECK(declared.has_comment);
    if (declared.native.empty()) {
      // A resource needs no code, a type none either.
      CHECK((declared.head.starts_with("resource ") || declared.head.starts_with("type ")));
      continue;
    }
    const size_t start = declared.head.find(' ') + 1;
    const std::string name = declared.head.substr(start, declared.head.find('(') - start);
    CHECK(declared.native == declared.module + "." + name);
    CHECK(natives.insert(declared.native).second);
  }
  CHECK(natives.size() >= 30);
}

TEST_CASE("what this program has code for is declared in the library, as what it is") {
  std::map<std::string, std::string> heads;
  for (const Declared& declared : Declarations()) {
    heads[declared.native] = declared.head;
  }
#define UPGRAPH_STEP(name, Function) CHECK(heads[name].starts_with("step "));
#define UPGRAPH_HANDLE(name) CHECK(heads[name].starts_with("handle "));
#include "runtime/steps/registry.def"
#undef UPGRAPH_HANDLE
#undef UPGRAPH_STEP
}

}  // namespace
}  // namespace upgraph::steps
