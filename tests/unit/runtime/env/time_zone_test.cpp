#include "runtime/env/time_zone.h"

#include <stdlib.h>

#include "runtime/env/clock.h"
#include "tests/support/catch.h"

namespace upgraph::env {
namespace {

std::vector<std::string> MomentsOf(int year, int month, int day, int hour, int minute,
                                   const std::string& zone) {
  const auto local_ms = WallMsOf(year, month, day, hour, minute, 0);
  REQUIRE(local_ms.ok());
  const auto moments = FindMoments(*local_ms, zone);
  REQUIRE(moments.ok());
  std::vector<std::string> texts;
  for (const int64_t moment : *moments) {
    texts.push_back(FormatWallTime(moment));
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST_CASE("a time of the wall is one moment, but where clocks are put forward or back") {
  CHECK(MomentsOf(2026, 11, 30, 2, 0, "Europe/Berlin") == Texts{"2026-11-30T01:00:00Z"});
  CHECK(MomentsOf(2026, 7, 1, 2, 0, "Europe/Berlin") == Texts{"2026-07-01T00:00:00Z"});
  // 2026-03-29, two to three o'clock: there is no such time.
  CHECK(MomentsOf(2026, 3, 29, 1, 59, "Europe/Berlin") == Texts{"2026-03-29T00:59:00Z"});
  CHECK(MomentsOf(2026, 3, 29, 2, 0, "Europe/Berlin").empty());
  CHECK(MomentsOf(2026, 3, 29, 2, 59, "Europe/Berlin").empty());
  CHECK(MomentsOf(2026, 3, 29, 3, 0, "Europe/Berlin") == Texts{"2026-03-29T01:00:00Z"});
  // 2026-10-25, two to three o'clock: twice.
  CHECK(MomentsOf(2026, 10, 25, 1, 59, "Europe/Berlin") == Texts{"2026-10-24T23:59:00Z"});
  CHECK(MomentsOf(2026, 10, 25, 2, 0, "Europe/Berlin") ==
        Texts{"2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"});
  CHECK(MomentsOf(2026, 10, 25, 3, 0, "Europe/Berlin") == Texts{"2026-10-25T02:00:00Z"});
  // Half an hour, and the other half of the year.
  CHECK(MomentsOf(2026, 4, 5, 1, 45, "Australia/Lord_Howe") ==
        Texts{"2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"});
  CHECK(MomentsOf(2026, 10, 4, 2, 15, "Australia/Lord_Howe").empty());
  // A whole day that an island never saw.
  CHECK(MomentsOf(2011, 12, 30, 12, 0, "Pacific/Apia").empty());
}

TEST_CASE("what is no zone is not taken for UTC") {
  for (const char* zone : {"", "Europe/Berlinn", "../zoneinfo/UTC", "/usr/share/zoneinfo/UTC",
                           "Europe", "zone.tab", "Europe/Berlin "}) {
    const auto moments = FindMoments(0, zone);
    REQUIRE_FALSE(moments.ok());
    CHECK(moments.error().kind == ErrorKind::kNotFound);
  }
}

TEST_CASE("the zone of the process stays as it was") {
  setenv("TZ", "America/New_York", 1);
  CHECK(MomentsOf(2026, 11, 30, 2, 0, "Asia/Kathmandu") == Texts{"2026-11-29T20:15:00Z"});
  CHECK(std::string(getenv("TZ")) == "America/New_York");
  unsetenv("TZ");
  CHECK(MomentsOf(2026, 11, 30, 2, 0, "UTC") == Texts{"2026-11-30T02:00:00Z"});
  CHECK(getenv("TZ") == nullptr);
}

TEST_CASE("there is no thirtieth of February, and no twenty-fifth hour") {
  CHECK(WallMsOf(2028, 2, 29, 0, 0, 0).ok());
  CHECK_FALSE(WallMsOf(2026, 2, 29, 0, 0, 0).ok());
  CHECK_FALSE(WallMsOf(2026, 13, 1, 0, 0, 0).ok());
  CHECK_FALSE(WallMsOf(2026, 1, 1, 24, 0, 0).ok());
  CHECK_FALSE(WallMsOf(2026, 1, 1, 0, 60, 0).ok());
  CHECK(*WallMsOf(1970, 1, 2, 0, 0, 1) == 86'401'000);
}

}  // namespace
}  // namespace upgraph::env
