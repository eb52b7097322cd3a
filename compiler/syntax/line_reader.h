#pragma once

// The lines that most of a spec is made of, read without the generated parser: calls with plain
// arguments, blocks, locks, `let`, keys of a configuration. Internal to syntax.

#include <UpgraphParser.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "compiler/ast/tree.h"
#include "compiler/syntax/expression_builder.h"
#include "compiler/syntax/scanner.h"
#include "compiler/syntax/token_lines.h"

namespace upgraph::syntax {

// A large spec is calls with plain arguments, and the generated parser is slow at them. So a line
// is tried here first. What this reader does not know, and every line with a mistake in its shape,
// it leaves to the grammar, without a word: the grammar says what is right, and a test holds both
// to the same tree. docs/decisions/0008 has the reasons.
class LineReader {
 public:
  LineReader(const Tokens& tokens, ExpressionBuilder* expressions)
      : tokens_(tokens), expressions_(*expressions) {}

  struct Line {
    ast::Statement statement;
    TokenRange body;  // what stands between the braces of a block, with its }
    bool has_body = false;
  };

  // The line with its newline, or the } of the block around it. Nothing when the grammar must say.
  std::optional<Line> ReadStatement(TokenRange line);
  // Whether ReadKey() can read the line.
  bool IsKey(TokenRange line);
  // A key of a configuration, without its doc comment.
  ast::ConfigKey ReadKey(TokenRange line);

 private:
  // Each of these reads from `at_` on. False when something else stands there. Without a place for
  // what was read they only look: nothing may be said about a line before it is known to be whole.
  bool Statement(Line* line);
  bool Key(ast::ConfigKey* key);
  bool Call(ast::Statement* statement);
  bool Let(ast::Statement* statement);
  bool Block(ast::Statement* statement);
  bool Lock(ast::Statement* statement);
  bool Body(Line* line);
  bool After(ast::List<ast::Name>* labels);
  bool Value(ast::Expr* expr);
  bool NameOrCall(ast::Expr* expr);
  bool List(ast::Expr* expr);
  bool Argument(ast::Argument* argument);
  bool Attributes(ast::List<ast::List<ast::Expr>>* attributes);
  bool IsAtEnd() const;

  size_t type() const { return at_ < end_ ? tokens_[at_].type : 0; }
  size_t TypeAhead() const { return at_ + 1 < end_ ? tokens_[at_ + 1].type : 0; }
  bool Take(size_t type);
  // The token at hand as a name; goes on behind it.
  bool Word(bool (*is_word)(size_t type), ast::Name* name);
  source::SourceRange Range(size_t begin, size_t end) const;

  const Tokens& tokens_;
  ExpressionBuilder& expressions_;
  size_t at_ = 0;
  size_t end_ = 0;
};

}  // namespace upgraph::syntax
