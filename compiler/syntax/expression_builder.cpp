#include "compiler/syntax/expression_builder.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "compiler/syntax/literals.h"
#include "compiler/syntax/operator_stack.h"
#include "compiler/syntax/parser_limits.h"
#include "compiler/syntax/token_stream.h"

namespace upgraph::syntax {

using ast::Expr;
using ast::ExprKind;
using diagnostics::Kind;

namespace {

size_t NotCount(const std::vector<UpgraphParser::OperandContext*>& operands) {
  size_t count = 0;
  for (UpgraphParser::OperandContext* operand : operands) {
    count += operand->NOT().size();
  }
  return count;
}

}  // namespace

source::SourceRange ExpressionBuilder::Range(antlr4::ParserRuleContext* context) const {
  return source::Cover(Range(context->getStart()), Range(context->getStop()));
}

source::SourceRange ExpressionBuilder::Range(antlr4::Token* token) const {
  const auto* spec_token = static_cast<const SpecToken*>(token);
  return {buffer_id_, spec_token->begin(), spec_token->end()};
}

ast::Name ExpressionBuilder::BuildWord(antlr4::ParserRuleContext* context) const {
  source::SourceRange range = Range(context->getStart());
  return {std::string(Text(range)), range};
}

// A word, `v2`, or a quoted part.
ast::Name ExpressionBuilder::BuildPart(antlr4::ParserRuleContext* context) {
  ast::Name name = BuildWord(context);
  size_t type = context->getStart()->getType();
  if (type == UpgraphParser::TEXT || type == UpgraphParser::RAW_TEXT) {
    Expr text = ReadText(Text(name.range), name.range, emitter_);
    if (text.kind == ExprKind::kText && text.text.empty()) {
      emitter_.Emit(
          Kind::kBadLiteral, name.range,
          fmt::format("found `{}`, a quoted name is not empty and holds no `${{…}}`", name.text));
    }
    name.text = std::move(text.text);
  } else if (type == UpgraphParser::VERSION &&
             !std::all_of(name.text.begin() + 1, name.text.end(),
                          [](char c) { return c >= '0' && c <= '9'; })) {
    emitter_
        .Emit(Kind::kBadLiteral, name.range,
              fmt::format("found `{}`, each part of a name is one word", name.text))
        .SetHint(fmt::format("quote it: `\"{}\"`", name.text));
  }
  return name;
}

ast::DottedName ExpressionBuilder::BuildName(UpgraphParser::DottedNameContext* context) {
  ast::DottedName name;
  name.range = Range(context);
  name.parts.push_back(BuildWord(context->word()));
  for (UpgraphParser::NamePartContext* part : context->namePart()) {
    name.parts.push_back(BuildPart(part));
  }
  return name;
}

ast::DottedName ExpressionBuilder::BuildKeyName(UpgraphParser::KeyNameContext* context) {
  ast::DottedName name;
  name.range = Range(context);
  for (UpgraphParser::KeyPartContext* part : context->keyPart()) {
    name.parts.push_back(BuildPart(part));
  }
  return name;
}

ast::TypeRef ExpressionBuilder::BuildType(UpgraphParser::TypeNameContext* context) {
  std::vector<UpgraphParser::TypeWordContext*> words = context->typeWord();
  ast::TypeRef type{BuildWord(words.back()), context->LEFT_BRACKET() != nullptr, Range(context)};
  if (words.size() == 2) {
    type.is_list = false;
    type.key = BuildWord(words[0]);
  }
  type.is_temporary = context->TEMPORARY() != nullptr;
  return type;
}

std::optional<ast::Name> ExpressionBuilder::PlainName(const Expr& expr, const char* what) {
  if (expr.kind == ExprKind::kName && expr.name.parts.size() == 1) {
    return expr.name.parts[0];
  }
  if (expr.kind != ExprKind::kError) {
    emitter_
        .Emit(Kind::kSyntaxError, expr.range,
              fmt::format("found `{}` before `:`, {} is one word", Text(expr.range), what))
        .SetHint(expr.kind == ExprKind::kBool
                     ? "`true`, `false`, `on` and `off` are values; a name may be any other word"
                     : "");
  }
  return std::nullopt;
}

Expr ExpressionBuilder::Build(UpgraphParser::ExpressionContext* context) {
  std::vector<UpgraphParser::BinaryOperatorContext*> operators = context->binaryOperator();
  std::vector<UpgraphParser::OperandContext*> operands = context->operand();
  const size_t count = operators.size() + NotCount(operands);
  if (!Enter(count, Range(context))) {
    return Error(Range(context));
  }
  OperatorStack stack;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (i > 0) {
      stack.Add(operators[i - 1]->getStart()->getType());
    }
    for (antlr4::tree::TerminalNode* word : operands[i]->NOT()) {
      stack.AddNot(Range(word->getSymbol()));
    }
    stack.Add(BuildBare(operands[i]));
  }
  operators_around_ -= count;
  return stack.Finish();
}

Expr ExpressionBuilder::BuildSide(UpgraphParser::SideExpressionContext* context) {
  std::vector<UpgraphParser::BinaryOperatorContext*> operators = context->binaryOperator();
  std::vector<UpgraphParser::OperandContext*> operands = context->operand();
  const size_t count = operators.size() + NotCount(operands);
  if (!Enter(count, Range(context))) {
    return Error(Range(context));
  }
  OperatorStack stack;
  stack.Add(BuildPlain(context->plainOperand()));
  for (size_t i = 0; i < operands.size(); ++i) {
    stack.Add(operators[i]->getStart()->getType());
    for (antlr4::tree::TerminalNode* word : operands[i]->NOT()) {
      stack.AddNot(Range(word->getSymbol()));
    }
    stack.Add(BuildBare(operands[i]));
  }
  operators_around_ -= count;
  return stack.Finish();
}

// Operators nest in the tree as brackets do, and everybody who reads it is recursive.
bool ExpressionBuilder::Enter(size_t operator_count, source::SourceRange range) {
  if (operators_around_ + operator_count <= kOperatorsMax) {
    operators_around_ += operator_count;
    return true;
  }
  emitter_
      .Emit(Kind::kTooLarge, range,
            fmt::format("found {} operators around one value, there are {} at most",
                        operators_around_ + operator_count, kOperatorsMax))
      .SetHint("give parts of it names with `let`");
  return false;
}

Expr ExpressionBuilder::Error(source::SourceRange range) {
  Expr expr;
  expr.range = range;
  return expr;
}

// Without the `not` before it.
Expr ExpressionBuilder::BuildBare(UpgraphParser::OperandContext* context) {
  if (context->MINUS() != nullptr) {
    return BuildNegative(context);
  }
  if (context->expression() != nullptr) {
    Expr expr = Build(context->expression());
    expr.range = Range(context);
    return expr;
  }
  if (context->plainOperand() != nullptr) {
    return BuildPlain(context->plainOperand());
  }
  Expr expr;
  expr.kind = ExprKind::kAnything;
  expr.range = Range(context);
  return expr;
}

Expr ExpressionBuilder::BuildNegative(UpgraphParser::OperandContext* context) {
  source::SourceRange range = Range(context);
  antlr4::Token* number = context->plainOperand()->getStart();
  if (number->getType() == UpgraphParser::NUMBER) {
    return ReadNumber(Text(Range(number)), true, range, emitter_);
  }
  emitter_
      .Emit(Kind::kSyntaxError, range,
            fmt::format("found `-` before `{}`, it may stand before a number only",
                        Text(Range(context->plainOperand()))))
      .SetHint("write `0 - value`");
  return Error(range);
}

Expr ExpressionBuilder::BuildPlain(UpgraphParser::PlainOperandContext* context) {
  if (context->literal() != nullptr) {
    return ReadLiteral(context->getStart()->getType(), Range(context));
  }
  Expr expr;
  expr.range = Range(context);
  if (context->dottedName() == nullptr) {
    return BuildList(context);
  }
  expr.kind = context->LEFT_PAREN() == nullptr ? ExprKind::kName : ExprKind::kCall;
  expr.name = BuildName(context->dottedName());
  for (UpgraphParser::ArgumentContext* argument : context->argument()) {
    expr.arguments.push_back(BuildArgument(argument));
  }
  return expr;
}

// `[a, b]`, or a map: `["a": 1]`, `[:]`.
Expr ExpressionBuilder::BuildList(UpgraphParser::PlainOperandContext* context) {
  Expr expr;
  expr.range = Range(context);
  expr.kind = context->COLON() == nullptr ? ExprKind::kList : ExprKind::kMap;
  std::vector<UpgraphParser::ArgumentContext*> elements = context->argument();
  for (size_t i = 0; i < elements.size(); ++i) {
    std::vector<UpgraphParser::ExpressionContext*> parts = elements[i]->expression();
    const ExprKind kind = parts.size() == 2 ? ExprKind::kMap : ExprKind::kList;
    if (i == 0) {
      expr.kind = kind;
    } else if (kind != expr.kind) {
      emitter_
          .Emit(Kind::kSyntaxError, Range(elements[i]),
                expr.kind == ExprKind::kMap
                    ? "found a value without a key, but the map has a key before each value"
                    : "found a key, but the list has values without one")
          .SetHint("a list is written `[a, b]`, a map `[\"a\": 1, \"b\": 2]`");
      return Error(expr.range);
    }
    for (UpgraphParser::ExpressionContext* part : parts) {
      expr.operands.push_back(Build(part));
    }
  }
  return expr;
}

ast::Argument ExpressionBuilder::BuildArgument(UpgraphParser::ArgumentContext* context) {
  std::vector<UpgraphParser::ExpressionContext*> parts = context->expression();
  Expr first = Build(parts[0]);
  if (parts.size() == 1) {
    return {{}, std::move(first)};
  }
  std::optional<ast::Name> name = PlainName(first, "the name of an argument");
  return {std::move(name), Build(parts[1])};
}

Expr ExpressionBuilder::ReadLiteral(size_t type, source::SourceRange range) {
  std::string_view text = Text(range);
  switch (type) {
    case UpgraphParser::TEXT:
    case UpgraphParser::RAW_TEXT:
      return ReadText(text, range, emitter_);
    case UpgraphParser::NUMBER:
      return ReadNumber(text, false, range, emitter_);
    case UpgraphParser::VERSION:
    case UpgraphParser::QUOTED_VERSION:
      return ReadVersion(text, range, emitter_);
    default: {
      Expr expr;
      expr.kind = ExprKind::kBool;
      expr.range = range;
      expr.number = text == "true" || text == "on" ? 1 : 0;
      return expr;
    }
  }
}

ast::List<ast::List<Expr>> ExpressionBuilder::BuildGroups(UpgraphParser::GroupsContext* context) {
  ast::List<ast::List<Expr>> groups;
  if (context == nullptr) {
    return groups;
  }
  for (UpgraphParser::GroupContext* group : context->group()) {
    ast::List<Expr>& items = groups.emplace_back();
    items.push_back(Build(group->expression()));
    for (UpgraphParser::SideExpressionContext* side : group->sideExpression()) {
      items.push_back(BuildSide(side));
    }
  }
  return groups;
}

ast::List<ast::List<Expr>> ExpressionBuilder::BuildAttributes(
    UpgraphParser::AttributesContext* context) {
  ast::List<ast::List<Expr>> attributes;
  if (context == nullptr) {
    return attributes;
  }
  for (UpgraphParser::AttributeContext* attribute : context->attribute()) {
    ast::List<Expr>& items = attributes.emplace_back();
    for (UpgraphParser::SideExpressionContext* side : attribute->sideExpression()) {
      items.push_back(BuildSide(side));
    }
  }
  return attributes;
}

}  // namespace upgraph::syntax
