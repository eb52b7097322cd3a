#include "stdlib/library.h"

#include "tests/support/catch.h"

namespace upgraph::stdlib {
namespace {

TEST_CASE("the embedded modules are sorted and named after their files") {
  std::string before;
  for (const Module& module : Modules()) {
    CHECK(std::string(module.name) > before);
    before = module.name;
    CHECK("std/" + std::string(module.name.substr(4)) + ".upg" == module.path);
    CHECK(module.text.starts_with("///"));
    CHECK(module.text.ends_with("\n"));
  }
  CHECK(Modules().size() >= 5);
}

TEST_CASE("a module is found by its name alone") {
  REQUIRE(FindModule("std.files") != nullptr);
  CHECK(FindModule("std.files")->text.find("step install(") != std::string_view::npos);
  CHECK(FindModule("files") == nullptr);
  CHECK(FindModule("std.file") == nullptr);
}

TEST_CASE("the library has one digest") {
  CHECK(LibraryDigest().size() == 64);
  CHECK(LibraryDigest() == LibraryDigest());
}

}  // namespace
}  // namespace upgraph::stdlib
