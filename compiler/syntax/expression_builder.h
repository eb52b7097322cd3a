#pragma once

// Expressions, names and types of the parse tree as those of ast. Internal to syntax.

#include <UpgraphParser.h>

#include <optional>
#include <string_view>
#include <vector>

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"

namespace upgraph::syntax {

using generated::UpgraphParser;

class ExpressionBuilder {
 public:
  ExpressionBuilder(source::BufferId buffer_id, std::string_view text,
                    diagnostics::Emitter& emitter)
      : buffer_id_(buffer_id), text_(text), emitter_(emitter) {}

  ast::Expr Build(UpgraphParser::ExpressionContext* context);
  ast::Expr BuildSide(UpgraphParser::SideExpressionContext* context);
  ast::List<ast::List<ast::Expr>> BuildGroups(UpgraphParser::GroupsContext* context);
  ast::List<ast::List<ast::Expr>> BuildAttributes(UpgraphParser::AttributesContext* context);
  ast::DottedName BuildName(UpgraphParser::DottedNameContext* context);
  ast::DottedName BuildKeyName(UpgraphParser::KeyNameContext* context);
  ast::TypeRef BuildType(UpgraphParser::TypeNameContext* context);
  // A rule that is one word.
  ast::Name BuildWord(antlr4::ParserRuleContext* context) const;
  // What the literal says that is a token of this type.
  ast::Expr ReadLiteral(size_t type, source::SourceRange range);
  // The plain name that `expr` is, for a label or an argument's name; or an error that says what
  // `what` must be.
  std::optional<ast::Name> PlainName(const ast::Expr& expr, const char* what);

  source::SourceRange Range(antlr4::ParserRuleContext* context) const;
  source::SourceRange Range(antlr4::Token* token) const;
  source::SourceRange Range(uint32_t begin, uint32_t end) const { return {buffer_id_, begin, end}; }
  std::string_view Text(source::SourceRange range) const {
    return text_.substr(range.begin, range.size_bytes());
  }
  diagnostics::Emitter& emitter() { return emitter_; }

 private:
  // False, with an error, when there would be too many operators around one value.
  bool Enter(size_t operator_count, source::SourceRange range);
  static ast::Expr Error(source::SourceRange range);
  ast::Expr BuildBare(UpgraphParser::OperandContext* context);
  ast::Expr BuildNegative(UpgraphParser::OperandContext* context);
  ast::Expr BuildPlain(UpgraphParser::PlainOperandContext* context);
  ast::Expr BuildList(UpgraphParser::PlainOperandContext* context);
  ast::Argument BuildArgument(UpgraphParser::ArgumentContext* context);
  ast::Name BuildPart(antlr4::ParserRuleContext* context);
  source::BufferId buffer_id_;
  std::string_view text_;
  diagnostics::Emitter& emitter_;
  size_t operators_around_ = 0;  // of the expressions that are being built
};

}  // namespace upgraph::syntax
