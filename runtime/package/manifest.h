#pragma once

// manifest.json, the first entry of a package: what else is in it, down to the digest of each
// file. docs/formats/package.md describes it. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "plan/plan.h"
#include "runtime/package/payload.h"

namespace upgraph::package {

// Raised when a reader of an older number could misread a package.
inline constexpr uint32_t kPackageFormatVersion = 1;

struct Manifest {
  uint32_t format_version = kPackageFormatVersion;
  std::string tool_version;  // of the program that packed
  std::string product;
  std::vector<plan::VersionRange> from;
  std::string to;
  Digest plan_digest;
  std::vector<PayloadEntry> entries;  // all but the manifest: plan.bin and the payload, sorted
};

// The one spelling of a manifest.
std::string ManifestText(const Manifest& manifest);

// Reads a manifest and nothing but its one spelling; kUnsupported for another format version.
// Names and limits of the entries are checked (CheckEntries).
Result<Manifest> ParseManifest(std::string_view text);

}  // namespace upgraph::package
