#pragma once

#include <antlr4-runtime.h>

#include <string>
#include <string_view>

namespace upgraph::syntax {

// A text as ANTLR's lexer reads it: byte by byte, so that positions are bytes, with every byte
// above 0x7f shown as 0x1a (see the head of UpgraphLexer.g4). Does not own the text.
class ByteStream final : public antlr4::CharStream {
 public:
  explicit ByteStream(std::string_view text) : text_(text) {}

  void consume() override { ++at_; }
  size_t LA(ssize_t i) override;
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return at_; }
  void seek(size_t index) override { at_ = index; }
  size_t size() override { return text_.size(); }
  std::string getSourceName() const override { return "spec"; }
  std::string getText(const antlr4::misc::Interval& interval) override;
  std::string toString() const override { return std::string(text_); }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace upgraph::syntax
