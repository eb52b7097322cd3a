#include "cli/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

void Write(int fd, const std::string& text) {
  REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

TEST_CASE("lines come out whole, however they were written") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  LineReader reader(ends[0]);
  std::string line;
  CHECK_FALSE(reader.Next(&line));
  Write(ends[1], "one\ntw");
  CHECK(reader.Next(&line));
  CHECK(line == "one");
  CHECK_FALSE(reader.Next(&line));
  Write(ends[1], "o\n\n");
  CHECK(reader.Next(&line));
  CHECK(line == "two");
  CHECK(reader.Next(&line));
  CHECK(line.empty());
  Write(ends[1], "half");
  close(ends[1]);
  CHECK_FALSE(reader.Next(&line));
}

TEST_CASE("another file is read from where it stands") {
  int first[2];
  int second[2];
  REQUIRE(pipe2(first, O_CLOEXEC | O_NONBLOCK) == 0);
  REQUIRE(pipe2(second, O_CLOEXEC | O_NONBLOCK) == 0);
  LineReader reader(first[0]);
  Write(first[1], "half of a line");
  std::string line;
  CHECK_FALSE(reader.Next(&line));
  reader.Reopen(second[0]);
  Write(second[1], "new\n");
  CHECK(reader.Next(&line));
  CHECK(line == "new");
  close(first[1]);
  close(second[1]);
}

}  // namespace
}  // namespace upgraph::cli
