#include "runtime/clients/http.h"

#include <algorithm>

#include "runtime/clients/curl.h"

namespace upgraph::clients {
namespace {

constexpr long kRedirectsMax = 3;

size_t TakeBody(char* bytes, size_t, size_t count, void* target) {
  auto* body = static_cast<std::string*>(target);
  size_t room = kHttpBodyBytesMax - body->size();
  body->append(bytes, std::min(room, count));
  // Fewer than given ends the transfer: what was read so far is what is looked at.
  return count <= room ? count : 0;
}

Result<HttpAnswer> Perform(CURL* curl, const std::string& url) {
  HttpAnswer answer;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(curl);
  const bool is_cut = code == CURLE_WRITE_ERROR && answer.body.size() == kHttpBodyBytesMax;
  if (code != CURLE_OK && !is_cut) {
    return CurlError(code, url);
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace

std::string UrlEncode(const std::string& text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

Result<HttpAnswer> HttpGet(const std::string& url, int64_t timeout_ms,
                           const std::atomic<bool>& cancel) {
  UPGRAPH_ASSIGN(const CurlHandle curl, MakeCurl(timeout_ms, cancel));
  curl_easy_setopt(curl.get(), CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, kRedirectsMax);
  return Perform(curl.get(), url);
}

Result<HttpAnswer> PostHttp(const HttpPost& post, int64_t timeout_ms,
                            const std::atomic<bool>& cancel) {
  UPGRAPH_ASSIGN(const CurlHandle curl, MakeCurl(timeout_ms, cancel));
  CurlTexts headers;
  // No wait for `100 Continue`.
  UPGRAPH_TRY(headers.Add("Expect:"));
  for (const std::string& header : post.headers) {
    if (header.find_first_of("\r\n") != std::string::npos) {
      return Error{ErrorKind::kInvalid, "a header of a request has a line end in it"};
    }
    UPGRAPH_TRY(headers.Add(header));
  }
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POST, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, post.body.data());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(post.body.size()));
  return Perform(curl.get(), post.url);
}

}  // namespace upgraph::clients
