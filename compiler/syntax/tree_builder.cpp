#include "compiler/syntax/tree_builder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace upgraph::syntax {

using diagnostics::Kind;

void TreeBuilder::Add(UpgraphParser::DeclarationContext* context) {
  if (auto* import = context->importDeclaration()) {
    tree_.imports.push_back({expressions_.BuildName(import->dottedName())});
  } else if (auto* product = context->productDeclaration()) {
    AddProduct(product);
  } else if (auto* config = context->configDeclaration()) {
    AddConfig(config);
  } else if (auto* let = context->letDeclaration()) {
    AddLet(let);
  } else if (auto* callable = context->callableDeclaration()) {
    AddCallable(callable);
  } else if (auto* upgrade = context->upgradeDeclaration()) {
    AddUpgrade(upgrade);
  }
}

std::string TreeBuilder::DocOf(antlr4::ParserRuleContext* context) const {
  return DocAt(expressions_.Range(context->getStart()).begin);
}

std::string TreeBuilder::DocAt(uint32_t begin) const {
  auto found = std::lower_bound(
      docs_.begin(), docs_.end(), begin,
      [](const DocComment& doc, uint32_t offset) { return doc.token_begin < offset; });
  if (found == docs_.end() || found->token_begin != begin) {
    return "";
  }
  return DocText(text_.substr(found->begin, found->end - found->begin));
}

void TreeBuilder::AddProduct(UpgraphParser::ProductDeclarationContext* context) {
  ast::Product product;
  product.doc = DocOf(context);
  product.name = expressions_.BuildWord(context->word());
  product.properties = BuildProperties(context->propertyBlock());
  product.range = source::Cover(expressions_.Range(context->getStart()), product.name.range);
  tree_.products.push_back(std::move(product));
}

void TreeBuilder::AddConfig(UpgraphParser::ConfigDeclarationContext* context) {
  ast::Config config;
  config.doc = DocOf(context);
  config.name = expressions_.BuildWord(context->word());
  config.handle = expressions_.Build(context->expression());
  for (UpgraphParser::ConfigKeyContext* key : context->configKey()) {
    config.keys.push_back(BuildKey(key));
  }
  config.range = source::Cover(expressions_.Range(context->getStart()), config.handle.range);
  tree_.configs.push_back(std::move(config));
}

ast::ConfigKey TreeBuilder::BuildKey(UpgraphParser::ConfigKeyContext* context) {
  ast::ConfigKey key;
  key.doc = DocOf(context);
  key.name = expressions_.BuildKeyName(context->keyName());
  key.type = expressions_.BuildType(context->typeName());
  if (context->IN() != nullptr) {
    key.unit = expressions_.BuildWord(context->anyWord());
  }
  if (context->expression() != nullptr) {
    key.default_value = expressions_.Build(context->expression());
  }
  key.attributes = expressions_.BuildAttributes(context->attributes());
  return key;
}

void TreeBuilder::AddLet(UpgraphParser::LetDeclarationContext* context) {
  ast::Let let;
  let.doc = DocOf(context);
  let.name = expressions_.BuildWord(context->word());
  if (context->typeName() != nullptr) {
    let.type = expressions_.BuildType(context->typeName());
  }
  let.value = expressions_.Build(context->expression());
  tree_.lets.push_back(std::move(let));
}

namespace {

ast::DeclarationKind KindOf(size_t token_type) {
  switch (token_type) {
    case UpgraphParser::FACT:
      return ast::DeclarationKind::kFact;
    case UpgraphParser::HANDLE:
      return ast::DeclarationKind::kHandle;
    case UpgraphParser::LOCK:
      return ast::DeclarationKind::kLock;
    case UpgraphParser::RESOURCE:
      return ast::DeclarationKind::kResource;
    default:
      return ast::DeclarationKind::kStep;
  }
}

}  // namespace

void TreeBuilder::AddCallable(UpgraphParser::CallableDeclarationContext* context) {
  ast::Declaration declaration;
  declaration.kind = KindOf(context->getStart()->getType());
  declaration.doc = DocOf(context);
  declaration.name = expressions_.BuildWord(context->anyWord());
  for (UpgraphParser::ParameterContext* parameter : context->parameter()) {
    declaration.parameters.push_back(BuildParameter(parameter));
  }
  if (context->typeName() != nullptr) {
    declaration.result = expressions_.BuildType(context->typeName());
  }
  if (context->property() != nullptr) {
    declaration.properties.push_back(BuildProperty(context->property()));
  }
  if (context->itemBlock() != nullptr) {
    AddItems(context->itemBlock(), &declaration.properties, &declaration.blocks);
  }
  declaration.range = source::Cover(expressions_.Range(context->getStart()),
                                    expressions_.Range(context->RIGHT_PAREN()->getSymbol()));
  tree_.declarations.push_back(std::move(declaration));
}

ast::Parameter TreeBuilder::BuildParameter(UpgraphParser::ParameterContext* context) {
  ast::Parameter parameter;
  parameter.name = expressions_.BuildWord(context->word());
  parameter.type = expressions_.BuildType(context->typeName());
  if (context->expression() != nullptr) {
    parameter.default_value = expressions_.Build(context->expression());
  }
  return parameter;
}

ast::Property TreeBuilder::BuildProperty(UpgraphParser::PropertyContext* context) {
  return {expressions_.BuildWord(context->word()), expressions_.BuildGroups(context->groups()),
          expressions_.Range(context)};
}

std::vector<ast::Property> TreeBuilder::BuildProperties(
    UpgraphParser::PropertyBlockContext* context) {
  std::vector<ast::Property> properties;
  for (UpgraphParser::PropertyContext* property : context->property()) {
    properties.push_back(BuildProperty(property));
  }
  return properties;
}

void TreeBuilder::AddUpgrade(UpgraphParser::UpgradeDeclarationContext* context) {
  ast::Upgrade upgrade;
  upgrade.doc = DocOf(context);
  for (UpgraphParser::OriginContext* origin : context->origin()) {
    ast::Origin& built = upgrade.origins.emplace_back();
    std::vector<UpgraphParser::ExpressionContext*> bounds = origin->expression();
    built.lower = expressions_.Build(bounds[0]);
    if (bounds.size() == 2) {
      built.upper = expressions_.Build(bounds[1]);
    }
  }
  upgrade.target = expressions_.Build(context->expression());
  AddItems(context->itemBlock(), &upgrade.properties, &upgrade.phases);
  upgrade.range = source::Cover(expressions_.Range(context->getStart()), upgrade.target.range);
  tree_.upgrades.push_back(std::move(upgrade));
}

void TreeBuilder::AddItems(UpgraphParser::ItemBlockContext* context,
                           std::vector<ast::Property>* properties,
                           std::vector<ast::ItemBlock>* blocks) {
  for (UpgraphParser::ItemContext* item : context->item()) {
    if (item->ALLOW() != nullptr) {
      properties->push_back(BuildAllow(item));
      continue;
    }
    ast::Name name = expressions_.BuildWord(item->plainWord());
    if (item->statementBlock() != nullptr) {
      blocks->push_back({std::move(name), {}});
    } else {
      properties->push_back(
          {std::move(name), expressions_.BuildGroups(item->groups()), expressions_.Range(item)});
    }
  }
}

// The name of each check as a text, then what follows it.
ast::Property TreeBuilder::BuildAllow(UpgraphParser::ItemContext* context) {
  ast::Property property;
  property.name = {"allow", expressions_.Range(context->ALLOW()->getSymbol())};
  property.range = expressions_.Range(context);
  for (UpgraphParser::AllowanceContext* allowance : context->allowance()) {
    std::vector<ast::Expr>& group = property.groups.emplace_back();
    ast::Expr& name = group.emplace_back();
    name.kind = ast::ExprKind::kText;
    name.range = expressions_.Range(allowance->checkName());
    name.parts.push_back({std::string(expressions_.Text(name.range)), {}});
    for (UpgraphParser::SideExpressionContext* side : allowance->sideExpression()) {
      group.push_back(expressions_.BuildSide(side));
    }
  }
  return property;
}

ast::Statement TreeBuilder::Build(UpgraphParser::StatementContext* context) {
  ast::Statement statement;
  if (context->LET() != nullptr) {
    statement.kind = ast::StatementKind::kLet;
    ast::Let let;
    let.name = expressions_.BuildWord(context->word());
    if (context->typeName() != nullptr) {
      let.type = expressions_.BuildType(context->typeName());
    }
    let.value = expressions_.Build(context->expression(0));
    statement.let = std::move(let);
    statement.range = expressions_.Range(context);
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

// `call`, `label: call`, `label: block`, or a block.
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
  } else {
    statement->kind =
        context->PARALLEL() != nullptr ? ast::StatementKind::kParallel : ast::StatementKind::kBlock;
  }
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
