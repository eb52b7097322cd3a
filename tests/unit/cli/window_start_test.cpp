#include "cli/window_start.h"

#include <fmt/format.h>

#include "cli/format.h"
#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

std::string Start(const std::string& text) {
  const auto start = ParseWindowStart(text);
  return start.ok() ? FormatWallTime(*start) : start.error().message;
}

TEST_CASE("a window begins at a moment: with an offset, in UTC, or in a zone") {
  CHECK(Start("2026-11-30T02:00+01:00") == "2026-11-30T01:00:00Z");
  CHECK(Start("2026-11-30T02:00:30-03:30") == "2026-11-30T05:30:30Z");
  CHECK(Start("2026-11-30T02:00Z") == "2026-11-30T02:00:00Z");
  CHECK(Start("2026-11-30T02:00+14:00") == "2026-11-29T12:00:00Z");
  CHECK(Start("2026-11-30T02:00 Europe/Berlin") == "2026-11-30T01:00:00Z");
  CHECK(Start("2026-06-30T02:00 Europe/Berlin") == "2026-06-30T00:00:00Z");
  // With an offset each of the two is a moment.
  CHECK(Start("2026-10-25T02:30+02:00") == "2026-10-25T00:30:00Z");
  CHECK(Start("2026-10-25T02:30+01:00") == "2026-10-25T01:30:00Z");
}

TEST_CASE("a time that clocks never show, or show twice, is refused with what to write") {
  CHECK(Start("2026-03-29T02:30 Europe/Berlin") ==
        "--window: 2026-03-29T02:30 does not exist in Europe/Berlin, where clocks are put forward "
        "over it; take a time before or after that");
  CHECK(Start("2026-10-25T02:30 Europe/Berlin") ==
        "--window: 2026-10-25T02:30 exists twice in Europe/Berlin, where clocks are put back; "
        "write which one: 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00");
}

TEST_CASE("what is no beginning of a window is refused with what to write") {
  const std::string hint =
      "write 2026-11-30T02:00+01:00, or \"2026-11-30T02:00 Europe/Berlin\" in quotes";
  CHECK(Start("2026-11-30T02:00") ==
        "--window: 2026-11-30T02:00 is another moment in each time zone; " + hint);
  CHECK(Start("02:00") == "--window: `02:00` is no time at which a window begins; " + hint);
  CHECK(Start("") == "--window: `` is no time at which a window begins; " + hint);
  CHECK(Start("2026-11-30 02:00Z") ==
        "--window: `2026-11-30 02:00Z` is no time at which a window begins; " + hint);
  for (const char* offset : {"+1:00", "+01", "+01:60", "+14:01", "01:00", "+01:00 ", "z", "Z "}) {
    CHECK(Start(std::string("2026-11-30T02:00") + offset) ==
          fmt::format("--window: `{}` is no offset; {}", offset, hint));
  }
  CHECK(Start("2026-02-30T02:00Z") == "--window: 2026-02-30T02:00: there is no such day or time");
  CHECK(Start("2026-11-30T24:00Z") == "--window: 2026-11-30T24:00: there is no such day or time");
  CHECK(Start("2026-11-30T02:00 Europe/Berlinn") ==
        "--window: this system knows no time zone `Europe/Berlinn`; an offset does as well: "
        "2026-11-30T02:00+01:00");
}

}  // namespace
}  // namespace upgraph::cli
