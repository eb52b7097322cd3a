#pragma once

// When a window begins, as a person writes it.

#include <cstdint>
#include <string>

#include "base/result.h"

namespace upgraph::cli {

// "2026-11-30T02:00+01:00", "2026-11-30T01:00Z", "2026-11-30T02:00 Europe/Berlin", seconds if one
// likes: milliseconds since 1970. An error says what is wrong with it and what to write: no offset
// and no zone, a time that the clocks of the zone never show, or show twice. For callers with one
// thread only.
Result<int64_t> ParseWindowStart(const std::string& text);

}  // namespace upgraph::cli
