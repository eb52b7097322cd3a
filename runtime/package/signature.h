#pragma once

// Where a package keeps its signature: in the comment of the zip, so that one file is both, and
// every reader of zips reads it. What is signed is the zip without its comment, so a signature can
// come and go, and the package stays the same. Pure but for WritePackage.

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/env/files.h"
#include "runtime/package/package.h"

namespace upgraph::package {

// Cuts the signature off, before anything of a package is read: `bytes` become the zip alone, and
// what is returned is the text of the signature; empty: there was none. What is no signature stays
// where it is, for the reader to refuse.
std::string CutSignature(std::string* bytes);

// The package with this signature in place of the one it has. kInvalid: the text is none.
Result<Package> WithSignature(Package package, const std::string& text);

// A new file with the whole package, its signature included. Not synced.
Status WriteNewPackage(env::Files& files, const std::string& path, const Package& package,
                       uint32_t mode);
// The same bytes in memory.
std::string WholePackage(const Package& package);

}  // namespace upgraph::package
