#pragma once

// A text that most objects of a kind do not have: where there is none it takes the room of a
// pointer. Else it is a std::string that lies elsewhere.

#include <memory>
#include <string>
#include <utility>

namespace upgraph {

class RareText {
 public:
  RareText() = default;
  RareText(std::string text)  // NOLINT(google-explicit-constructor): it is a text
      : text_(text.empty() ? nullptr : std::make_unique<const std::string>(std::move(text))) {}
  RareText(const char* text)
      : RareText(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  RareText(const RareText& other) : RareText(other.str()) {}
  RareText(RareText&&) = default;
  RareText& operator=(RareText other) {
    text_ = std::move(other.text_);
    return *this;
  }

  bool empty() const { return text_ == nullptr; }
  const std::string& str() const {
    static const std::string kNone;
    return text_ == nullptr ? kNone : *text_;
  }
  operator const std::string&() const { return str(); }  // NOLINT(google-explicit-constructor)
  friend bool operator==(const RareText& a, const RareText& b) { return a.str() == b.str(); }

 private:
  std::unique_ptr<const std::string> text_;
};

}  // namespace upgraph
