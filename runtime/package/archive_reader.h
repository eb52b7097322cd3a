#pragma once

// Packages are read once, whole, and judged before anything in them is used. What is not exactly
// as `pack` writes it is refused, never repaired.

#include <string>

#include "base/result.h"
#include "runtime/env/files.h"
#include "runtime/package/package.h"

namespace upgraph::package {

// Judges the bytes of a package: structure, names, manifest, every content against its digest. The
// plan is checked against its digest only; plan::Decode and plan::Verify say whether it holds.
// kDamaged: bytes are missing or changed. kInvalid: well-formed, but not allowed. kUnsupported:
// another format version.
Result<Package> OpenPackage(std::string bytes);

// Reads the file at `path` of `files` and opens it; errors carry the path.
Result<Package> ReadPackage(env::Files& files, const std::string& path);

// Whether the bytes begin like a zip: tells a package from a spec.
bool LooksLikePackage(std::string_view bytes);

}  // namespace upgraph::package
