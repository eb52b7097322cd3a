#include "cli/format.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

const char* ColorCode(Color color) {
  switch (color) {
    case Color::kNone:
      return "";
    case Color::kRed:
      return "\x1b[31m";
    case Color::kGreen:
      return "\x1b[32m";
    case Color::kYellow:
      return "\x1b[33m";
    case Color::kBlue:
      return "\x1b[34m";
    case Color::kDim:
      return "\x1b[2m";
    case Color::kBold:
      return "\x1b[1m";
  }
  UPGRAPH_UNREACHABLE("color");
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string FormatElapsed(int64_t ms) {
  ms = std::max<int64_t>(ms, 0);
  if (ms < 1000) {
    return fmt::format("{}ms", ms);
  }
  // Rounding up to the next unit must not show 60.0s.
  if (ms < 59'950) {
    return fmt::format("{}.{}s", (ms + 50) / 1000, (ms + 50) % 1000 / 100);
  }
  const int64_t seconds = (ms + 500) / 1000;
  if (seconds < 3600) {
    return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  }
  return fmt::format("{}h{:02}m", seconds / 3600, seconds % 3600 / 60);
}

std::string Paint(Color color, std::string_view text, bool use_color) {
  if (!use_color || color == Color::kNone || text.empty()) {
    return std::string(text);
  }
  return fmt::format("{}{}\x1b[0m", ColorCode(color), text);
}

size_t DisplayWidth(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

std::string CutToWidth(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) {
    return std::string(text);
  }
  if (width == 0) {
    return "";
  }
  size_t at = 0;
  for (size_t columns = 0; at < text.size(); ++at) {
    if (!IsContinuation(text[at]) && ++columns == width) {
      break;
    }
  }
  return std::string(text.substr(0, at)) + "…";
}

void Table::Add(std::vector<Cell> cells) {
  for (Cell& cell : cells) {
    cell.text = package::Printable(cell.text);
  }
  rows_.push_back(std::move(cells));
}

std::string Table::Render(std::string_view indent, bool use_color) const {
  std::vector<size_t> widths;
  for (const std::vector<Cell>& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  std::string text;
  for (const std::vector<Cell>& row : rows_) {
    std::string line(indent);
    size_t blanks = 0;
    for (size_t i = 0; i < row.size(); ++i) {
      if (!row[i].text.empty()) {
        line.append(blanks, ' ');
        blanks = 0;
        line += Paint(row[i].color, row[i].text, use_color);
      }
      blanks += widths[i] - DisplayWidth(row[i].text) + 2;
    }
    text += line + "\n";
  }
  return text;
}

std::string Count(uint64_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", count, count == 1 ? singular : plural);
}

}  // namespace upgraph::cli
