#pragma once

// What all clients that go by libcurl share. Only for files of this folder.

#include <curl/curl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace upgraph::clients {

using CurlHandle = std::unique_ptr<CURL, void (*)(CURL*)>;

// Bounded in time, ended by `cancel`, without a proxy and without signals.
Result<CurlHandle> MakeCurl(int64_t timeout_ms, const std::atomic<bool>& cancel);

// `where` is shown, so it holds no secret.
Error CurlError(CURLcode code, const std::string& where);

// A list of texts as curl wants it.
class CurlTexts {
 public:
  Status Add(const std::string& text);
  curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> list_{nullptr, curl_slist_free_all};
};

}  // namespace upgraph::clients
