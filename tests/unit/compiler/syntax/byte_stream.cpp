#include "tests/unit/compiler/syntax/byte_stream.h"

namespace upgraph::syntax {

size_t ByteStream::LA(ssize_t i) {
  constexpr size_t kForeign = 0x1a;
  size_t position = i > 0 ? at_ + static_cast<size_t>(i) - 1 : at_ - static_cast<size_t>(-i);
  if (position >= text_.size()) {
    return antlr4::IntStream::EOF;
  }
  auto byte = static_cast<unsigned char>(text_[position]);
  return byte < 0x80 ? byte : kForeign;
}

std::string ByteStream::getText(const antlr4::misc::Interval& interval) {
  auto begin = static_cast<size_t>(interval.a);
  return begin < text_.size() ? std::string(text_.substr(begin, interval.length())) : "";
}

}  // namespace upgraph::syntax
