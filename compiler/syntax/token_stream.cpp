#include "compiler/syntax/token_stream.h"

#include <algorithm>

#include "base/check.h"

namespace upgraph::syntax {

static_assert(sizeof(SpecToken) <= 32);

std::string SpecToken::getText() const {
  return std::string(owner_->text().substr(begin_, end_ - begin_));
}

size_t SpecToken::getTokenIndex() const {
  return static_cast<size_t>(this - owner_->tokens().data());
}

DeclarationTokens::DeclarationTokens(std::string_view text, const std::vector<ScannedToken>& tokens)
    : text_(text) {
  UPGRAPH_CHECK(!tokens.empty());
  tokens_.reserve(tokens.size() + 1);
  for (const ScannedToken& token : tokens) {
    tokens_.emplace_back(this, token);
  }
  tokens_.emplace_back(this, tokens.back().end);
}

antlr4::Token* DeclarationTokens::LT(ssize_t k) {
  if (k < 0) {
    auto back = static_cast<size_t>(-k);
    return back <= at_ ? &tokens_[at_ - back] : nullptr;
  }
  size_t ahead = k > 0 ? static_cast<size_t>(k) - 1 : 0;
  return &tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

antlr4::Token* DeclarationTokens::get(size_t index) const {
  return const_cast<SpecToken*>(&tokens_[index]);  // ANTLR's interface; nothing writes through it
}

void DeclarationTokens::consume() { at_ = std::min(at_ + 1, tokens_.size() - 1); }

size_t DeclarationTokens::LA(ssize_t i) {
  const antlr4::Token* token = LT(i);
  return token == nullptr ? antlr4::Token::EOF : token->getType();
}

}  // namespace upgraph::syntax
