#pragma once

// A package in memory: verified, closed, and independent of the file it came from.

#include <memory>
#include <string>

#include "base/digest.h"
#include "runtime/package/manifest.h"
#include "runtime/package/payload.h"

namespace upgraph::package {

// Copies are cheap; everything is shared and constant.
struct Package {
  Digest digest;  // over every byte of the file: the identity of the package
  Manifest manifest;
  std::shared_ptr<const std::string> bytes;  // the whole file, for a private copy on disk
  std::string plan_bytes;
  std::shared_ptr<const Payload> payload;  // holds the bytes itself
};

}  // namespace upgraph::package
