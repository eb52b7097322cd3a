#include "cli/text_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
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

// Writes hunks, up to a number of lines, and counts the rest.
class HunkWriter {
 public:
  HunkWriter(size_t lines_max, bool use_color) : lines_max_(lines_max), use_color_(use_color) {}

  // The lines begin … end of both texts, which differ.
  void AddHunk(const std::vector<TextLine>& before, size_t i, size_t i_end,
               const std::vector<TextLine>& after, size_t j, size_t j_end) {
    Add(Color::kBlue, fmt::format("@@ -{},{} +{},{} @@", i + 1, i_end - i, j + 1, j_end - j));
    for (; i < i_end; ++i) {
      Add(Color::kRed, "-" + package::Printable(before[i].text));
    }
    for (; j < j_end; ++j) {
      Add(Color::kGreen, "+" + package::Printable(after[j].text));
    }
  }

  std::string Finish() {
    if (line_count_ > lines_max_) {
      text_ +=
          fmt::format("… and {}\n", Count(line_count_ - lines_max_, "more line", "more lines"));
    }
    return std::move(text_);
  }

 private:
  void Add(Color color, const std::string& line) {
    if (++line_count_ <= lines_max_) {
      text_ += Paint(color, line, use_color_) + "\n";
    }
  }

  size_t lines_max_;
  bool use_color_;
  size_t line_count_ = 0;
  std::string text_;
};

// Both texts have the same signs in the same order, so lines belong together where as many signs
// stand before them.
class LayoutDiffer {
 public:
  LayoutDiffer(std::string_view before, std::string_view after, size_t lines_max, bool use_color)
      : before_(LinesOf(before)), after_(LinesOf(after)), hunks_(lines_max, use_color) {}

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
      hunks_.AddHunk(before_, i, i_, after_, j, j_);
    }
    return hunks_.Finish();
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

  std::vector<TextLine> before_;
  std::vector<TextLine> after_;
  HunkWriter hunks_;
  size_t i_ = 0;
  size_t j_ = 0;
};

// As many lines are looked through for where two texts go on alike; a mended spec differs in a few.
constexpr size_t kApartMax = 400;

// Any two texts: past each difference to the nearest place where two lines in a row are the same.
class LineDiffer {
 public:
  LineDiffer(std::string_view before, std::string_view after, size_t lines_max, bool use_color)
      : before_(LinesOf(before)), after_(LinesOf(after)), hunks_(lines_max, use_color) {}

  std::string Run() {
    size_t i = 0;
    size_t j = 0;
    while (i < before_.size() || j < after_.size()) {
      if (IsSame(i, j)) {
        ++i;
        ++j;
        continue;
      }
      const auto [i_end, j_end] = FindCommon(i, j);
      hunks_.AddHunk(before_, i, i_end, after_, j, j_end);
      i = i_end;
      j = j_end;
    }
    return hunks_.Finish();
  }

 private:
  bool IsSame(size_t i, size_t j) const {
    return i < before_.size() && j < after_.size() && before_[i].text == after_[j].text;
  }
  // Both ends count as a line that is the same.
  bool IsCommon(size_t i, size_t j) const {
    if (i >= before_.size() || j >= after_.size()) {
      return i == before_.size() && j == after_.size();
    }
    return IsSame(i, j) &&
           (IsSame(i + 1, j + 1) || (i + 1 == before_.size() && j + 1 == after_.size()));
  }
  std::pair<size_t, size_t> FindCommon(size_t i, size_t j) const {
    for (size_t apart = 1; apart <= kApartMax; ++apart) {
      for (size_t down = 0; down <= apart; ++down) {
        if (IsCommon(i + down, j + apart - down)) {
          return {i + down, j + apart - down};
        }
      }
    }
    return {before_.size(), after_.size()};
  }

  std::vector<TextLine> before_;
  std::vector<TextLine> after_;
  HunkWriter hunks_;
};

}  // namespace

std::string LayoutDiff(std::string_view before, std::string_view after, size_t lines_max,
                       bool use_color) {
  return LayoutDiffer(before, after, lines_max, use_color).Run();
}

std::string LineDiff(std::string_view before, std::string_view after, size_t lines_max,
                     bool use_color) {
  return LineDiffer(before, after, lines_max, use_color).Run();
}

}  // namespace upgraph::cli
