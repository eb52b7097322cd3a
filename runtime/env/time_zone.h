#pragma once

// What clocks on the wall show, and when.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace upgraph::env {

// As UTC would have it: milliseconds since 1970. None where there is no such day or time.
Result<int64_t> WallMsOf(int year, int month, int day, int hour, int minute, int second);

// All moments at which clocks in `zone` ("Europe/Berlin") show what clocks at `local_ms` show in
// UTC, ascending: mostly one, none where they are put forward over it, two where they are put back.
// kNotFound: this system knows no such zone. Sets TZ for as long as it works: for callers with one
// thread only.
Result<std::vector<int64_t>> FindMoments(int64_t local_ms, const std::string& zone);

}  // namespace upgraph::env
