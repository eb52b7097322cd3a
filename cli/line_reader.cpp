#include "cli/line_reader.h"

#include <errno.h>
#include <unistd.h>

namespace upgraph::cli {

LineReader::~LineReader() { close(fd_); }

bool LineReader::Next(std::string* line) {
  while (true) {
    if (const size_t end = bytes_.find('\n', at_); end != std::string::npos) {
      *line = bytes_.substr(at_, end - at_);
      at_ = end + 1;
      return true;
    }
    bytes_.erase(0, at_);
    at_ = 0;
    char block[65536];
    const ssize_t got = read(fd_, block, sizeof(block));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return false;
    }
    bytes_.append(block, static_cast<size_t>(got));
  }
}

void LineReader::Reopen(int fd) {
  close(fd_);
  fd_ = fd;
  bytes_.clear();
  at_ = 0;
}

}  // namespace upgraph::cli
