#include "compiler/diagnostics/suggest.h"

#include "compiler/diagnostics/diagnostic.h"
#include "tests/support/catch.h"

namespace upgraph::diagnostics {
namespace {

TEST_CASE("a near word is suggested") {
  CHECK(FindNearest("prodct", {"import", "product", "config"}) == "product");
  CHECK(FindNearest("instal", {"install", "uninstall"}) == "install");
  CHECK(SuggestHint("prepar", {"prepare"}) == "did you mean `prepare`?");
}

TEST_CASE("a far one is not") {
  CHECK(FindNearest("gate", {"import", "product"}) == "");
  CHECK(FindNearest("ab", {"xy"}) == "");
  CHECK(FindNearest("x", {}) == "");
  CHECK(FindNearest("x", {"y", "z"}) == "");
  CHECK(FindNearest("x", {"y", "xy"}) == "xy");
  CHECK(SuggestHint("people", {"import"}) == "");
}

TEST_CASE("of equally near ones the first in byte order") {
  CHECK(FindNearest("cat", {"rat", "bat"}) == "bat");
}

TEST_CASE("the only near word is a fix, one of several is a hint alone") {
  Diagnostic diagnostic;
  diagnostic.range = {source::BufferId(0), 3, 6};
  CHECK(diagnostic.Suggest("cat", {"cart", "dog", "cart"}).hint == "did you mean `cart`?");
  REQUIRE(diagnostic.fix.size() == 1);
  CHECK(diagnostic.fix[0].range == diagnostic.range);
  CHECK(diagnostic.fix[0].text == "cart");
  diagnostic.fix.clear();
  CHECK(diagnostic.Suggest("cat", {"rat", "bat"}).hint == "did you mean `bat`?");
  CHECK(diagnostic.fix.empty());
  CHECK(diagnostic.Suggest("cat", {"import"}).hint.empty());
  CHECK(diagnostic.fix.empty());
  CHECK(Diagnostic().Suggest("cat", {"cart"}).fix.empty());  // it stands nowhere
}

}  // namespace
}  // namespace upgraph::diagnostics
