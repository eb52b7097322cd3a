#include "compiler/syntax/read_ahead.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/parallel.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/syntax/expression_builder.h"
#include "compiler/syntax/line_reader.h"

namespace upgraph::syntax {
namespace {

// More parts than cores, so that a part with much in it does not hold up the others.
constexpr size_t kPartsMax = 16;

// One thread's own reader. What it would say goes nowhere: the parser says it again.
class PartReader {
 public:
  PartReader(source::BufferId buffer_id, std::string_view text, const Tokens& tokens)
      : tokens_(tokens), expressions_(buffer_id, text, unsaid_), lines_(tokens, &expressions_) {}

  bool Read(TokenRange line, ast::Statement* statement) {
    const size_t said_before = unsaid_.diagnostics().size();
    return ReadWhole(line, statement) && unsaid_.diagnostics().size() == said_before;
  }

 private:
  bool ReadWhole(TokenRange line, ast::Statement* statement) {
    std::optional<LineReader::Line> read = lines_.ReadStatement(line);
    // Only a `let` is documented here, and who takes a comment is known to the parser.
    if (!read || read->statement.kind == ast::StatementKind::kLet) {
      return false;
    }
    *statement = std::move(read->statement);
    if (!read->has_body) {
      return true;
    }
    const std::vector<TokenRange> inner = LinesOf(tokens_, read->body);
    statement->children.reserve(inner.size());
    return std::all_of(inner.begin(), inner.end(), [&](TokenRange child) {
      return ReadWhole(child, &statement->children.emplace_back());
    });
  }

  const Tokens& tokens_;
  diagnostics::Emitter unsaid_;
  ExpressionBuilder expressions_;
  LineReader lines_;
};

}  // namespace

LinesAhead ReadAhead(source::BufferId buffer_id, std::string_view text, const Tokens& tokens,
                     const std::vector<TokenRange>& lines) {
  LinesAhead ahead;
  ahead.is_read.assign(lines.size(), 0);
  ahead.statements.reserve(lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    ahead.statements.emplace_back();
  }
  const size_t part_count = std::min(kPartsMax, lines.size());
  ForEachInParallel(part_count, part_count, [&](size_t part) {
    PartReader reader(buffer_id, text, tokens);
    const size_t end = (part + 1) * lines.size() / part_count;
    for (size_t i = part * lines.size() / part_count; i < end; ++i) {
      ahead.is_read[i] = reader.Read(lines[i], &ahead.statements[i]) ? 1 : 0;
    }
  });
  return ahead;
}

}  // namespace upgraph::syntax
