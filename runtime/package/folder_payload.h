#pragma once

// The payload beside a spec, before it is packed.

#include <memory>

#include "runtime/env/files.h"
#include "runtime/package/payload.h"

namespace upgraph::package {

// Paths are taken below the root of `files`, the folder that holds the spec. Modes are those a
// package would have: 0755 for folders and for files that their owner may execute, else 0644.
// kInvalid for what cannot stand in a package: devices, sockets, links that leave `payload`. The
// result borrows `files`.
std::unique_ptr<Payload> OpenFolderPayload(env::Files& files);

}  // namespace upgraph::package
