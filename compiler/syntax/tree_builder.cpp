#include "compiler/syntax/tree_builder.h"

#include <algorithm>
#include <iterator>
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
  } else if (auto* people = context->peopleDeclaration()) {
    AddPeople(people);
  } else if (auto* input = context->inputDeclaration()) {
    AddInput(input);
  } else if (auto* type = context->typeDeclaration()) {
    tree_.types.push_back({expressions_.BuildWord(type->anyWord()), DocOf(type)});
  } else if (auto* test = context->testDeclaration()) {
    AddTest(test);
  } else if (auto* let = context->letDeclaration()) {
    AddLet(let);
  } else if (auto* callable = context->callableDeclaration()) {
    AddCallable(callable);
  } else if (auto* upgrade = context->upgradeDeclaration()) {
    AddUpgrade(upgrade);
  }
}

std::string TreeBuilder::DocOf(antlr4::ParserRuleContext* context) {
  return DocAt(expressions_.Range(context->getStart()).begin);
}

std::string TreeBuilder::DocAt(uint32_t begin) {
  auto found = std::lower_bound(
      docs_.begin(), docs_.end(), begin,
      [](const DocComment& doc, uint32_t offset) { return doc.token_begin < offset; });
  if (found == docs_.end() || found->token_begin != begin) {
    return "";
  }
  is_taken_[static_cast<size_t>(found - docs_.begin())] = true;
  return DocText(text_.substr(found->begin, found->end - found->begin));
}

std::vector<DocComment> TreeBuilder::StrayDocs() const {
  std::vector<DocComment> stray;
  for (size_t i = 0; i < docs_.size(); ++i) {
    if (!is_taken_[i]) {
      stray.push_back(docs_[i]);
    }
  }
  return stray;
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
    if (key.default_value->kind == ast::ExprKind::kIn) {
      expressions_.emitter()
          .Emit(Kind::kSyntaxError, key.default_value->operands[1].range,
                "found `in` behind the default of a key")
          .SetHint("the unit stands right behind the type: `: Duration in ms = 100ms`");
    }
  }
  key.attributes = expressions_.BuildAttributes(context->attributes());
  return key;
}

void TreeBuilder::AddPeople(UpgraphParser::PeopleDeclarationContext* context) {
  ast::People people;
  people.doc = DocOf(context);
  for (UpgraphParser::WordContext* word : context->word()) {
    people.names.push_back(expressions_.BuildWord(word));
  }
  tree_.people.push_back(std::move(people));
}

void TreeBuilder::AddInput(UpgraphParser::InputDeclarationContext* context) {
  ast::HostInput input;
  input.doc = DocOf(context);
  input.name = expressions_.BuildWord(context->word());
  input.type = expressions_.BuildType(context->typeName());
  if (context->expression() != nullptr) {
    input.default_value = expressions_.Build(context->expression());
  }
  tree_.inputs.push_back(std::move(input));
}

void TreeBuilder::AddTest(UpgraphParser::TestDeclarationContext* context) {
  ast::Test test;
  test.doc = DocOf(context);
  antlr4::Token* name =
      (context->TEXT() != nullptr ? context->TEXT() : context->RAW_TEXT())->getSymbol();
  test.name = expressions_.ReadLiteral(name->getType(), expressions_.Range(name));
  for (UpgraphParser::TestLineContext* line : context->testLine()) {
    test.lines.push_back({expressions_.BuildWord(line),
                          expressions_.BuildGroups(line->groups()),
                          expressions_.Range(line),
                          {}});
  }
  test.range = source::Cover(expressions_.Range(context->getStart()), test.name.range);
  tree_.tests.push_back(std::move(test));
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
    case UpgraphParser::SIGNAL:
      return ast::DeclarationKind::kSignal;
    case UpgraphParser::FUNCTION:
      return ast::DeclarationKind::kFunction;
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
  if (context->expression() != nullptr) {
    declaration.value = expressions_.Build(context->expression());
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
  parameter.doc = DocOf(context);
  parameter.name = expressions_.BuildWord(context->word());
  parameter.type = expressions_.BuildType(context->typeName());
  if (context->expression() != nullptr) {
    parameter.default_value = expressions_.Build(context->expression());
  }
  return parameter;
}

ast::Property TreeBuilder::BuildProperty(UpgraphParser::PropertyContext* context) {
  return {expressions_.BuildWord(context->word()),
          expressions_.BuildGroups(context->groups()),
          expressions_.Range(context),
          {}};
}

ast::List<ast::Property> TreeBuilder::BuildProperties(
    UpgraphParser::PropertyBlockContext* context) {
  ast::List<ast::Property> properties;
  for (UpgraphParser::PropertyContext* property : context->property()) {
    properties.push_back(BuildProperty(property));
  }
  return properties;
}

void TreeBuilder::AddUpgrade(UpgraphParser::UpgradeDeclarationContext* context) {
  ast::Upgrade upgrade;
  upgrade.doc = DocOf(context);
  upgrade.is_downgrade = context->DOWNGRADE() != nullptr;
  std::vector<UpgraphParser::ExpressionContext*> versions = context->expression();
  for (size_t i = 0; i + 1 < versions.size(); ++i) {
    upgrade.origins.push_back(BuildOrigin(versions[i]));
  }
  upgrade.target = expressions_.Build(versions.back());
  AddItems(context->itemBlock(), &upgrade.properties, &upgrade.phases);
  upgrade.range = source::Cover(expressions_.Range(context->getStart()), upgrade.target.range);
  tree_.upgrades.push_back(std::move(upgrade));
}

// `A ..< B` without parentheses, or one version.
ast::Origin TreeBuilder::BuildOrigin(UpgraphParser::ExpressionContext* context) {
  ast::Expr versions = expressions_.Build(context);
  if (versions.kind != ast::ExprKind::kRange) {
    return {std::move(versions), std::nullopt};
  }
  return {std::move(versions.operands[0]), std::move(versions.operands[1])};
}

void TreeBuilder::AddItems(UpgraphParser::ItemBlockContext* context,
                           ast::List<ast::Property>* properties,
                           std::vector<ast::ItemBlock>* blocks) {
  for (UpgraphParser::ItemContext* item : context->item()) {
    if (item->ALLOW() != nullptr) {
      AddAllow(BuildAllow(item), properties);
      continue;
    }
    if (!item->statementBlock().empty()) {
      blocks->push_back(BuildBlock(item));
      continue;
    }
    ast::Property& property = properties->emplace_back();
    property.name = expressions_.BuildWord(item);
    property.groups = expressions_.BuildGroups(item->groups());
    property.range = expressions_.Range(item);
    if (item->expression() != nullptr) {
      property.when = expressions_.Build(item->expression());
    }
  }
}

// Several lines of it are as one.
void TreeBuilder::AddAllow(ast::Property allow, ast::List<ast::Property>* properties) {
  const auto first =
      std::find_if(properties->begin(), properties->end(),
                   [](const ast::Property& property) { return property.name.text == "allow"; });
  if (first == properties->end()) {
    properties->push_back(std::move(allow));
  } else {
    std::move(allow.groups.begin(), allow.groups.end(), std::back_inserter(first->groups));
  }
}

// Without the statements.
ast::ItemBlock TreeBuilder::BuildBlock(UpgraphParser::ItemContext* context) {
  ast::ItemBlock block;
  block.name = expressions_.BuildWord(context);
  block.groups = expressions_.BuildGroups(context->groups());
  block.has_else = context->ELSE() != nullptr;
  block.range = block.groups.empty()
                    ? block.name.range
                    : source::Cover(block.name.range, expressions_.Range(context->groups()));
  return block;
}

// The name of each check as a text, then what follows it.
ast::Property TreeBuilder::BuildAllow(UpgraphParser::ItemContext* context) {
  ast::Property property;
  property.name = {"allow", expressions_.Range(context->ALLOW()->getSymbol())};
  property.range = expressions_.Range(context);
  for (UpgraphParser::AllowanceContext* allowance : context->allowance()) {
    ast::List<ast::Expr>& group = property.groups.emplace_back();
    ast::Expr& name = group.emplace_back();
    name.kind = ast::ExprKind::kText;
    name.range = expressions_.Range(allowance->checkName());
    name.text = std::string(expressions_.Text(name.range));
    for (UpgraphParser::SideExpressionContext* side : allowance->sideExpression()) {
      group.push_back(expressions_.BuildSide(side));
    }
  }
  return property;
}

}  // namespace upgraph::syntax
