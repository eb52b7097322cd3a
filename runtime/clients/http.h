#pragma once

// GET requests for steps that look. libcurl is owned by this folder.

#include <atomic>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace upgraph::clients {

// The most that is read of a body; the rest is not wanted.
inline constexpr size_t kHttpBodyBytesMax = 1 << 20;

struct HttpAnswer {
  int status = 0;
  std::string body;  // cut at kHttpBodyBytesMax
};

// http and https only, also when redirected (at most three times). No proxy, no cookies, no files
// of the user. Thread-safe.
Result<HttpAnswer> HttpGet(const std::string& url, int64_t timeout_ms,
                           const std::atomic<bool>& cancel);

// The text as a part of a query: all but letters, digits and -._~ as %XX.
std::string UrlEncode(const std::string& text);

}  // namespace upgraph::clients
