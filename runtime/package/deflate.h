#pragma once

// libarchive's part: records out of contents, contents out of records. Nothing else of the project
// includes it.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/package/payload.h"
#include "runtime/package/zip_layout.h"

namespace upgraph::package {

// One entry to be written.
struct ZipItem {
  std::string path;
  PayloadType type = PayloadType::kFile;
  uint32_t mode = 0644;
  std::string link_target;
  std::string content;
  bool is_deflated = true;
};

// Builds a zip in memory: fixed time, owner and group 0, the same bytes on every machine that has
// the same deflate. Not thread-safe.
class ZipBuilder {
 public:
  ZipBuilder();
  ~ZipBuilder();
  ZipBuilder(const ZipBuilder&) = delete;
  ZipBuilder& operator=(const ZipBuilder&) = delete;

  Status Add(const ZipItem& item);
  // The whole zip; the builder is spent.
  Result<std::string> Finish();

 private:
  struct State;
  State* state_;
};

// The content of one entry: exactly the size that its record says, checksum right; else kDamaged.
Result<std::string> Unpack(const ZipEntry& entry);

}  // namespace upgraph::package
