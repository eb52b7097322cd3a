#pragma once

// Result<T>: a value, or why the world did not give it. Our code throws no exceptions; those of
// outside libraries end in the folder that owns the library.

#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace upgraph {

// What a caller can decide on. The text is for people; the kind is for code.
enum class ErrorKind {
  kNotFound,     // the named thing does not exist
  kExists,       // it exists and must not
  kPermission,   // the system said no
  kNoSpace,      // disk, inodes or quota are used up
  kIo,           // reading, writing or syncing failed
  kDamaged,      // bytes that should be ours are not what was written
  kInvalid,      // the input breaks a rule
  kUnsupported,  // legal, but not by this version or on this system
  kBusy,         // somebody else holds it
  kTimeout,      // it did not happen in time
  kInterrupted,  // a person or a signal asked to stop
  kFailed,       // a command, a service or a database answered no
};

// The stable lower-case name, such as "not-found"; used in JSON.
const char* ErrorKindName(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::kFailed;
  std::string message;  // lower case, no full stop: what was found, then the rule, then a hint

  // The same error with "what: " in front, for a caller that knows more.
  Error Within(const std::string& what) const { return {kind, what + ": " + message}; }
};

// The error for an errno value, as "what: No such file or directory".
Error SystemError(int errno_value, const std::string& what);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    UPGRAPH_CHECK(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    UPGRAPH_CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    UPGRAPH_CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    UPGRAPH_CHECK(!ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

struct Unit {};
using Status = Result<Unit>;
inline Status OkStatus() { return Unit{}; }

}  // namespace upgraph

// Returns the error of a Result expression to the caller, else goes on.
#define UPGRAPH_TRY(expression)                               \
  do {                                                        \
    if (auto try_result_ = (expression); !try_result_.ok()) { \
      return try_result_.error();                             \
    }                                                         \
  } while (false)

// UPGRAPH_ASSIGN(auto text, files.Read(path)): the value, or the error to the caller.
#define UPGRAPH_ASSIGN_JOIN2(a, b) a##b
#define UPGRAPH_ASSIGN_JOIN(a, b) UPGRAPH_ASSIGN_JOIN2(a, b)
#define UPGRAPH_ASSIGN(target, expression) \
  UPGRAPH_ASSIGN_IMPL(UPGRAPH_ASSIGN_JOIN(assign_result_, __LINE__), target, expression)
#define UPGRAPH_ASSIGN_IMPL(name, target, expression) \
  auto name = (expression);                           \
  if (!name.ok()) {                                   \
    return name.error();                              \
  }                                                   \
  target = std::move(name).value()
