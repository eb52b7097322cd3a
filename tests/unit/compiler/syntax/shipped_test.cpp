// What is shipped must parse: the library and the example.

#include <fstream>
#include <sstream>

#include "stdlib/library.h"
#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/parsed.h"

namespace upgraph::syntax {
namespace {

TEST_CASE("every module of the library parses") {
  REQUIRE(!stdlib::Modules().empty());
  for (const stdlib::Module& module : stdlib::Modules()) {
    Parsed parsed{std::string(module.text)};
    INFO(module.path);
    CHECK(parsed.Messages() == "");
    CHECK(parsed.tree.declarations.size() >= 1);
    CHECK(!parsed.tree.doc.empty());
    for (const ast::Declaration& declaration : parsed.tree.declarations) {
      INFO(declaration.name.text);
      CHECK(!declaration.doc.empty());
    }
  }
}

TEST_CASE("the example parses") {
  std::ifstream file(UPGRAPH_EXAMPLE);
  std::stringstream text;
  text << file.rdbuf();
  Parsed parsed(text.str());
  CHECK(parsed.Messages() == "");
  REQUIRE(parsed.tree.products.size() == 1);
  CHECK(parsed.tree.products[0].properties.size() >= 3);
  REQUIRE(parsed.tree.configs.size() == 1);
  CHECK(parsed.tree.configs[0].keys.size() >= 5);
  REQUIRE(parsed.tree.upgrades.size() == 1);
  CHECK(parsed.tree.upgrades[0].phases.size() == 5);
}

}  // namespace
}  // namespace upgraph::syntax
