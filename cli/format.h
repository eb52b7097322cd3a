#pragma once

// Text for people: times, colours, tables. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/env/clock.h"

namespace upgraph::cli {

// How long something took: 12ms, 3.2s, 4m10s, 1h02m.
std::string FormatElapsed(int64_t ms);

using env::FormatWallTime;

enum class Color { kNone, kRed, kGreen, kYellow, kBlue, kDim, kBold };
std::string Paint(Color color, std::string_view text, bool use_color);

// How many columns a terminal takes for it: one for each code point.
size_t DisplayWidth(std::string_view text);
// Cut to that many columns, with `…` at the end where something is missing.
std::string CutToWidth(std::string_view text, size_t width);

// Rows of cells; columns are as wide as their widest cell, two blanks apart, the last one is not
// padded. Cells are made printable.
class Table {
 public:
  struct Cell {
    std::string text;
    Color color = Color::kNone;
  };
  void Add(std::vector<Cell> cells);
  bool is_empty() const { return rows_.empty(); }
  std::string Render(std::string_view indent, bool use_color) const;

 private:
  std::vector<std::vector<Cell>> rows_;
};

// "1 step", "2 steps"
std::string Count(uint64_t count, std::string_view singular, std::string_view plural);

}  // namespace upgraph::cli
