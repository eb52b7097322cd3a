// Statements: the part of the tree builder that most of a spec goes through.

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "compiler/syntax/tree_builder.h"

namespace upgraph::syntax {

using diagnostics::Kind;

ast::Statement TreeBuilder::Build(UpgraphParser::StatementContext* context) {
  ast::Statement statement;
  statement.range = expressions_.Range(context);
  if (context->LET() != nullptr) {
    statement.kind = ast::StatementKind::kLet;
    statement.let = BuildLet(context);
    return statement;
  }
  if (context->END() != nullptr) {
    statement.kind = ast::StatementKind::kEnd;
    statement.name = expressions_.BuildWord(context->word());
    return statement;
  }
  if (context->KEEP() != nullptr || context->COMMIT() != nullptr) {
    const bool is_keep = context->KEEP() != nullptr;
    statement.kind = is_keep ? ast::StatementKind::kKeep : ast::StatementKind::kCommit;
    if (is_keep) {
      statement.name = expressions_.BuildWord(context->word());
    }
    statement.text = BuildText(context->text());
    return statement;
  }
  FillCall(context, &statement);
  if (auto* clause = context->afterClause()) {
    for (UpgraphParser::WordContext* word : clause->word()) {
      statement.after.push_back(expressions_.BuildWord(word));
    }
  }
  return statement;
}

ast::Let TreeBuilder::BuildLet(UpgraphParser::StatementContext* context) {
  ast::Let let;
  let.name = expressions_.BuildWord(context->word());
  if (context->typeName() != nullptr) {
    let.type = expressions_.BuildType(context->typeName());
  }
  let.value = expressions_.Build(context->expression(0));
  return let;
}

ast::Expr TreeBuilder::BuildText(UpgraphParser::TextContext* context) {
  return expressions_.ReadLiteral(context->getStart()->getType(), expressions_.Range(context));
}

// `call`, `call "text"`, `label: call`, `label: block`, or a block.
void TreeBuilder::FillCall(UpgraphParser::StatementContext* context, ast::Statement* statement) {
  std::vector<UpgraphParser::ExpressionContext*> parts = context->expression();
  bool has_label = context->COLON() != nullptr;
  if (has_label) {
    statement->label = expressions_.PlainName(expressions_.Build(parts[0]), "a label");
  }
  if (context->blockStatement() != nullptr) {
    FillBlock(context->blockStatement(), statement);
    return;
  }
  statement->kind = ast::StatementKind::kCall;
  statement->call = expressions_.Build(parts.back());
  statement->range = statement->call.range;
  if (context->text() != nullptr) {
    statement->text = BuildText(context->text());
  }
}

void TreeBuilder::FillBlock(UpgraphParser::BlockStatementContext* context,
                            ast::Statement* statement) {
  statement->range = expressions_.Range(context->getStart());
  if (context->LOCK() != nullptr) {
    statement->kind = ast::StatementKind::kLock;
    for (UpgraphParser::ExpressionContext* lock : context->expression()) {
      statement->locks.push_back(expressions_.Build(lock));
    }
    FillBounds(context, statement);
    statement->range = source::Cover(statement->range, statement->locks.back().range);
    for (UpgraphParser::LockBoundContext* bound : context->lockBound()) {
      statement->range = source::Cover(statement->range, expressions_.Range(bound));
    }
  } else if (context->FOR() != nullptr) {
    statement->kind = ast::StatementKind::kFor;
    statement->variable = expressions_.BuildWord(context->word());
    if (context->typeName() != nullptr) {
      statement->type = expressions_.BuildType(context->typeName());
    }
    statement->list = expressions_.Build(context->expression(0));
    statement->range = source::Cover(statement->range, statement->list->range);
    if (context->forBound() != nullptr) {
      FillForBound(context->forBound(), statement);
    }
  } else if (context->GATE() != nullptr) {
    FillGate(context, statement);
  } else if (!context->WHEN().empty()) {
    FillWhen(context, statement);
  } else {
    statement->kind =
        context->PARALLEL() != nullptr ? ast::StatementKind::kParallel : ast::StatementKind::kBlock;
  }
}

void TreeBuilder::FillForBound(UpgraphParser::ForBoundContext* bound, ast::Statement* statement) {
  const ast::Name word = expressions_.BuildWord(bound->word());
  if (word.text != "max") {
    expressions_.emitter().Emit(
        Kind::kSyntaxError, word.range,
        fmt::format("found `{}`, behind the list of a `for` stands `max 64` or nothing",
                    word.text));
    return;
  }
  statement->max = expressions_.BuildSide(bound->sideExpression());
  statement->range = source::Cover(statement->range, statement->max->range);
}

void TreeBuilder::FillGate(UpgraphParser::BlockStatementContext* context,
                           ast::Statement* statement) {
  statement->kind = ast::StatementKind::kGate;
  statement->name = expressions_.BuildWord(context->word());
  for (UpgraphParser::GateClauseContext* clause : context->gateClause()) {
    ast::Property& property = statement->clauses.emplace_back();
    property.name = expressions_.BuildWord(clause);
    property.range = expressions_.Range(clause);
    ast::List<ast::Expr>& group = property.groups.emplace_back();
    for (UpgraphParser::SideExpressionContext* side : clause->sideExpression()) {
      group.push_back(expressions_.BuildSide(side));
    }
    statement->range = source::Cover(statement->range, property.range);
  }
}

// Each `else when` has a condition, an `else` has none and comes last.
void TreeBuilder::FillWhen(UpgraphParser::BlockStatementContext* context,
                           ast::Statement* statement) {
  statement->kind = ast::StatementKind::kWhen;
  const std::vector<UpgraphParser::ExpressionContext*> conditions = context->expression();
  size_t next = 0;
  size_t else_count = 0;
  antlr4::Token* last_else = nullptr;
  for (antlr4::tree::ParseTree* child : context->children) {
    auto* word = dynamic_cast<antlr4::tree::TerminalNode*>(child);
    if (word != nullptr && word->getSymbol()->getType() == UpgraphParser::ELSE) {
      if (last_else != nullptr && else_count > 0) {
        expressions_.emitter()
            .Emit(Kind::kSyntaxError, expressions_.Range(word->getSymbol()),
                  "found an `else` behind the last one, a plain `else` ends a `when`")
            .AddNote(expressions_.Range(last_else), "the plain `else`");
      }
      last_else = word->getSymbol();
      ++else_count;
      statement->arms.emplace_back();
    } else if (word != nullptr && word->getSymbol()->getType() == UpgraphParser::WHEN) {
      if (last_else == nullptr) {
        statement->arms.emplace_back();
      } else {
        --else_count;
      }
    } else if (dynamic_cast<UpgraphParser::ExpressionContext*>(child) != nullptr) {
      statement->arms.back().condition = expressions_.Build(conditions[next++]);
    }
  }
  statement->range = source::Cover(statement->range, statement->arms[0].condition->range);
}

void TreeBuilder::FillBounds(UpgraphParser::BlockStatementContext* context,
                             ast::Statement* statement) {
  for (UpgraphParser::LockBoundContext* bound : context->lockBound()) {
    bool is_within = bound->WITHIN() != nullptr;
    ast::Boxed<ast::Expr>& place = is_within ? statement->within : statement->hold;
    if (place) {
      expressions_.emitter()
          .Emit(Kind::kSyntaxError, expressions_.Range(bound->getStart()),
                fmt::format("found a second `{}`, a lock has one", is_within ? "within" : "hold"))
          .AddNote(place->range, "the first is here");
      continue;
    }
    place = expressions_.Build(bound->expression());
  }
}

}  // namespace upgraph::syntax
