#include "compiler/syntax/expression_builder.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "compiler/syntax/literals.h"
#include "compiler/syntax/parser_limits.h"
#include "compiler/syntax/token_stream.h"

namespace upgraph::syntax {

using ast::Expr;
using ast::ExprKind;
using diagnostics::Kind;

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
    bool is_plain = text.parts.size() == 1 && text.parts[0].name.parts.empty();
    if (text.kind == ExprKind::kText && (!is_plain || text.parts[0].text.empty())) {
      emitter_.Emit(
          Kind::kBadLiteral, name.range,
          fmt::format("found `{}`, a quoted name is not empty and holds no `${{…}}`", name.text));
    }
    name.text = is_plain ? text.parts[0].text : "";
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
  return {BuildWord(context->anyWord()), context->LEFT_BRACKET() != nullptr, Range(context)};
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
  if (!Enter(operators.size(), Range(context))) {
    return Error(Range(context));
  }
  std::vector<UpgraphParser::OperandContext*> operands = context->operand();
  Expr first = BuildOperand(operands[0]);
  operands.erase(operands.begin());
  Expr expr = Fold(std::move(first), operators, operands);
  operators_around_ -= operators.size();
  return expr;
}

Expr ExpressionBuilder::BuildSide(UpgraphParser::SideExpressionContext* context) {
  std::vector<UpgraphParser::BinaryOperatorContext*> operators = context->binaryOperator();
  if (!Enter(operators.size(), Range(context))) {
    return Error(Range(context));
  }
  Expr expr = Fold(BuildPlain(context->plainOperand()), operators, context->operand());
  operators_around_ -= operators.size();
  return expr;
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

namespace {

Expr Join(ExprKind kind, Expr left, Expr right) {
  Expr expr;
  expr.kind = kind;
  expr.range = source::Cover(left.range, right.range);
  expr.operands.push_back(std::move(left));
  expr.operands.push_back(std::move(right));
  return expr;
}

}  // namespace

// `*` before `+` and `-`; operators of one rank from the left.
Expr ExpressionBuilder::Fold(Expr first,
                             const std::vector<UpgraphParser::BinaryOperatorContext*>& operators,
                             const std::vector<UpgraphParser::OperandContext*>& operands) {
  std::optional<Expr> sum;
  ExprKind sum_kind = ExprKind::kSum;
  Expr product = std::move(first);
  for (size_t i = 0; i < operators.size(); ++i) {
    Expr next = BuildOperand(operands[i]);
    size_t type = operators[i]->getStart()->getType();
    if (type == UpgraphParser::STAR) {
      product = Join(ExprKind::kProduct, std::move(product), std::move(next));
      continue;
    }
    sum = sum ? Join(sum_kind, *std::move(sum), std::move(product)) : std::move(product);
    sum_kind = type == UpgraphParser::PLUS ? ExprKind::kSum : ExprKind::kDifference;
    product = std::move(next);
  }
  return sum ? Join(sum_kind, *std::move(sum), std::move(product)) : product;
}

Expr ExpressionBuilder::BuildOperand(UpgraphParser::OperandContext* context) {
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
    expr.kind = ExprKind::kList;
    for (UpgraphParser::ExpressionContext* element : context->expression()) {
      expr.operands.push_back(Build(element));
    }
    return expr;
  }
  expr.kind = context->LEFT_PAREN() == nullptr ? ExprKind::kName : ExprKind::kCall;
  expr.name = BuildName(context->dottedName());
  for (UpgraphParser::ArgumentContext* argument : context->argument()) {
    expr.arguments.push_back(BuildArgument(argument));
  }
  return expr;
}

ast::Argument ExpressionBuilder::BuildArgument(UpgraphParser::ArgumentContext* context) {
  std::vector<UpgraphParser::ExpressionContext*> parts = context->expression();
  Expr first = Build(parts[0]);
  if (parts.size() == 1) {
    return {std::nullopt, std::move(first)};
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

std::vector<std::vector<Expr>> ExpressionBuilder::BuildGroups(
    UpgraphParser::GroupsContext* context) {
  std::vector<std::vector<Expr>> groups;
  if (context == nullptr) {
    return groups;
  }
  for (UpgraphParser::GroupContext* group : context->group()) {
    std::vector<Expr>& items = groups.emplace_back();
    items.push_back(Build(group->expression()));
    for (UpgraphParser::SideExpressionContext* side : group->sideExpression()) {
      items.push_back(BuildSide(side));
    }
  }
  return groups;
}

std::vector<std::vector<Expr>> ExpressionBuilder::BuildAttributes(
    UpgraphParser::AttributesContext* context) {
  std::vector<std::vector<Expr>> attributes;
  if (context == nullptr) {
    return attributes;
  }
  for (UpgraphParser::AttributeContext* attribute : context->attribute()) {
    std::vector<Expr>& items = attributes.emplace_back();
    for (UpgraphParser::SideExpressionContext* side : attribute->sideExpression()) {
      items.push_back(BuildSide(side));
    }
  }
  return attributes;
}

}  // namespace upgraph::syntax
