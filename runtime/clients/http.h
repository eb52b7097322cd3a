#pragma once

// GET requests for steps that look, POST requests that tell. libcurl is owned by this folder.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

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

struct HttpPost {
  std::string url;
  std::vector<std::string> headers;  // "Content-Type: application/json"; none may hold a line end
  std::string body;
};

// The same, but for redirections: what is told goes nowhere else, and an answer that points there
// is an answer.
Result<HttpAnswer> PostHttp(const HttpPost& post, int64_t timeout_ms,
                            const std::atomic<bool>& cancel);

// The text as a part of a query: all but letters, digits and -._~ as %XX.
std::string UrlEncode(const std::string& text);

}  // namespace upgraph::clients
