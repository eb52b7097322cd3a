#include "compiler/driver/fix_spec.h"

#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::driver {
namespace {

FixedSpec Fixed(const std::string& text) {
  Result<FixedSpec> spec = FixText("box.upg", text, "", {});
  REQUIRE(spec.ok());
  return std::move(*spec);
}

TEST_CASE("what shows only after a fix is fixed as well, and the result is formatted") {
  std::string text = support::SpecText("", "swich {\n files.remov(\"/srv/a\")\n}\n");
  const FixedSpec spec = Fixed(text);
  CHECK(spec.before == text);
  CHECK(spec.applied.size() == 2);
  CHECK(spec.after.find("  switch {\n    files.remove(\"/srv/a\")\n  }\n") != std::string::npos);
  CHECK(spec.compilation.diagnostics.empty());
  CHECK(spec.compilation.plan.has_value());
  CHECK(Fixed(spec.after).applied.empty());
}

TEST_CASE("a module that is not imported is imported once, before the others or first of all") {
  std::string text = support::SpecText("", "switch {\n files.remove(\"/srv/a\")\n}\n");
  const size_t import = text.find("import std.files\n");
  REQUIRE(import != std::string::npos);
  text.erase(import, 17);
  const FixedSpec spec = Fixed(text);
  CHECK(spec.after.find("import std.files\n") != std::string::npos);
  CHECK(spec.after.find("import std.files\n") == spec.after.rfind("import std.files\n"));
  CHECK(spec.compilation.plan.has_value());
  const FixedSpec lone = Fixed("product box {\n  installed files.first_line(\"/r\")\n}\n");
  CHECK(lone.after.starts_with("import std.files\n"));
}

TEST_CASE("without a fix the text stays as it is, formatted or not") {
  const std::string text = support::SpecText("", "switch {\n files.remove( \"/srv/a\" )\n}\n");
  const FixedSpec spec = Fixed(text);
  CHECK(spec.after == text);
  CHECK(spec.applied.empty());
  CHECK(spec.compilation.plan.has_value());
  const FixedSpec wrong = Fixed("product {{{");
  CHECK(wrong.after == "product {{{");
  CHECK(wrong.compilation.exit_code == 1);
}

}  // namespace
}  // namespace upgraph::driver
