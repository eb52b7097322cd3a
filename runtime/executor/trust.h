#pragma once

// Whether a host takes a package: this system takes only what a key in its trust store has signed,
// and so does every other root that has such a store.

#include <string>

#include "base/result.h"
#include "runtime/env/files.h"
#include "runtime/package/package.h"

namespace upgraph::executor {

struct Trust {
  std::string
      signer;  // "release 1F2E…: dten 5.0.0", the last being the trusted comment; empty: none
  std::string text;  // why the package is taken, for people
};

// `root` is "/" of this system alone. kPermission: it is not taken, and why; any other error: the
// trust store cannot be believed, so nothing is taken.
Result<Trust> JudgePackage(env::Files& files, const std::string& root,
                           const package::Package& package);

// The same of the host below `root`, which is only looked at.
Result<Trust> JudgePackageFor(const std::string& root, const package::Package& package);

}  // namespace upgraph::executor
