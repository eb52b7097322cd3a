#pragma once

// The way back of a boot that has nothing but local files yet: docs/reboot.md

#include "runtime/executor/run.h"

namespace upgraph::executor {

// `Recover` of options that say `is_early`.
Outcome RecoverEarly(const RunOptions& options);

}  // namespace upgraph::executor
