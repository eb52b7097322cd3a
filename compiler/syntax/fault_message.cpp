#include "compiler/syntax/fault_message.h"

#include <UpgraphParser.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace upgraph::syntax {
namespace {

using generated::UpgraphParser;

// A longer text is cut in a message; the excerpt shows all of it.
constexpr size_t kShownBytesMax = 40;

bool Expects(const SyntaxFault& fault, size_t type) { return fault.expected.contains(type); }

bool IsIn(const SyntaxFault& fault, size_t rule) {
  return std::find(fault.rules.begin(), fault.rules.end(), rule) != fault.rules.end();
}

// The open part of what is expected, or empty: signs are listed apart.
std::string ExpectedThing(const SyntaxFault& fault) {
  size_t rule = fault.rules.empty() ? SIZE_MAX : fault.rules[0];
  if (Expects(fault, UpgraphParser::PARALLEL) && Expects(fault, UpgraphParser::NUMBER)) {
    return "a statement";
  }
  if (Expects(fault, UpgraphParser::IMPORT) && !Expects(fault, UpgraphParser::WORD)) {
    return "a declaration";
  }
  if (Expects(fault, UpgraphParser::NUMBER)) {
    return "a value";
  }
  if (!Expects(fault, UpgraphParser::WORD)) {
    return rule == UpgraphParser::RuleText ? "a text" : "";
  }
  if (rule == UpgraphParser::RuleItemBlock) {
    return IsIn(fault, UpgraphParser::RuleUpgradeDeclaration) ? "a phase or a property"
                                                              : "a property";
  }
  if (rule == UpgraphParser::RulePropertyBlock) {
    return "a property";
  }
  if (Expects(fault, UpgraphParser::LEFT_BRACKET) || rule == UpgraphParser::RuleTypeName) {
    return "a type";
  }
  if (rule == UpgraphParser::RuleConfigDeclaration && Expects(fault, UpgraphParser::RIGHT_BRACE)) {
    return "a key";
  }
  bool is_parameter =
      rule == UpgraphParser::RuleCallableDeclaration &&
      (Expects(fault, UpgraphParser::RIGHT_PAREN) || Expects(fault, UpgraphParser::COMMA));
  return is_parameter ? "a parameter" : "a name";
}

std::vector<std::string> ExpectedSigns(const SyntaxFault& fault, bool has_thing) {
  struct Sign {
    size_t type;
    const char* text;
    bool is_minor;  // said only when nothing else is expected
  };
  static constexpr Sign kSigns[] = {
      {UpgraphParser::LEFT_PAREN, "`(`", false},  {UpgraphParser::COLON, "`:`", false},
      {UpgraphParser::EQUALS, "`=`", false},      {UpgraphParser::IN, "`in`", false},
      {UpgraphParser::UP_TO, "`..<`", false},     {UpgraphParser::ARROW, "`->`", false},
      {UpgraphParser::AFTER, "`after`", true},    {UpgraphParser::WITHIN, "`within`", false},
      {UpgraphParser::HOLD, "`hold`", false},     {UpgraphParser::COMMA, "`,`", false},
      {UpgraphParser::RIGHT_PAREN, "`)`", false}, {UpgraphParser::RIGHT_BRACKET, "`]`", false},
      {UpgraphParser::LEFT_BRACE, "`{`", false},  {UpgraphParser::DOT, "`.`", true},
      {UpgraphParser::PLUS, "an operator", true},
  };
  bool starts_value = Expects(fault, UpgraphParser::NUMBER);
  std::vector<std::string> signs;
  std::vector<std::string> minor;
  for (const Sign& sign : kSigns) {
    bool is_part_of_thing = starts_value && sign.type == UpgraphParser::LEFT_PAREN;
    bool is_name =
        has_thing && (sign.type == UpgraphParser::AFTER || sign.type == UpgraphParser::WITHIN ||
                      sign.type == UpgraphParser::HOLD || sign.type == UpgraphParser::IN);
    // Where any operator may stand, these two are no news, but for the range of an upgrade.
    bool is_operator =
        Expects(fault, UpgraphParser::PLUS) &&
        (sign.type == UpgraphParser::IN || (sign.type == UpgraphParser::UP_TO &&
                                            !IsIn(fault, UpgraphParser::RuleUpgradeDeclaration)));
    if (Expects(fault, sign.type) && !is_part_of_thing && !is_name && !is_operator) {
      (sign.is_minor ? minor : signs).push_back(sign.text);
    }
  }
  bool ends_line = Expects(fault, UpgraphParser::NEWLINE) || Expects(fault, antlr4::Token::EOF);
  if (ends_line) {
    signs.push_back("the end of the line");
  } else if (Expects(fault, UpgraphParser::RIGHT_BRACE)) {
    signs.push_back("`}`");
  }
  return signs.empty() && !has_thing ? minor : signs;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == parts.size() ? " or " : ", ") + parts[i];
  }
  return text;
}

// How the thing at hand is written, where one example says more than a list of signs.
std::string FormOf(const SyntaxFault& fault) {
  for (size_t rule : fault.rules) {
    switch (rule) {
      case UpgraphParser::RuleText:
        return IsIn(fault, UpgraphParser::RuleStatement) && !Expects(fault, UpgraphParser::WORD)
                   ? "what is kept and what commits has a reason: `keep token \"why\"`, `commit "
                     "\"why\"`"
                   : "";
      case UpgraphParser::RuleConfigKey:
      case UpgraphParser::RuleKeyName:
        return "a key is written `server.listen : String = \"0.0.0.0\"`";
      case UpgraphParser::RuleParameter:
        return "a parameter is written `path: Path`, or with a default `status: Int = 200`";
      case UpgraphParser::RuleBlockStatement:
        if (Expects(fault, UpgraphParser::IN) && !Expects(fault, UpgraphParser::PLUS)) {
          return "`for` is written `for path: Path in [\"/srv/a\", \"/srv/b\"] { … }`";
        }
        if (Expects(fault, UpgraphParser::WORD) && Expects(fault, UpgraphParser::LEFT_BRACE)) {
          return "`for` is written `for path: Path in [\"/srv/a\"] { … }`, over what the host "
                 "gives "
                 "`for path in logs max 64 { … }`";
        }
        return Expects(fault, UpgraphParser::WITHIN)
                   ? "a lock is written `lock files.lock(\"/var/lib\") within 30s hold 5m { … }`"
                   : "";
      case UpgraphParser::RuleLetDeclaration:
      case UpgraphParser::RuleStatement:
        return fault.rules[0] == rule && Expects(fault, UpgraphParser::EQUALS)
                   ? "a value is named by `let name = value`"
                   : "";
      case UpgraphParser::RuleUpgradeDeclaration:
        return Expects(fault, UpgraphParser::ARROW) || Expects(fault, UpgraphParser::LEFT_BRACE)
                   ? "an upgrade is written `upgrade v4.8 ..< v5.0 -> v5.0.0 { … }`"
                   : "";
      case UpgraphParser::RuleConfigDeclaration:
        return "a configuration is written `config name = config.ini(\"/etc/x.ini\") { … }`";
      case UpgraphParser::RuleProductDeclaration:
        return "a product is written `product name { … }`";
      case UpgraphParser::RuleCallableDeclaration:
        return Expects(fault, UpgraphParser::LEFT_PAREN)
                   ? "a step is declared by `step name(parameter: Type) { … }`"
                   : "";
      default:
        break;
    }
  }
  return "";
}

bool Follows(const SyntaxFault& fault, const DeclarationTokens& tokens, size_t type) {
  return fault.token_index > 0 && tokens.tokens()[fault.token_index - 1].getType() == type;
}

// What a sign was most likely meant to be, where the rule at hand does not say it.
std::string SignHint(const SyntaxFault& fault, const DeclarationTokens& tokens, size_t type) {
  bool is_in_call =
      IsIn(fault, UpgraphParser::RulePlainOperand) &&
      (Expects(fault, UpgraphParser::RIGHT_PAREN) || Expects(fault, UpgraphParser::RIGHT_BRACKET));
  if (type == UpgraphParser::EQUALS && is_in_call) {
    return "an argument with a name is written `name: value`";
  }
  if (is_in_call && !Expects(fault, UpgraphParser::NUMBER) &&
      Expects(fault, UpgraphParser::COMMA)) {
    return "values are separated by `,`";
  }
  bool touches_number =
      (type == UpgraphParser::DOT && Follows(fault, tokens, UpgraphParser::NUMBER)) ||
      (type == UpgraphParser::DOT && Expects(fault, UpgraphParser::NUMBER));
  if (touches_number) {
    return "a number has digits on both sides of its `.`";
  }
  bool is_odd = type == UpgraphParser::MINUS || type == UpgraphParser::NUMBER;
  bool is_in_key = IsIn(fault, UpgraphParser::RuleKeyName) ||
                   (!fault.rules.empty() && fault.rules[0] == UpgraphParser::RuleConfigKey);
  if (is_odd && (is_in_key || Follows(fault, tokens, UpgraphParser::DOT))) {
    return "a name that is not one word is quoted: `settings.\"max-conn\"`";
  }
  return "";
}

// What is meant by a sign that ends a line too early.
std::string LineHint(const SyntaxFault& fault, size_t type) {
  if (!Expects(fault, UpgraphParser::NEWLINE)) {
    return "";
  }
  bool is_statement = IsIn(fault, UpgraphParser::RuleStatement);
  if (is_statement && type == UpgraphParser::EQUALS) {
    return "a value is named by `let name = value`";
  }
  if (is_statement && type == UpgraphParser::LEFT_BRACE) {
    return "blocks are `parallel { … }`, `block { … }`, `lock … { … }`, "
           "`for … in … { … }`, `when … { … }` and `gate … { … }`";
  }
  bool is_item = IsIn(fault, UpgraphParser::RuleItem) || IsIn(fault, UpgraphParser::RuleProperty);
  if (is_item && !is_statement && (type == UpgraphParser::COLON || type == UpgraphParser::EQUALS)) {
    return "a property is a word and its values: `window 1h`";
  }
  return "";
}

std::string HintFor(const SyntaxFault& fault, const DeclarationTokens& tokens, size_t type,
                    std::string_view text) {
  std::string hint = SignHint(fault, tokens, type);
  if (hint.empty() && IsReserved(type) && Expects(fault, UpgraphParser::WORD)) {
    hint = fmt::format("`{}` is reserved; a name may be any other word", text);
  }
  if (hint.empty()) {
    hint = LineHint(fault, type);
  }
  return hint.empty() ? FormOf(fault) : hint;
}

}  // namespace

bool IsReserved(size_t token_type) {
  return token_type >= UpgraphParser::LET && token_type <= UpgraphParser::NOT;
}

std::string DescribeToken(size_t type, std::string_view text) {
  if (type == antlr4::Token::EOF) {
    return "the end of the file";
  }
  if (type == UpgraphParser::NEWLINE) {
    return "the end of the line";
  }
  if (IsReserved(type)) {
    return fmt::format("the reserved word `{}`", text);
  }
  if (text.size() > kShownBytesMax) {
    size_t end = kShownBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
      --end;
    }
    return fmt::format("`{}…`", text.substr(0, end));
  }
  return fmt::format("`{}`", text);
}

namespace {

// Whether the innermost rule is a block, which means that one of its lines would begin here.
bool StartsLine(const SyntaxFault& fault) {
  size_t rule = fault.rules.empty() ? SIZE_MAX : fault.rules[0];
  return rule == UpgraphParser::RuleStatementBlock || rule == UpgraphParser::RuleStatementLine ||
         rule == UpgraphParser::RulePropertyBlock || rule == UpgraphParser::RuleItemBlock ||
         rule == UpgraphParser::RuleConfigDeclaration;
}

}  // namespace

FaultMessage DescribeFault(const SyntaxFault& fault, const DeclarationTokens& tokens) {
  const SpecToken& token = tokens.tokens()[fault.token_index];
  std::string_view text = tokens.text().substr(token.begin(), token.end() - token.begin());
  std::vector<std::string> expected;
  std::string thing = ExpectedThing(fault);
  if (!thing.empty()) {
    expected.push_back(thing);
  }
  // Where a line of a block begins, its end and that of the block are no news.
  bool is_line_of_block = Expects(fault, UpgraphParser::RIGHT_BRACE) && StartsLine(fault);
  if (!is_line_of_block) {
    for (std::string& sign : ExpectedSigns(fault, !thing.empty())) {
      expected.push_back(std::move(sign));
    }
  }
  return {
      fmt::format("found {}, expected {}", DescribeToken(token.getType(), text), Join(expected)),
      HintFor(fault, tokens, token.getType(), text)};
}

}  // namespace upgraph::syntax
