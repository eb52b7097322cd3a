#include "compiler/driver/own_modules.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace upgraph::driver {
namespace {

namespace fs = std::filesystem;

constexpr int kSuggestedDepthMax = 4;
constexpr size_t kSuggestedFilesMax = 1'000;

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(OpenFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~OpenFile() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Error OpenFault(int code, const std::string& path) {
  if (code == ENOENT) {
    return {ErrorKind::kNotFound,
            fmt::format("there is no file `{}` in the folder of the spec", path)};
  }
  // A link, at the end or on the way there.
  if (code == ELOOP || code == ENOTDIR) {
    return {ErrorKind::kInvalid,
            fmt::format("`{}` is a link or lies behind one, or behind what is no folder; modules "
                        "are files in the spec's own folder",
                        path)};
  }
  return SystemError(code, fmt::format("`{}` cannot be read", path));
}

Result<std::string> ReadStart(int descriptor, const std::string& path, uint64_t bytes_max) {
  std::string text;
  std::string piece(1 << 16, '\0');
  while (true) {
    const ssize_t count = read(descriptor, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return SystemError(errno, fmt::format("`{}` cannot be read to its end", path));
    }
    if (count == 0) {
      return text;
    }
    text.append(piece, 0, static_cast<size_t>(count));
    if (text.size() >= bytes_max) {
      text.resize(bytes_max);
      return text;
    }
  }
}

}  // namespace

std::string ModulePath(std::string_view name) {
  std::string path(name);
  std::replace(path.begin(), path.end(), '.', '/');
  return path + ".upg";
}

Result<std::string> ReadModule(const std::string& root, std::string_view name, uint64_t bytes_max) {
  const std::string path = ModulePath(name);
  OpenFile file(open(root.empty() ? "." : root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  size_t begin = 0;
  // One part after the other, so that no part can be a link.
  while (file.get() >= 0 && begin < path.size()) {
    const size_t end = path.find('/', begin);
    const bool is_last = end == std::string::npos;
    const std::string part = path.substr(begin, is_last ? end : end - begin);
    const int flags = is_last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY;
    file = OpenFile(openat(file.get(), part.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    begin = is_last ? path.size() : end + 1;
  }
  if (file.get() < 0) {
    return OpenFault(errno, path);
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Error{ErrorKind::kInvalid, fmt::format("`{}` is no file", path)};
  }
  return ReadStart(file.get(), path, bytes_max);
}

std::vector<std::string> FindModules(const std::string& root) {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator entry(root.empty() ? "." : root,
                                         fs::directory_options::skip_permission_denied, error);
  const fs::path base = root.empty() ? "." : root;
  size_t count = 0;
  for (; !error && entry != fs::recursive_directory_iterator() && count < kSuggestedFilesMax;
       entry.increment(error)) {
    ++count;
    if (entry.depth() >= kSuggestedDepthMax || entry->path().filename().string()[0] == '.') {
      entry.disable_recursion_pending();
    }
    if (entry->path().extension() == ".upg" && entry->is_regular_file(error)) {
      std::string name = entry->path().lexically_relative(base).replace_extension().string();
      std::replace(name.begin(), name.end(), '/', '.');
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace upgraph::driver
