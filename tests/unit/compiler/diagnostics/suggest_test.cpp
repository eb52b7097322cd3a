#include "compiler/diagnostics/suggest.h"

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
  CHECK(SuggestHint("people", {"import"}) == "");
}

TEST_CASE("of equally near ones the first in byte order") {
  CHECK(FindNearest("cat", {"rat", "bat"}) == "bat");
}

}  // namespace
}  // namespace upgraph::diagnostics
