#pragma once

// UPGRAPH_CHECK is for our own bugs only: it stays on in release builds, says where and why, and
// ends the process. Wrong input is a diagnostic, a failure of the world is a Result.

namespace upgraph {

// Writes the place and the text to standard error and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace upgraph

#define UPGRAPH_CHECK(condition)                              \
  do {                                                        \
    if (!(condition)) [[unlikely]] {                          \
      ::upgraph::CheckFailed(__FILE__, __LINE__, #condition); \
    }                                                         \
  } while (false)

#define UPGRAPH_UNREACHABLE(text) ::upgraph::CheckFailed(__FILE__, __LINE__, text)
