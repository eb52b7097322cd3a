#include "runtime/clients/curl.h"

namespace upgraph::clients {
namespace {

int WatchCancel(void* flag, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0;
}

// Once for the process, before the first handle; curl counts on it.
bool InitCurl() {
  static const bool kIsReady = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return kIsReady;
}

}  // namespace

Result<CurlHandle> MakeCurl(int64_t timeout_ms, const std::atomic<bool>& cancel) {
  CurlHandle curl(InitCurl() ? curl_easy_init() : nullptr, curl_easy_cleanup);
  if (curl == nullptr) {
    return Error{ErrorKind::kFailed, "libcurl cannot be used"};
  }
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, WatchCancel);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &cancel);
  return curl;
}

Error CurlError(CURLcode code, const std::string& where) {
  return {code == CURLE_OPERATION_TIMEDOUT ? ErrorKind::kTimeout : ErrorKind::kFailed,
          where + ": " + curl_easy_strerror(code)};
}

Status CurlTexts::Add(const std::string& text) {
  curl_slist* longer = curl_slist_append(list_.get(), text.c_str());
  if (longer == nullptr) {
    return Error{ErrorKind::kFailed, "libcurl has no memory left"};
  }
  (void)list_.release();
  list_.reset(longer);
  return OkStatus();
}

}  // namespace upgraph::clients
