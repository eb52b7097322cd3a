#include "compiler/format/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "compiler/format/pieces.h"
#include "compiler/format/rows.h"
#include "compiler/syntax/lexemes.h"

namespace upgraph::format {
namespace {

using Lexemes = std::vector<syntax::Lexeme>;

// Between the end of a row and its comment.
constexpr uint32_t kCommentGap = 2;

class RowWriter {
 public:
  RowWriter(const Pieces& pieces, std::vector<Row> rows)
      : pieces_(pieces), rows_(std::move(rows)), comment_columns_(rows_.size(), 0) {}

  Result<std::string> Run();

 private:
  void PlaceComments();
  bool HasComment(size_t row) const {
    return rows_[row].comment != kNoPiece || rows_[row].continues_comment;
  }
  size_t EndOfRun(size_t begin, uint32_t* column) const;
  void WriteRow(size_t row);
  void Blanks(uint32_t count) { text_.append(count, ' '); }

  const Pieces& pieces_;
  std::vector<Row> rows_;
  std::vector<uint32_t> comment_columns_;
  std::string text_;
};

Result<std::string> RowWriter::Run() {
  PlaceComments();
  text_.reserve(pieces_.text.size());
  for (size_t i = 0; i < rows_.size(); ++i) {
    WriteRow(i);
    if (text_.size() > kSourceFileBytesMax) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("formatted, it would have more than {} MiB, the most of a spec",
                               kSourceFileBytesMax >> 20)};
    }
  }
  return std::move(text_);
}

// Comments at the ends of consecutive rows stand in one column, as long as they fit there.
void RowWriter::PlaceComments() {
  for (size_t begin = 0; begin < rows_.size();) {
    if (!HasComment(begin)) {
      ++begin;
      continue;
    }
    uint32_t column = 0;
    const size_t end = EndOfRun(begin, &column);
    for (; begin < end; ++begin) {
      // Nobody meant a comment to go on that far out.
      const bool is_alone = rows_[begin].continues_comment && column > kRowWidthMax;
      comment_columns_[begin] = is_alone ? rows_[begin].indent : column;
    }
  }
}

size_t RowWriter::EndOfRun(size_t begin, uint32_t* column) const {
  uint32_t code_width = 0;
  uint32_t comment_width = 0;
  size_t end = begin;
  for (; end < rows_.size() && HasComment(end); ++end) {
    const Row& row = rows_[end];
    const uint32_t code = std::max(code_width, row.continues_comment ? 0 : row.width);
    const uint32_t comment = std::max(
        comment_width, pieces_.list[row.continues_comment ? row.first : row.comment].width);
    const bool fits = code + kCommentGap + comment <= kRowWidthMax && !row.is_after_blank;
    if (end > begin && !row.continues_comment && !fits) {
      break;
    }
    code_width = code;
    comment_width = comment;
  }
  *column = code_width + kCommentGap;
  return end;
}

void RowWriter::WriteRow(size_t row) {
  const Row& at = rows_[row];
  const uint32_t end = row + 1 < rows_.size() ? rows_[row + 1].first : pieces_.size();
  if (at.is_after_blank) {
    text_ += '\n';
  }
  Blanks(at.continues_comment ? comment_columns_[row] : at.indent);
  for (uint32_t i = at.first; i < end; ++i) {
    const Piece& piece = pieces_.list[i];
    if (i == at.comment) {
      Blanks(comment_columns_[row] - at.width);
    } else if (i != at.first) {
      Blanks((piece.has_space ? 1u : 0u) + piece.pad);
    }
    text_ += pieces_.Text(i);
  }
  text_ += '\n';
}

// The compiler tells apart how many lines stand between a doc comment and what follows.
bool IsBlankAfterDoc(const Lexemes& lexemes, size_t at, std::string_view text) {
  const bool is_last = at + 1 == lexemes.size() || lexemes[at + 1].kind == LexemeKind::kClose;
  return text.starts_with("///") && !is_last && lexemes[at + 1].newlines_before > 1;
}

// What a text says, and what of its layout the compiler does not see.
bool SayTheSame(std::string_view left_text, const Lexemes& left, std::string_view right_text,
                const Lexemes& right) {
  if (left.size() != right.size()) {
    return false;
  }
  for (size_t i = 0; i < left.size(); ++i) {
    const syntax::Lexeme& x = left[i];
    const syntax::Lexeme& y = right[i];
    const std::string_view text = left_text.substr(x.begin, x.end - x.begin);
    const bool is_comment = x.kind == LexemeKind::kComment;
    const bool is_close = x.kind == LexemeKind::kClose;
    const bool is_same =
        x.kind == y.kind && text == right_text.substr(y.begin, y.end - y.begin) &&
        (x.starts_statement == y.starts_statement || is_close) &&
        (!is_comment || i == 0 || (x.newlines_before > 0) == (y.newlines_before > 0)) &&
        IsBlankAfterDoc(left, i, text) == IsBlankAfterDoc(right, i, text);
    if (!is_same) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool SaysTheSame(source::BufferId a, source::BufferId b, const source::SourceManager& sources) {
  const std::optional<Lexemes> left = syntax::ReadLexemes(a, sources);
  const std::optional<Lexemes> right = syntax::ReadLexemes(b, sources);
  return left && right &&
         SayTheSame(sources.buffer(a).text(), *left, sources.buffer(b).text(), *right);
}

Result<std::string> Format(source::BufferId buffer_id, const source::SourceManager& sources) {
  const std::string_view before = sources.buffer(buffer_id).text();
  const std::optional<Lexemes> lexemes = syntax::ReadLexemes(buffer_id, sources);
  UPGRAPH_CHECK(lexemes.has_value());
  Pieces pieces = MakePieces(before, *lexemes);
  const std::vector<Line> lines = SetSpaces(&pieces);
  SetColumns(lines, &pieces);
  Result<std::string> text = RowWriter(pieces, BreakRows(pieces)).Run();
  if (!text.ok()) {
    return text.error();
  }
  // A text that reads differently would be worse than none.
  source::SourceManager written;
  const source::BufferId after = written.Add("formatted", *text);
  const std::optional<Lexemes> read = syntax::ReadLexemes(after, written);
  if (!read || !SayTheSame(before, *lexemes, *text, *read)) {
    return Error{ErrorKind::kFailed,
                 "internal error: formatted, the text would not say the same; please report it"};
  }
  return text;
}

}  // namespace upgraph::format
