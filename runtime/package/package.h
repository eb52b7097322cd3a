#pragma once

// A package in memory: verified, closed, and independent of the file it came from.

#include <memory>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/minisign.h"
#include "runtime/package/manifest.h"
#include "runtime/package/payload.h"

namespace upgraph::package {

// Copies are cheap; everything is shared and constant.
struct Package {
  // Over every byte but the signature: the identity of the package, whoever signed it.
  Digest digest;
  Manifest manifest;
  std::shared_ptr<const std::string> bytes;  // the zip, for a private copy on disk
  std::string plan_bytes;
  std::shared_ptr<const Payload> payload;  // holds the bytes itself
  // Well-formed, no more: trust_store.h says whether anybody who is trusted has made it.
  std::optional<minisign::Signature> signature;
  std::string signature_text;  // as the file has it
};

}  // namespace upgraph::package
