#include "cli/text_diff.h"

#include <fmt/format.h>

#include <vector>

#include "cli/format.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

struct TextLine {
  std::string_view text;    // without its newline
  size_t signs_before = 0;  // characters of the text before it that are no blanks
  size_t signs = 0;
};

std::vector<TextLine> LinesOf(std::string_view text) {
  std::vector<TextLine> lines;
  size_t signs_before = 0;
  while (!text.empty()) {
    TextLine line;
    line.text = text.substr(0, text.find('\n'));
    line.signs_before = signs_before;
    for (const char c : line.text) {
      line.signs += c != ' ' && c != '\t' && c != '\r' ? 1 : 0;
    }
    signs_before += line.signs;
    text.remove_prefix(std::min(line.text.size() + 1, text.size()));
    lines.push_back(line);
  }
  return lines;
}

// Both texts have the same signs in the same order, so lines belong together where as many signs
// stand before them.
class LayoutDiffer {
 public:
  LayoutDiffer(std::string_view before, std::string_view after, size_t lines_max, bool use_color)
      : before_(LinesOf(before)),
        after_(LinesOf(after)),
        lines_max_(lines_max),
        use_color_(use_color) {}

  std::string Run() {
    while (i_ < before_.size() || j_ < after_.size()) {
      if (IsEqualHere()) {
        ++i_;
        ++j_;
        continue;
      }
      const size_t i = i_;
      const size_t j = j_;
      do {
        Advance();
      } while ((i_ < before_.size() || j_ < after_.size()) && !IsEqualHere());
      AddHunk(i, j);
    }
    if (line_count_ > lines_max_) {
      text_ +=
          fmt::format("… and {}\n", Count(line_count_ - lines_max_, "more line", "more lines"));
    }
    return std::move(text_);
  }

 private:
  bool IsEqualHere() const {
    return i_ < before_.size() && j_ < after_.size() &&
           before_[i_].signs_before == after_[j_].signs_before &&
           before_[i_].text == after_[j_].text;
  }
  // Past the line that ends first; past both where they end together.
  void Advance() {
    const size_t end_before = EndOf(before_, i_);
    const size_t end_after = EndOf(after_, j_);
    i_ += i_ < before_.size() && end_before <= end_after ? 1 : 0;
    j_ += j_ < after_.size() && end_after <= end_before ? 1 : 0;
  }
  static size_t EndOf(const std::vector<TextLine>& lines, size_t at) {
    return at < lines.size() ? lines[at].signs_before + lines[at].signs : SIZE_MAX;
  }

  void AddHunk(size_t i, size_t j) {
    Add(Color::kBlue, fmt::format("@@ -{},{} +{},{} @@", i + 1, i_ - i, j + 1, j_ - j));
    for (; i < i_; ++i) {
      Add(Color::kRed, "-" + package::Printable(before_[i].text));
    }
    for (; j < j_; ++j) {
      Add(Color::kGreen, "+" + package::Printable(after_[j].text));
    }
  }
  void Add(Color color, const std::string& line) {
    if (++line_count_ <= lines_max_) {
      text_ += Paint(color, line, use_color_) + "\n";
    }
  }

  std::vector<TextLine> before_;
  std::vector<TextLine> after_;
  size_t lines_max_;
  bool use_color_;
  size_t i_ = 0;
  size_t j_ = 0;
  size_t line_count_ = 0;
  std::string text_;
};

}  // namespace

std::string LayoutDiff(std::string_view before, std::string_view after, size_t lines_max,
                       bool use_color) {
  return LayoutDiffer(before, after, lines_max, use_color).Run();
}

}  // namespace upgraph::cli
