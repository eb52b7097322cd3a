#pragma once

// Files that the person at the command line named, read and written whole.

#include <cstdint>
#include <string>

#include "base/result.h"

namespace upgraph::cli {

// How standard input is named at the command line, and in messages.
inline constexpr const char* kStandardInput = "-";
inline constexpr const char* kStandardInputName = "<standard input>";

// Reads a regular file or a pipe; "-" is standard input. More than `bytes_max` is an error.
Result<std::string> ReadWhole(const std::string& path, uint64_t bytes_max);

// The first bytes of it, at most `bytes_max`.
Result<std::string> ReadHead(const std::string& path, size_t bytes_max);

// Writes beside `path` and renames, so that there is never half a file under its name.
Status ReplaceFile(const std::string& path, const std::string& content);

// The same for a file that exists and may be written: it keeps its mode and, where the system
// allows it, its owner. Behind a symbolic link its target is replaced.
Status RewriteFile(const std::string& path, const std::string& content);

}  // namespace upgraph::cli
