#pragma once

// The parse tree of one declaration becomes a part of an ast::Tree. Internal to syntax.

#include <UpgraphParser.h>

#include <string>
#include <string_view>
#include <vector>

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/syntax/expression_builder.h"
#include "compiler/syntax/scanner.h"

namespace upgraph::syntax {

class TreeBuilder {
 public:
  TreeBuilder(source::BufferId buffer_id, std::string_view text,
              const std::vector<DocComment>& docs, diagnostics::Emitter& emitter, ast::Tree* tree)
      : text_(text),
        docs_(docs),
        is_taken_(docs.size()),
        expressions_(buffer_id, text, emitter),
        tree_(*tree) {}

  // `context` has been parsed without a mistake. The phases of an upgrade and the blocks of a step
  // stay empty.
  void Add(UpgraphParser::DeclarationContext* context);
  // The same of a statement, without its children.
  ast::Statement Build(UpgraphParser::StatementContext* context);
  // The `///` lines right before the token that begins there.
  std::string DocAt(uint32_t token_begin);
  // Those of `docs` that nobody has asked for.
  std::vector<DocComment> StrayDocs() const;
  ExpressionBuilder& expressions() { return expressions_; }

 private:
  void AddProduct(UpgraphParser::ProductDeclarationContext* context);
  void AddConfig(UpgraphParser::ConfigDeclarationContext* context);
  void AddLet(UpgraphParser::LetDeclarationContext* context);
  void AddCallable(UpgraphParser::CallableDeclarationContext* context);
  void AddUpgrade(UpgraphParser::UpgradeDeclarationContext* context);
  void AddPeople(UpgraphParser::PeopleDeclarationContext* context);
  void AddInput(UpgraphParser::InputDeclarationContext* context);
  void AddTest(UpgraphParser::TestDeclarationContext* context);
  ast::Origin BuildOrigin(UpgraphParser::ExpressionContext* context);
  ast::Expr BuildText(UpgraphParser::TextContext* context);
  ast::Let BuildLet(UpgraphParser::StatementContext* context);
  void FillWhen(UpgraphParser::BlockStatementContext* context, ast::Statement* statement);
  void FillForBound(UpgraphParser::ForBoundContext* bound, ast::Statement* statement);
  void FillGate(UpgraphParser::BlockStatementContext* context, ast::Statement* statement);
  ast::ItemBlock BuildBlock(UpgraphParser::ItemContext* context);
  ast::ConfigKey BuildKey(UpgraphParser::ConfigKeyContext* context);
  ast::Parameter BuildParameter(UpgraphParser::ParameterContext* context);
  ast::Property BuildProperty(UpgraphParser::PropertyContext* context);
  ast::List<ast::Property> BuildProperties(UpgraphParser::PropertyBlockContext* context);
  void AddItems(UpgraphParser::ItemBlockContext* context, ast::List<ast::Property>* properties,
                std::vector<ast::ItemBlock>* blocks);
  ast::Property BuildAllow(UpgraphParser::ItemContext* context);
  static void AddAllow(ast::Property allow, ast::List<ast::Property>* properties);
  void FillCall(UpgraphParser::StatementContext* context, ast::Statement* statement);
  void FillBlock(UpgraphParser::BlockStatementContext* context, ast::Statement* statement);
  void FillBounds(UpgraphParser::BlockStatementContext* context, ast::Statement* statement);
  // The `///` lines before the token with which `context` begins.
  std::string DocOf(antlr4::ParserRuleContext* context);

  std::string_view text_;
  const std::vector<DocComment>& docs_;
  std::vector<bool> is_taken_;  // beside them
  ExpressionBuilder expressions_;
  ast::Tree& tree_;
};

}  // namespace upgraph::syntax
