#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "compiler/syntax/literals.h"

namespace upgraph::syntax {
namespace {

using ast::Expr;
using ast::ExprKind;
using diagnostics::Kind;

struct UnitInfo {
  std::string_view name;
  ExprKind kind;
  int64_t factor;  // milliseconds or bytes
};

constexpr UnitInfo kUnits[] = {
    {"ms", ExprKind::kDuration, 1},
    {"s", ExprKind::kDuration, 1000},
    {"m", ExprKind::kDuration, 60 * 1000},
    {"h", ExprKind::kDuration, 60 * 60 * 1000},
    {"d", ExprKind::kDuration, 24 * 60 * 60 * 1000},
    {"B", ExprKind::kSize, 1},
    {"KiB", ExprKind::kSize, int64_t{1} << 10},
    {"MiB", ExprKind::kSize, int64_t{1} << 20},
    {"GiB", ExprKind::kSize, int64_t{1} << 30},
    {"TiB", ExprKind::kSize, int64_t{1} << 40},
};

// Spellings from elsewhere, and what they are here.
constexpr std::pair<std::string_view, std::string_view> kForeignUnits[] = {
    {"sec", "s"},   {"secs", "s"},  {"min", "m"},  {"mins", "m"}, {"hr", "h"},   {"hrs", "h"},
    {"day", "d"},   {"days", "d"},  {"K", "KiB"},  {"k", "KiB"},  {"KB", "KiB"}, {"kB", "KiB"},
    {"kb", "KiB"},  {"M", "MiB"},   {"MB", "MiB"}, {"mb", "MiB"}, {"G", "GiB"},  {"GB", "GiB"},
    {"gb", "GiB"},  {"T", "TiB"},   {"TB", "TiB"}, {"tb", "TiB"}, {"b", "B"},    {"kib", "KiB"},
    {"mib", "MiB"}, {"gib", "GiB"}, {"S", "s"},    {"H", "h"},    {"D", "d"},    {"MS", "ms"},
};

const UnitInfo* FindUnit(std::string_view name) {
  const auto* found = std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](const UnitInfo& unit) { return unit.name == name; });
  return found == std::end(kUnits) ? nullptr : found;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A number and the letters behind it, such as 1.5 and `h`.
struct Piece {
  std::string_view digits;
  std::string_view fraction;
  std::string_view unit;
};

// Nothing when the text has a form that no literal has.
std::optional<std::vector<Piece>> Split(std::string_view text) {
  std::vector<Piece> pieces;
  auto take = [&](auto is_wanted) {
    auto end = std::find_if_not(text.begin(), text.end(), is_wanted);
    std::string_view taken = text.substr(0, static_cast<size_t>(end - text.begin()));
    text.remove_prefix(taken.size());
    return taken;
  };
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  while (!text.empty()) {
    Piece piece;
    piece.digits = take(IsDigit);
    if (text.starts_with(".")) {
      text.remove_prefix(1);
      piece.fraction = take(IsDigit);
      if (piece.fraction.empty()) {
        return std::nullopt;
      }
    }
    piece.unit = text.starts_with("%") ? text.substr(0, 1) : take(is_letter);
    if (piece.unit == "%") {
      text.remove_prefix(1);
    }
    pieces.push_back(piece);
    bool is_quantity = !piece.unit.empty() && piece.unit != "%";
    bool is_only = pieces.size() == 1 && text.empty();
    if (piece.digits.empty() || !(is_quantity || is_only)) {
      return std::nullopt;
    }
  }
  return pieces;
}

class NumberReader {
 public:
  NumberReader(std::string_view text, bool is_negative, source::SourceRange range,
               diagnostics::Emitter& emitter)
      : text_(text), is_negative_(is_negative), range_(range), emitter_(emitter) {}

  Expr Read();

 private:
  Expr Error(std::string rule, std::string hint);
  Expr TooLarge(std::string_view what);
  Expr BadForm();
  Expr ReadInt(const Piece& piece);
  Expr ReadReal(const Piece& piece, ExprKind kind);
  Expr ReadQuantity(const std::vector<Piece>& pieces);
  std::optional<Expr> CheckUnits(const std::vector<Piece>& pieces);
  Expr Make(ExprKind kind) const;
  std::string Written() const { return (is_negative_ ? "-" : "") + std::string(text_); }

  std::string_view text_;
  bool is_negative_;
  source::SourceRange range_;
  diagnostics::Emitter& emitter_;
};

Expr NumberReader::Make(ExprKind kind) const {
  Expr expr;
  expr.kind = kind;
  expr.range = range_;
  return expr;
}

Expr NumberReader::Error(std::string rule, std::string hint) {
  emitter_
      .Emit(Kind::kBadLiteral, range_, fmt::format("found `{}`, {}", Written(), std::move(rule)))
      .SetHint(std::move(hint));
  return Make(ExprKind::kError);
}

Expr NumberReader::TooLarge(std::string_view what) {
  return Error(fmt::format("more than {} can hold", what),
               what == "an Int" ? "the largest Int is 9223372036854775807" : "");
}

Expr NumberReader::Read() {
  if (text_.starts_with("0x") || text_.starts_with("0b") || text_.starts_with("0o")) {
    return Error("a number is written in decimal digits", "");
  }
  std::optional<std::vector<Piece>> pieces = Split(text_);
  if (!pieces) {
    return BadForm();
  }
  const Piece& first = pieces->front();
  if (first.digits.size() > 1 && first.digits[0] == '0') {
    return Error("a number does not begin with 0",
                 "a mode or a code whose zeros count is a text: write it in quotes");
  }
  if (pieces->size() == 1 && first.unit.empty()) {
    return first.fraction.empty() ? ReadInt(first) : ReadReal(first, ExprKind::kFloat);
  }
  if (pieces->size() == 1 && first.unit == "%") {
    return ReadReal(first, ExprKind::kPercent);
  }
  return ReadQuantity(*pieces);
}

Expr NumberReader::BadForm() {
  constexpr const char* kRule = "a number ends where letters or digits of another kind begin";
  if (text_.find('_') != std::string_view::npos) {
    return Error("a number has no `_`", "leave it out");
  }
  if (std::count(text_.begin(), text_.end(), '.') > 1 &&
      std::all_of(text_.begin(), text_.end(), [](char c) { return IsDigit(c) || c == '.'; })) {
    return Error("a number has one `.` at most",
                 fmt::format("a version begins with `v`: `v{}`", text_));
  }
  if (IsDigit(text_.back())) {
    size_t exponent = text_.find_first_of("eE");
    size_t letters = static_cast<size_t>(
        std::count_if(text_.begin(), text_.end(), [](char c) { return !IsDigit(c) && c != '.'; }));
    if (exponent != std::string_view::npos && letters == 1) {
      return Error(kRule, "there are no exponents; write the number out");
    }
    return Error(kRule, "each part has a unit, as in `5m30s`");
  }
  return Error(kRule, "");
}

Expr NumberReader::ReadInt(const Piece& piece) {
  uint64_t magnitude = 0;
  auto [end, error] =
      std::from_chars(piece.digits.data(), piece.digits.data() + piece.digits.size(), magnitude);
  uint64_t magnitude_max = static_cast<uint64_t>(INT64_MAX) + (is_negative_ ? 1 : 0);
  if (error != std::errc() || magnitude > magnitude_max) {
    return TooLarge("an Int");
  }
  Expr expr = Make(ExprKind::kInt);
  expr.number = static_cast<int64_t>(is_negative_ ? 0 - magnitude : magnitude);
  return expr;
}

Expr NumberReader::ReadReal(const Piece& piece, ExprKind kind) {
  std::string digits(piece.digits);
  if (!piece.fraction.empty()) {
    digits += "." + std::string(piece.fraction);
  }
  Expr expr = Make(kind);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), expr.real);
  if (error != std::errc() || !std::isfinite(expr.real)) {
    return TooLarge(kind == ExprKind::kFloat ? "a Float" : "a Percent");
  }
  expr.real = is_negative_ ? -expr.real : expr.real;
  return expr;
}

// An error when the units do not exist or do not go together.
std::optional<Expr> NumberReader::CheckUnits(const std::vector<Piece>& pieces) {
  const UnitInfo* previous = nullptr;
  for (const Piece& piece : pieces) {
    const UnitInfo* unit = FindUnit(piece.unit);
    if (unit == nullptr) {
      const auto* foreign =
          std::find_if(std::begin(kForeignUnits), std::end(kForeignUnits),
                       [&](const auto& entry) { return entry.first == piece.unit; });
      return Error(fmt::format("but there is no unit `{}`", piece.unit),
                   foreign != std::end(kForeignUnits)
                       ? fmt::format("write `{}`", foreign->second)
                       : "durations have `ms`, `s`, `m`, `h`, `d`, sizes `B`, `KiB`, `MiB`, "
                         "`GiB`, `TiB`");
    }
    if (pieces.size() > 1 && (unit->kind == ExprKind::kSize || !piece.fraction.empty())) {
      return Error("only a duration has several parts, each a whole number", "as in `1h30m`");
    }
    if (previous != nullptr && previous->factor <= unit->factor) {
      return Error(fmt::format("but `{}` may not follow `{}`", unit->name, previous->name),
                   "larger units come first, each once: `1h30m`");
    }
    previous = unit;
  }
  return std::nullopt;
}

Expr NumberReader::ReadQuantity(const std::vector<Piece>& pieces) {
  if (std::optional<Expr> error = CheckUnits(pieces)) {
    return *error;
  }
  ExprKind kind = FindUnit(pieces[0].unit)->kind;
  const char* what = kind == ExprKind::kDuration ? "a Duration" : "a Size";
  if (is_negative_) {
    return Error(fmt::format("{} is not negative", what), "");
  }
  // A fraction is at most 18 digits over 10^18: exact in 128 bits.
  __extension__ using Wide = unsigned __int128;
  Wide total = 0;
  for (const Piece& piece : pieces) {
    auto factor = static_cast<Wide>(FindUnit(piece.unit)->factor);
    if (piece.digits.size() > 19 || piece.fraction.size() > 18) {
      return TooLarge(what);
    }
    Wide whole = 0;
    Wide scale = 1;
    for (char digit : piece.digits) {
      whole = whole * 10 + static_cast<Wide>(digit - '0');
    }
    Wide fraction = 0;
    for (char digit : piece.fraction) {
      fraction = fraction * 10 + static_cast<Wide>(digit - '0');
      scale *= 10;
    }
    if (fraction * factor % scale != 0) {
      return Error(kind == ExprKind::kDuration ? "a Duration is a whole number of milliseconds"
                                               : "a Size is a whole number of bytes",
                   "");
    }
    total += whole * factor + fraction * factor / scale;
  }
  if (total > static_cast<Wide>(INT64_MAX)) {
    return TooLarge(what);
  }
  Expr expr = Make(kind);
  expr.number = static_cast<int64_t>(total);
  return expr;
}

}  // namespace

ast::Expr ReadNumber(std::string_view text, bool is_negative, source::SourceRange range,
                     diagnostics::Emitter& emitter) {
  return NumberReader(text, is_negative, range, emitter).Read();
}

}  // namespace upgraph::syntax
