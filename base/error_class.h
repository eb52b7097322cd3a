#pragma once

// What kinds of errors have in common.

#include "base/result.h"

namespace upgraph {

// Reading or writing failed for want of something that may be there the next time: it says nothing
// of what would have been read.
inline bool IsOfTheSystem(ErrorKind kind) {
  return kind == ErrorKind::kIo || kind == ErrorKind::kNoSpace || kind == ErrorKind::kBusy ||
         kind == ErrorKind::kPermission;
}

}  // namespace upgraph
