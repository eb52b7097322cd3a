#include "compiler/syntax/bail_strategy.h"

namespace upgraph::syntax {

antlr4::Token* BailStrategy::recoverInline(antlr4::Parser* parser) { Bail(parser); }

void BailStrategy::sync(antlr4::Parser* parser) {
  size_t index = parser->getInputStream()->index();
  if (index == synced_index_) {
    return;
  }
  synced_index_ = index;
  synced_state_ = parser->getState();
  synced_context_ = parser->getContext();
}

void BailStrategy::reset(antlr4::Parser* parser) {
  DefaultErrorStrategy::reset(parser);
  synced_index_ = SIZE_MAX;
}

void BailStrategy::Bail(antlr4::Parser* parser) {
  size_t index = parser->getInputStream()->index();
  bool is_synced = index == synced_index_;
  antlr4::ParserRuleContext* context = is_synced ? synced_context_ : parser->getContext();
  size_t state = is_synced ? synced_state_ : parser->getState();
  fault_ = {index, parser->getATN().getExpectedTokens(state, context), {}};
  for (antlr4::RuleContext* at = context; at != nullptr;
       at = dynamic_cast<antlr4::RuleContext*>(at->parent)) {
    fault_.rules.push_back(at->getRuleIndex());
  }
  throw antlr4::ParseCancellationException();
}

}  // namespace upgraph::syntax
