#include "runtime/clients/http.h"

#include <curl/curl.h>

#include <memory>

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

int WatchCancel(void* flag, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0;
}

// Once for the process, before the first handle; curl counts on it.
bool InitCurl() {
  static const bool kIsReady = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return kIsReady;
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
  if (!InitCurl()) {
    return Error{ErrorKind::kFailed, "libcurl cannot be used"};
  }
  std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (curl == nullptr) {
    return Error{ErrorKind::kFailed, "libcurl cannot be used"};
  }
  HttpAnswer answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, kRedirectsMax);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, WatchCancel);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &cancel);
  CURLcode code = curl_easy_perform(curl.get());
  bool is_cut = code == CURLE_WRITE_ERROR && answer.body.size() == kHttpBodyBytesMax;
  if (code != CURLE_OK && !is_cut) {
    return Error{code == CURLE_OPERATION_TIMEDOUT ? ErrorKind::kTimeout : ErrorKind::kFailed,
                 url + ": " + curl_easy_strerror(code)};
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace upgraph::clients
