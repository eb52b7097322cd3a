#include "plan/value.h"

#include "tests/support/catch.h"

namespace upgraph::plan {
namespace {

Value Text(ValueKind kind, const std::string& text) { return {kind, false, 0, 0, text, {}}; }

TEST_CASE("durations and sizes are written in their own units") {
  CHECK(FormatDuration(0) == "0s");
  CHECK(FormatDuration(250) == "250ms");
  CHECK(FormatDuration(5'400'000) == "1h30m");
  CHECK(FormatDuration(86'400'000 + 1) == "1d1ms");
  CHECK(FormatDuration(INT64_MIN).front() == '-');
  CHECK(FormatSize(0) == "0B");
  CHECK(FormatSize(1500) == "1500B");
  CHECK(FormatSize(2ll << 30) == "2GiB");
}

TEST_CASE("values are written as the language spells them") {
  CHECK(FormatValue(Text(ValueKind::kString, "a\"b\n")) == R"("a\"b\n")");
  CHECK(FormatValue(Text(ValueKind::kVersion, "4.8.3")) == "v4.8.3");
  Value list{ValueKind::kList, false, 0, 0, "", {{"", Text(ValueKind::kPath, "/a")}}};
  CHECK(FormatValue(list) == R"(["/a"])");
  Value handle{
      ValueKind::kHandle, false, 0, 0, "sql.sqlite", {{"path", Text(ValueKind::kPath, "/d")}}};
  CHECK(FormatValue(handle) == R"(sql.sqlite(path: "/d"))");
}

TEST_CASE("a dollar sign and a template are told apart") {
  CHECK(FormatValue(Text(ValueKind::kString, "5$")) == R"("5\$")");
  Value value{ValueKind::kPath, true, 0, 0, "/opt/dten-${from}-$$", {}};
  CHECK(FormatValue(value) == R"("/opt/dten-${from}-\$")");
}

}  // namespace
}  // namespace upgraph::plan
