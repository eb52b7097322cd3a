#include "compiler/syntax/parse.h"

#include <UpgraphParser.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/bail_strategy.h"
#include "compiler/syntax/fault_message.h"
#include "compiler/syntax/line_reader.h"
#include "compiler/syntax/parser_limits.h"
#include "compiler/syntax/read_ahead.h"
#include "compiler/syntax/scanner.h"
#include "compiler/syntax/text_check.h"
#include "compiler/syntax/token_lines.h"
#include "compiler/syntax/token_stream.h"
#include "compiler/syntax/tree_builder.h"

namespace upgraph::syntax {
namespace {

using diagnostics::Kind;
using generated::UpgraphParser;

// Times the tokens of the file.
constexpr uint64_t kTokensAheadMax = 2;

bool StartsDeclaration(size_t type) {
  switch (type) {
    case UpgraphParser::IMPORT:
    case UpgraphParser::PRODUCT:
    case UpgraphParser::CONFIG:
    case UpgraphParser::LET:
    case UpgraphParser::STEP:
    case UpgraphParser::FACT:
    case UpgraphParser::HANDLE:
    case UpgraphParser::LOCK:
    case UpgraphParser::RESOURCE:
    case UpgraphParser::UPGRADE:
    case UpgraphParser::DOWNGRADE:
    case UpgraphParser::SIGNAL:
    case UpgraphParser::FUNCTION:
    case UpgraphParser::TYPE:
    case UpgraphParser::INPUT:
    case UpgraphParser::PEOPLE:
    case UpgraphParser::TEST:
      return true;
    default:
      return false;
  }
}

bool IsCallable(size_t type) {
  return type == UpgraphParser::STEP || type == UpgraphParser::FACT ||
         type == UpgraphParser::HANDLE || type == UpgraphParser::LOCK ||
         type == UpgraphParser::RESOURCE || type == UpgraphParser::SIGNAL ||
         type == UpgraphParser::FUNCTION;
}

// Reads declaration by declaration, and the inside of an upgrade or a step line by line.
class FileParser {
 public:
  FileParser(source::BufferId buffer_id, const source::SourceBuffer& buffer,
             diagnostics::Emitter& emitter, uint32_t errors_before, const Scan& scan, Reader reader,
             ast::Tree* tree)
      : buffer_id_(buffer_id),
        buffer_(buffer),
        emitter_(emitter),
        scan_(scan),
        reader_(reader),
        strategy_(std::make_shared<BailStrategy>()),
        parser_(nullptr),
        builder_(buffer_id, buffer.text(), scan.docs, emitter, tree),
        lines_(scan.tokens, &builder_.expressions()),
        tree_(*tree),
        errors_before_(errors_before) {
    parser_.removeErrorListeners();
    parser_.setErrorHandler(strategy_);
  }

  void Run();

 private:
  void ParseDeclaration(TokenRange range);
  void ParseBlocks(const Tokens& skeleton, const std::vector<TokenRange>& bodies,
                   std::vector<ast::ItemBlock>* blocks);
  bool ParseKeys(TokenRange config);
  ast::List<ast::Statement> ParseStatements(TokenRange body);
  bool MayReadAhead(TokenRange body, size_t line_count);
  ast::List<ast::Statement> FinishStatements(const std::vector<TokenRange>& lines,
                                             LinesAhead ahead);
  std::optional<ast::Statement> ParseStatement(TokenRange line);
  void AddDoc(TokenRange line, ast::Statement* statement);
  // Calls `parse` with the tokens in the parser. False, with an error, when they break a rule.
  template <typename Parse>
  bool TryParse(const Tokens& tokens, Parse parse);
  // The same, but `report` is called with the tokens instead.
  template <typename Parse, typename Report>
  bool Parses(const Tokens& tokens, Parse parse, Report report);
  bool Cut(size_t at, Tokens* tokens) const;
  void ReportFault(const DeclarationTokens& tokens, const Tokens& scanned);
  void ReportNoDeclaration(const ScannedToken& token);
  void ReportStrayDocs();
  bool IsDamaged(const ScannedToken& first, const ScannedToken& last) const;
  bool MayReport() const { return error_count_ < kSyntaxErrorsMax; }

  source::BufferId buffer_id_;
  const source::SourceBuffer& buffer_;
  diagnostics::Emitter& emitter_;
  const Scan& scan_;
  Reader reader_;
  std::shared_ptr<BailStrategy> strategy_;
  UpgraphParser parser_;
  TreeBuilder builder_;
  LineReader lines_;
  ast::Tree& tree_;
  uint32_t errors_before_;  // when nothing of the file was read
  uint32_t error_count_ = 0;
  uint64_t repeated_tokens_ = 0;
  uint64_t tokens_ahead_ = 0;  // that were to be read ahead
};

void FileParser::Run() {
  const Tokens& tokens = scan_.tokens;
  for (size_t begin = 0; begin < tokens.size() && MayReport();) {
    size_t end = std::min(LineEnd(tokens, begin, tokens.size()) + 1, tokens.size());
    bool is_empty = tokens[begin].type == UpgraphParser::NEWLINE;
    if (!is_empty && StartsDeclaration(tokens[begin].type)) {
      ParseDeclaration({begin, end});
    } else if (!is_empty && !IsDamaged(tokens[begin], tokens[end - 1])) {
      ReportNoDeclaration(tokens[begin]);
    }
    begin = end;
  }
  ReportStrayDocs();
}

// Each line begins with `//` in place of `///`.
std::string AsPlainComment(std::string_view doc) {
  std::string text;
  bool is_at_mark = true;
  for (size_t i = 0; i < doc.size(); ++i) {
    const bool is_blank = doc[i] == ' ' || doc[i] == '\t';
    if (is_at_mark && doc[i] == '/') {
      ++i;  // one of the three
      is_at_mark = false;
    } else if (!is_blank) {
      is_at_mark = doc[i] == '\n';
    }
    text += doc[i];
  }
  return text;
}

// In a file with mistakes it may be one of them that what is documented was not read.
void FileParser::ReportStrayDocs() {
  if (emitter_.error_count() > errors_before_) {
    return;
  }
  const auto report = [&](const DocComment& doc) {
    // The first line of a block tells enough; all of it is mended.
    const std::string_view block = buffer_.text().substr(doc.begin, doc.end - doc.begin);
    const auto line_bytes = static_cast<uint32_t>(std::min(block.find('\n'), block.size()));
    emitter_
        .Warn(Kind::kStrayDoc, {buffer_id_, doc.begin, doc.begin + line_bytes},
              "this `///` documents nothing; it stands right before a declaration, a key, a "
              "parameter or a `let`, or first in the file")
        .SetHint("write `//`")
        .AddFix({buffer_id_, doc.begin, doc.end}, AsPlainComment(block));
  };
  for (const DocComment& doc : scan_.stray_docs) {
    report(doc);
  }
  for (const DocComment& doc : builder_.StrayDocs()) {
    report(doc);
  }
}

// Parses until it succeeds, each time without the line in which the last mistake was found. What is
// wrong with the head takes the whole declaration away.
void FileParser::ParseDeclaration(TokenRange range) {
  size_t type = scan_.tokens[range.begin].type;
  bool is_upgrade = type == UpgraphParser::UPGRADE || type == UpgraphParser::DOWNGRADE;
  bool has_blocks = is_upgrade || IsCallable(type);
  if (type == UpgraphParser::CONFIG && reader_ == Reader::kLinesFirst && ParseKeys(range)) {
    return;
  }
  std::vector<TokenRange> bodies;
  Tokens tokens = WithoutBodies(scan_.tokens, range, has_blocks ? 1 : INT_MAX, &bodies);
  while (!TryParse(tokens, [&] { builder_.Add(parser_.declaration()); })) {
    repeated_tokens_ += tokens.size();
    if (!MayReport() || repeated_tokens_ > kRepeatedTokensMax ||
        !Cut(strategy_->fault().token_index, &tokens)) {
      return;
    }
  }
  if (has_blocks) {
    ParseBlocks(tokens, bodies,
                is_upgrade ? &tree_.upgrades.back().phases : &tree_.declarations.back().blocks);
  }
}

// A configuration may have very many keys. Where each is of the common form, only the head goes
// through the grammar. False, with nothing said, when the whole declaration has to.
bool FileParser::ParseKeys(TokenRange config) {
  std::vector<TokenRange> bodies;
  Tokens head = WithoutBodies(scan_.tokens, config, 0, &bodies);
  if (bodies.size() != 1) {
    return false;
  }
  const std::vector<TokenRange> keys = LinesOf(scan_.tokens, bodies[0]);
  if (!std::all_of(keys.begin(), keys.end(), [&](TokenRange key) { return lines_.IsKey(key); }) ||
      !Parses(
          head, [&] { builder_.Add(parser_.declaration()); }, [](const DeclarationTokens&) {})) {
    return false;
  }
  std::vector<ast::ConfigKey>& built = tree_.configs.back().keys;
  built.reserve(keys.size());
  for (TokenRange key : keys) {
    built.push_back(lines_.ReadKey(key));
    built.back().doc = builder_.DocAt(scan_.tokens[key.begin].begin);
  }
  return true;
}

// What stands in each block of the last declaration, as far as its head has not been cut away.
void FileParser::ParseBlocks(const Tokens& skeleton, const std::vector<TokenRange>& bodies,
                             std::vector<ast::ItemBlock>* blocks) {
  std::vector<ast::List<ast::Statement>*> places;
  for (ast::ItemBlock& block : *blocks) {
    places.push_back(&block.statements);
    if (block.has_else) {
      places.push_back(&block.else_statements);
    }
  }
  size_t place = 0;
  size_t body = 0;
  for (size_t i = 0; i + 1 < skeleton.size(); ++i) {
    bool is_body = skeleton[i].type == UpgraphParser::LEFT_BRACE &&
                   skeleton[i + 1].type == UpgraphParser::RIGHT_BRACE && place < places.size();
    if (!is_body) {
      continue;
    }
    while (body < bodies.size() && scan_.tokens[bodies[body].begin - 1].begin < skeleton[i].begin) {
      ++body;
    }
    if (body < bodies.size() && scan_.tokens[bodies[body].begin - 1].begin == skeleton[i].begin) {
      *places[place++] = ParseStatements(bodies[body]);
    }
  }
}

// `body` ends with its }.
ast::List<ast::Statement> FileParser::ParseStatements(TokenRange body) {
  const std::vector<TokenRange> lines = LinesOf(scan_.tokens, body);
  if (MayReadAhead(body, lines.size())) {
    return FinishStatements(lines, ReadAhead(buffer_id_, buffer_.text(), scan_.tokens, lines));
  }
  ast::List<ast::Statement> statements;
  statements.reserve(lines.size());
  for (size_t i = 0; i < lines.size() && MayReport(); ++i) {
    if (std::optional<ast::Statement> statement = ParseStatement(lines[i])) {
      statements.push_back(*std::move(statement));
    }
  }
  return statements;
}

// A line of a block inside a line that was left is read ahead again: with blocks in blocks, and
// something odd in the innermost, often. So all of it together has a bound.
bool FileParser::MayReadAhead(TokenRange body, size_t line_count) {
  if (reader_ != Reader::kLinesFirst || line_count < kLinesForThreads) {
    return false;
  }
  tokens_ahead_ += body.end - body.begin;
  return tokens_ahead_ <= kTokensAheadMax * scan_.tokens.size();
}

// Parses the lines that are left.
ast::List<ast::Statement> FileParser::FinishStatements(const std::vector<TokenRange>& lines,
                                                       LinesAhead ahead) {
  size_t count = 0;  // of those that are good, which stand first
  for (size_t i = 0; i < lines.size() && MayReport(); ++i) {
    std::optional<ast::Statement> parsed;
    if (ahead.is_read[i] == 0) {
      parsed = ParseStatement(lines[i]);
      if (!parsed) {
        continue;
      }
    }
    if (parsed || count < i) {
      ahead.statements[count] = parsed ? *std::move(parsed) : std::move(ahead.statements[i]);
    }
    ++count;
  }
  while (ahead.statements.size() > count) {
    ahead.statements.pop_back();
  }
  return std::move(ahead.statements);
}

// Nothing, with an error, when the line breaks a rule.
std::optional<ast::Statement> FileParser::ParseStatement(TokenRange line) {
  if (reader_ == Reader::kLinesFirst) {
    if (std::optional<LineReader::Line> read = lines_.ReadStatement(line)) {
      if (read->has_body) {
        read->statement.children = ParseStatements(read->body);
      }
      AddDoc(line, &read->statement);
      return std::move(read->statement);
    }
  }
  std::vector<TokenRange> bodies;
  Tokens tokens = WithoutBodies(scan_.tokens, line, 0, &bodies);
  ast::Statement statement;
  if (!TryParse(tokens,
                [&] { statement = builder_.Build(parser_.statementLine()->statement()); })) {
    return std::nullopt;
  }
  if (statement.kind == ast::StatementKind::kWhen) {
    for (size_t i = 0; i < std::min(bodies.size(), statement.arms.size()); ++i) {
      statement.arms[i].children = ParseStatements(bodies[i]);
    }
  } else if (!bodies.empty()) {
    statement.children = ParseStatements(bodies[0]);
  }
  AddDoc(line, &statement);
  return statement;
}

// Of what stands in a phase a `let` alone has a name that others read.
void FileParser::AddDoc(TokenRange line, ast::Statement* statement) {
  if (statement->kind == ast::StatementKind::kLet) {
    statement->let->doc = builder_.DocAt(scan_.tokens[line.begin].begin);
  }
}

template <typename Parse>
bool FileParser::TryParse(const Tokens& tokens, Parse parse) {
  return Parses(tokens, parse,
                [&](const DeclarationTokens& stream) { ReportFault(stream, tokens); });
}

template <typename Parse, typename Report>
bool FileParser::Parses(const Tokens& tokens, Parse parse, Report report) {
  DeclarationTokens stream(buffer_.text(), tokens);
  parser_.setTokenStream(&stream);
  bool is_parsed = true;
  try {
    parse();
  } catch (const antlr4::ParseCancellationException&) {
    report(stream);
    is_parsed = false;
  }
  parser_.getTreeTracker().reset();
  return is_parsed;
}

// False when nothing is left to try.
bool FileParser::Cut(size_t at, Tokens* tokens) const {
  size_t begin = LineBegin(*tokens, at);
  size_t end = LineEnd(*tokens, begin, tokens->size());
  if (begin == 0 || begin == end) {
    return false;
  }
  if (end < tokens->size() && (*tokens)[end].type == UpgraphParser::NEWLINE) {
    ++end;  // what follows may be the first line of its block now, which has none before it
  }
  tokens->erase(tokens->begin() + static_cast<ptrdiff_t>(begin),
                tokens->begin() + static_cast<ptrdiff_t>(end));
  return true;
}

void FileParser::ReportFault(const DeclarationTokens& tokens, const Tokens& scanned) {
  size_t at = strategy_->fault().token_index;
  const SpecToken& found = tokens.tokens()[at];
  size_t begin = LineBegin(scanned, at);
  size_t last = std::min(at, scanned.size() - 1);
  if (IsDamaged(scanned[std::min(begin, last)], scanned[last])) {
    return;
  }
  ++error_count_;
  FaultMessage message = DescribeFault(strategy_->fault(), tokens);
  emitter_
      .Emit(Kind::kSyntaxError, {buffer_id_, found.begin(), found.end()},
            std::move(message.message))
      .SetHint(std::move(message.hint));
}

void FileParser::ReportNoDeclaration(const ScannedToken& token) {
  ++error_count_;
  source::SourceRange range{buffer_id_, token.begin, token.end};
  std::string_view text = buffer_.text().substr(token.begin, token.end - token.begin);
  std::string nearest = diagnostics::FindNearest(
      text, {"import", "product", "config", "people", "input", "type", "let", "step", "fact",
             "signal", "handle", "lock", "resource", "function", "upgrade", "downgrade", "test"});
  emitter_
      .Emit(Kind::kSyntaxError, range,
            fmt::format("found {}, expected a declaration", DescribeToken(token.type, text)))
      .SetHint(nearest.empty() ? "a declaration begins with a word such as `import`, `product`, "
                                 "`config`, `let`, `step`, `upgrade` or `test`"
                               : fmt::format("did you mean `{}`?", nearest));
}

// Whether a mistake in these lines has been reported by the scanner.
bool FileParser::IsDamaged(const ScannedToken& first, const ScannedToken& last) const {
  uint32_t first_line = buffer_.Locate(first.begin).line;
  uint32_t last_line = buffer_.Locate(last.begin).line;
  auto found = std::lower_bound(scan_.damaged_lines.begin(), scan_.damaged_lines.end(), first_line);
  return found != scan_.damaged_lines.end() && *found <= last_line;
}

}  // namespace

ast::Tree Parse(source::BufferId buffer_id, const source::SourceManager& sources,
                diagnostics::Emitter& emitter, Reader reader) {
  ast::Tree tree;
  tree.buffer_id = buffer_id;
  const source::SourceBuffer& buffer = sources.buffer(buffer_id);
  if (buffer.text().size() > kSourceFileBytesMax) {
    // At the first byte that is too many; how many follow is not known when reading stopped there.
    constexpr auto kEnd = static_cast<uint32_t>(kSourceFileBytesMax);
    emitter
        .Emit(
            Kind::kTooLarge, {buffer_id, kEnd, kEnd + 1},
            fmt::format("the file goes on behind {} bytes ({} MiB), the most that a spec may have",
                        kSourceFileBytesMax, kSourceFileBytesMax >> 20))
        .SetHint("say what repeats with `for`, or in a step of steps");
    return tree;
  }
  const uint32_t errors_before = emitter.error_count();
  if (!CheckText(buffer_id, buffer, emitter)) {
    return tree;
  }
  Scan scan = ScanTokens(buffer_id, buffer, emitter);
  tree.doc = scan.file_doc;
  if (!scan.is_usable) {
    return tree;
  }
  try {
    FileParser(buffer_id, buffer, emitter, errors_before, scan, reader, &tree).Run();
  } catch (const antlr4::RuntimeException& error) {
    // Nothing throws this but a mistake of the parser itself; the author still gets an answer.
    emitter.Emit(Kind::kSyntaxError, {buffer_id, 0, 0},
                 fmt::format("the parser gave up: {}", error.what()));
  }
  return tree;
}

}  // namespace upgraph::syntax
