#include "compiler/driver/read_spec.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "base/limits.h"

namespace upgraph::driver {

Result<std::string> ReadSpec(const std::string& path) {
  std::error_code error;
  std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return Error{ErrorKind::kNotFound, fmt::format("there is no file `{}`", path)};
  }
  if (std::filesystem::is_directory(status)) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("`{}` is a folder, a spec is a file that ends in `.upg`", path)};
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return SystemError(errno == 0 ? EIO : errno, fmt::format("`{}` cannot be read", path));
  }
  // Read on past the limit, so that a file which is too large is seen whatever its status says: it
  // may be a pipe.
  const uintmax_t size = std::filesystem::file_size(path, error);
  std::string text;
  text.reserve(error ? 0 : std::min<size_t>(size, kSourceFileBytesMax) + 1);
  std::string piece(1 << 16, '\0');
  while (text.size() <= kSourceFileBytesMax && file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) {
    return Error{ErrorKind::kIo, fmt::format("`{}` cannot be read to its end", path)};
  }
  text.resize(std::min<size_t>(text.size(), kSourceFileBytesMax + 1));
  return text;
}

}  // namespace upgraph::driver
