#pragma once

// The tokens of one declaration as the generated parser reads them: 32 bytes each, in one vector.

#include <antlr4-runtime.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/scanner.h"

namespace upgraph::syntax {

class DeclarationTokens;

class SpecToken final : public antlr4::Token {
 public:
  SpecToken(const DeclarationTokens* owner, const ScannedToken& token)
      : owner_(owner), begin_(token.begin), end_(token.end), type_(token.type) {}
  SpecToken(const DeclarationTokens* owner, uint32_t end_of_file)
      : owner_(owner), begin_(end_of_file), end_(end_of_file), type_(UINT32_MAX) {}

  uint32_t begin() const { return begin_; }
  uint32_t end() const { return end_; }

  std::string getText() const override;
  size_t getType() const override { return type_ == UINT32_MAX ? EOF : type_; }
  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() const override { return begin_; }
  size_t getChannel() const override { return DEFAULT_CHANNEL; }
  size_t getTokenIndex() const override;
  size_t getStartIndex() const override { return begin_; }
  size_t getStopIndex() const override { return end_ - 1; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  antlr4::CharStream* getInputStream() const override { return nullptr; }
  std::string toString() const override { return getText(); }

 private:
  const DeclarationTokens* owner_;
  uint32_t begin_;
  uint32_t end_;
  uint32_t type_;
};

class DeclarationTokens final : public antlr4::TokenStream {
 public:
  // The last token may be a newline; the end of the file is added behind it.
  DeclarationTokens(std::string_view text, const std::vector<ScannedToken>& tokens);

  std::string_view text() const { return text_; }
  const std::vector<SpecToken>& tokens() const { return tokens_; }

  antlr4::Token* LT(ssize_t k) override;
  antlr4::Token* get(size_t index) const override;
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval&) override { return ""; }
  std::string getText() override { return ""; }
  std::string getText(antlr4::RuleContext*) override { return ""; }
  std::string getText(antlr4::Token*, antlr4::Token*) override { return ""; }
  void consume() override;
  size_t LA(ssize_t i) override;
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return at_; }
  void seek(size_t index) override { at_ = index; }
  size_t size() override { return tokens_.size(); }
  std::string getSourceName() const override { return "spec"; }

 private:
  std::string_view text_;
  std::vector<SpecToken> tokens_;
  size_t at_ = 0;
};

}  // namespace upgraph::syntax
