#include "compiler/syntax/line_reader.h"

#include <algorithm>
#include <utility>

namespace upgraph::syntax {
namespace {

// In UpgraphLexer.g4 the reserved words come first, then the words with a meaning in some places,
// then everything else.
bool IsPlainName(size_t type) {
  return type == UpgraphParser::WORD ||
         (type >= UpgraphParser::AFTER && type < UpgraphParser::VERSION);
}

bool IsAnyName(size_t type) {
  return type == UpgraphParser::WORD || (type != 0 && type < UpgraphParser::VERSION);
}

bool IsLiteral(size_t type) {
  switch (type) {
    case UpgraphParser::TEXT:
    case UpgraphParser::RAW_TEXT:
    case UpgraphParser::NUMBER:
    case UpgraphParser::VERSION:
    case UpgraphParser::QUOTED_VERSION:
    case UpgraphParser::TRUE:
    case UpgraphParser::FALSE:
    case UpgraphParser::ON:
    case UpgraphParser::OFF:
      return true;
    default:
      return false;
  }
}

// A new element at the end, or null when the list is.
template <typename T>
T* AddTo(ast::List<T>* list) {
  return list == nullptr ? nullptr : &list->emplace_back();
}

}  // namespace

std::optional<LineReader::Line> LineReader::ReadStatement(TokenRange line) {
  at_ = line.begin;
  end_ = line.end;
  if (!Statement(nullptr)) {
    return std::nullopt;
  }
  at_ = line.begin;
  std::optional<Line> read(std::in_place);
  Statement(&*read);
  return read;
}

bool LineReader::IsKey(TokenRange line) {
  at_ = line.begin;
  end_ = line.end;
  return Key(nullptr);
}

ast::ConfigKey LineReader::ReadKey(TokenRange line) {
  at_ = line.begin;
  end_ = line.end;
  ast::ConfigKey key;
  Key(&key);
  return key;
}

bool LineReader::Statement(Line* line) {
  ast::Statement* statement = line == nullptr ? nullptr : &line->statement;
  if (type() == UpgraphParser::LET) {
    return Let(statement) && IsAtEnd();
  }
  if (IsPlainName(type()) && TypeAhead() == UpgraphParser::COLON) {
    Word(IsPlainName, statement == nullptr ? nullptr : &statement->label.emplace());
    ++at_;
  }
  if (type() == UpgraphParser::PARALLEL || type() == UpgraphParser::BLOCK) {
    return Block(statement) && Body(line) && IsAtEnd();
  }
  if (type() == UpgraphParser::LOCK) {
    return Lock(statement) && Body(line) && IsAtEnd();
  }
  return Call(statement) && After(statement == nullptr ? nullptr : &statement->after) && IsAtEnd();
}

bool LineReader::Call(ast::Statement* statement) {
  if (!IsPlainName(type()) || !NameOrCall(statement == nullptr ? nullptr : &statement->call)) {
    return false;
  }
  if (statement != nullptr) {
    statement->kind = ast::StatementKind::kCall;
    statement->range = statement->call.range;
  }
  return true;
}

bool LineReader::Let(ast::Statement* statement) {
  const size_t begin = at_++;
  ast::Let* let = statement == nullptr ? nullptr : &statement->let.emplace();
  if (!Word(IsPlainName, let == nullptr ? nullptr : &let->name) || !Take(UpgraphParser::EQUALS) ||
      !Value(let == nullptr ? nullptr : &let->value)) {
    return false;
  }
  if (statement != nullptr) {
    statement->kind = ast::StatementKind::kLet;
    statement->range = Range(begin, at_);
  }
  return true;
}

bool LineReader::Block(ast::Statement* statement) {
  if (statement != nullptr) {
    statement->kind = type() == UpgraphParser::PARALLEL ? ast::StatementKind::kParallel
                                                        : ast::StatementKind::kBlock;
    statement->range = Range(at_, at_ + 1);
  }
  ++at_;
  return true;
}

bool LineReader::Lock(ast::Statement* statement) {
  const size_t begin = at_++;
  do {
    if (!Value(AddTo(statement == nullptr ? nullptr : &statement->locks))) {
      return false;
    }
  } while (Take(UpgraphParser::COMMA));
  // Each once; what the second one of a kind means is said elsewhere.
  size_t last_bound = 0;
  while (type() == UpgraphParser::WITHIN || type() == UpgraphParser::HOLD) {
    const size_t bound = type();
    ++at_;
    ast::Expr* value = nullptr;
    if (statement != nullptr) {
      value = &(bound == UpgraphParser::WITHIN ? statement->within : statement->hold).emplace();
    }
    if (last_bound == bound || last_bound > UpgraphParser::VERSION || !Value(value)) {
      return false;
    }
    last_bound = last_bound == 0 ? bound : SIZE_MAX;
  }
  if (statement != nullptr) {
    statement->kind = ast::StatementKind::kLock;
    statement->range = Range(begin, at_);
  }
  return true;
}

// The braces match: the scanner has seen to it.
bool LineReader::Body(Line* line) {
  if (!Take(UpgraphParser::LEFT_BRACE)) {
    return false;
  }
  const size_t begin = at_;
  for (size_t depth = 1; depth > 0; ++at_) {
    if (at_ == end_) {
      return false;
    }
    depth += type() == UpgraphParser::LEFT_BRACE ? 1 : 0;
    depth -= type() == UpgraphParser::RIGHT_BRACE ? 1 : 0;
  }
  if (line != nullptr) {
    line->has_body = true;
    line->body = {begin, at_};
  }
  return true;
}

bool LineReader::After(ast::List<ast::Name>* labels) {
  if (!Take(UpgraphParser::AFTER)) {
    return true;
  }
  do {
    if (!Word(IsPlainName, AddTo(labels))) {
      return false;
    }
  } while (Take(UpgraphParser::COMMA));
  return true;
}

// One without operators. What follows it decides whether it is a whole expression: nobody goes on
// before an operator.
bool LineReader::Value(ast::Expr* expr) {
  if (IsLiteral(type())) {
    if (expr != nullptr) {
      *expr = expressions_.ReadLiteral(type(), Range(at_, at_ + 1));
    }
    ++at_;
    return true;
  }
  if (type() == UpgraphParser::LEFT_BRACKET) {
    return List(expr);
  }
  return IsPlainName(type()) && NameOrCall(expr);
}

bool LineReader::List(ast::Expr* expr) {
  const size_t begin = at_++;
  while (type() != UpgraphParser::RIGHT_BRACKET) {
    if (!Value(AddTo(expr == nullptr ? nullptr : &expr->operands))) {
      return false;
    }
    if (!Take(UpgraphParser::COMMA) && type() != UpgraphParser::RIGHT_BRACKET) {
      return false;
    }
  }
  ++at_;
  if (expr != nullptr) {
    expr->kind = ast::ExprKind::kList;
    expr->range = Range(begin, at_);
  }
  return true;
}

bool LineReader::NameOrCall(ast::Expr* expr) {
  const size_t begin = at_;
  auto* parts = expr == nullptr ? nullptr : &expr->name.parts;
  if (parts != nullptr) {
    parts->reserve(2);
  }
  Word(IsPlainName, AddTo(parts));
  while (Take(UpgraphParser::DOT)) {
    if (!Word(IsAnyName, AddTo(parts))) {
      return false;
    }
  }
  if (expr != nullptr) {
    expr->kind = ast::ExprKind::kName;
    expr->name.range = Range(begin, at_);
  }
  if (Take(UpgraphParser::LEFT_PAREN)) {
    while (type() != UpgraphParser::RIGHT_PAREN) {
      if (!Argument(AddTo(expr == nullptr ? nullptr : &expr->arguments))) {
        return false;
      }
      if (!Take(UpgraphParser::COMMA) && type() != UpgraphParser::RIGHT_PAREN) {
        return false;
      }
    }
    ++at_;
    if (expr != nullptr) {
      expr->kind = ast::ExprKind::kCall;
    }
  }
  if (expr != nullptr) {
    expr->range = Range(begin, at_);
  }
  return true;
}

bool LineReader::Argument(ast::Argument* argument) {
  if (IsPlainName(type()) && TypeAhead() == UpgraphParser::COLON) {
    Word(IsPlainName, argument == nullptr ? nullptr : &argument->name.emplace());
    ++at_;
  }
  return Value(argument == nullptr ? nullptr : &argument->value);
}

// `name.part : Type in unit = value  since v5.0, becomes other`. Types of one word, which begin
// with a capital: what else there may be is up to the grammar.
bool LineReader::Key(ast::ConfigKey* key) {
  const size_t begin = at_;
  do {
    if (!Word(IsAnyName, AddTo(key == nullptr ? nullptr : &key->name.parts))) {
      return false;
    }
  } while (Take(UpgraphParser::DOT));
  if (key != nullptr) {
    key->name.range = Range(begin, at_);
  }
  if (!Take(UpgraphParser::COLON) || type() != UpgraphParser::WORD) {
    return false;
  }
  const char first = expressions_.Text(Range(at_, at_ + 1)).front();
  if (first < 'A' || first > 'Z') {
    return false;
  }
  if (key != nullptr) {
    key->type.range = Range(at_, at_ + 1);
  }
  Word(IsPlainName, key == nullptr ? nullptr : &key->type.name);
  if (Take(UpgraphParser::IN) &&
      !Word(IsAnyName, key == nullptr ? nullptr : &key->unit.emplace())) {
    return false;
  }
  if (Take(UpgraphParser::EQUALS) &&
      !Value(key == nullptr ? nullptr : &key->default_value.emplace())) {
    return false;
  }
  return Attributes(key == nullptr ? nullptr : &key->attributes) && IsAtEnd();
}

bool LineReader::Attributes(ast::List<ast::List<ast::Expr>>* attributes) {
  while (!IsAtEnd()) {
    auto* items = AddTo(attributes);
    do {
      if (!Value(AddTo(items))) {
        return false;
      }
    } while (!IsAtEnd() && type() != UpgraphParser::COMMA);
    if (Take(UpgraphParser::COMMA) && IsAtEnd()) {
      return false;
    }
  }
  return true;
}

bool LineReader::IsAtEnd() const {
  return at_ + 1 >= end_ &&
         (at_ == end_ || type() == UpgraphParser::NEWLINE || type() == UpgraphParser::RIGHT_BRACE);
}

bool LineReader::Take(size_t wanted) {
  if (at_ == end_ || type() != wanted) {
    return false;
  }
  ++at_;
  return true;
}

bool LineReader::Word(bool (*is_word)(size_t type), ast::Name* name) {
  if (!is_word(type())) {
    return false;
  }
  if (name != nullptr) {
    name->range = Range(at_, at_ + 1);
    name->text = expressions_.Text(name->range);
  }
  ++at_;
  return true;
}

source::SourceRange LineReader::Range(size_t begin, size_t end) const {
  return expressions_.Range(tokens_[begin].begin, tokens_[end - 1].end);
}

}  // namespace upgraph::syntax
