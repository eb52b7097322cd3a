#pragma once

// The payload of a package as steps see it: paths as a plan names them ("payload/opt/dten"),
// whether they come from a zip or from the folder beside a spec.

#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace upgraph::package {

enum class PayloadType : uint8_t { kFile, kDirectory, kSymlink };

struct PayloadEntry {
  std::string path;  // "payload/opt/dten/bin/dtend", no "." or ".."
  PayloadType type = PayloadType::kFile;
  uint32_t mode = 0644;
  uint64_t size_bytes = 0;
  Digest sha256;            // of a file's content
  std::string link_target;  // of a symlink
};

// Every payload file gets this time, so that one spec gives one zip: 2020-01-01T00:00:00Z.
inline constexpr int64_t kPayloadMtimeNs = 1'577'836'800'000'000'000;

// Thread-safe.
class Payload {
 public:
  virtual ~Payload() = default;
  // The entry itself and everything below it, in byte order of the paths; kNotFound when there is
  // none.
  virtual Result<std::vector<PayloadEntry>> Entries(const std::string& path) const = 0;
  // The content of one file, checked against its digest (kDamaged when it differs).
  virtual Result<std::string> Read(const std::string& path) const = 0;
};

}  // namespace upgraph::package
