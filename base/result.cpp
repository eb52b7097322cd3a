#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace upgraph {

const char* ErrorKindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
      return "not-found";
    case ErrorKind::kExists:
      return "exists";
    case ErrorKind::kPermission:
      return "permission";
    case ErrorKind::kNoSpace:
      return "no-space";
    case ErrorKind::kIo:
      return "io";
    case ErrorKind::kDamaged:
      return "damaged";
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kBusy:
      return "busy";
    case ErrorKind::kTimeout:
      return "timeout";
    case ErrorKind::kInterrupted:
      return "interrupted";
    case ErrorKind::kFailed:
      return "failed";
  }
  UPGRAPH_UNREACHABLE("error kind");
}

Error SystemError(int errno_value, const std::string& what) {
  ErrorKind kind = ErrorKind::kIo;
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      kind = ErrorKind::kNotFound;
      break;
    case EEXIST:
    case ENOTEMPTY:
      kind = ErrorKind::kExists;
      break;
    case EPERM:
    case EACCES:
    case EROFS:
      kind = ErrorKind::kPermission;
      break;
    case ENOSPC:
    case EDQUOT:
      kind = ErrorKind::kNoSpace;
      break;
    case EBUSY:
    case EAGAIN:
      kind = ErrorKind::kBusy;
      break;
    case EINVAL:
    case ELOOP:
    case ENAMETOOLONG:
      kind = ErrorKind::kInvalid;
      break;
    case ENOSYS:
    case EXDEV:
    case EOPNOTSUPP:
      kind = ErrorKind::kUnsupported;
      break;
    case ETIMEDOUT:
      kind = ErrorKind::kTimeout;
      break;
    default:
      break;
  }
  // strerror_r (GNU) is thread-safe; its buffer may stay unused.
  char buffer[128];
  return {kind, what + ": " + strerror_r(errno_value, buffer, sizeof buffer)};
}

}  // namespace upgraph
