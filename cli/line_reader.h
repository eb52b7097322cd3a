#pragma once

#include <string>

namespace upgraph::cli {

// Lines of a file that still grows, or of a pipe that does not block.
class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd) {}  // owned
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // The next whole line, without its end; false when there is none yet.
  bool Next(std::string* line);
  // Goes on with another file; what is left of this one is dropped.
  void Reopen(int fd);

 private:
  int fd_;
  std::string bytes_;
  size_t at_ = 0;
};

}  // namespace upgraph::cli
