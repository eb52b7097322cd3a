#include "compiler/ast/dump.h"

#include <fmt/format.h>

namespace upgraph::ast {
namespace {

std::string Quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else {
      result += c;
    }
  }
  return result + "\"";
}

template <typename List, typename Format>
std::string Joined(const List& list, std::string_view separator, Format format) {
  std::string text;
  bool is_first = true;
  for (const auto& item : list) {
    text += (is_first ? "" : std::string(separator)) + format(item);
    is_first = false;
  }
  return text;
}

std::string DumpParts(const List<TextPart>& parts) {
  return Joined(parts, " ", [](const TextPart& part) {
    return part.name.parts.empty() ? Quoted(part.text) : "${" + part.name.Text() + "}";
  });
}

std::string DumpArgument(const Argument& argument) {
  return (argument.name ? argument.name->text + ": " : "") + Dump(argument.value);
}

std::string DumpType(const TypeRef& type) {
  if (type.key) {
    return "[" + type.key->text + ": " + type.name.text + "]";
  }
  return (type.is_temporary ? "temporary " : "") +
         (type.is_list ? "[" + type.name.text + "]" : type.name.text);
}

std::string DumpMap(const List<Expr>& operands) {
  std::string text;
  for (size_t i = 0; i + 1 < operands.size(); i += 2) {
    text += (i == 0 ? "" : ", ") + Dump(operands[i]) + ": " + Dump(operands[i + 1]);
  }
  return "map[" + text + "]";
}

std::string DumpGroups(const List<List<Expr>>& groups) {
  auto dump = [](const Expr& expr) { return Dump(expr); };
  return Joined(groups, ", ", [&](const List<Expr>& group) { return Joined(group, " ", dump); });
}

class Dumper {
 public:
  std::string Run(const Tree& tree);

 private:
  void Line(int depth, const std::string& text) {
    text_ += std::string(static_cast<size_t>(depth) * 2, ' ') + text + "\n";
  }
  void Doc(int depth, const std::string& doc) {
    if (!doc.empty()) {
      Line(depth, "doc " + Quoted(doc));
    }
  }
  void Properties(int depth, const List<Property>& properties);
  void Key(const ConfigKey& key);
  void DeclarationLines(const Declaration& declaration);
  void LetLine(int depth, const Let& let);
  void Blocks(const std::string& word, const std::vector<ItemBlock>& blocks);
  void UpgradeLines(const Upgrade& upgrade);
  void Statements(int depth, const List<Statement>& statements);
  void StatementLines(int depth, const Statement& statement);
  void TopLines(const Tree& tree);

  std::string text_;
};

void Dumper::Properties(int depth, const List<Property>& properties) {
  for (const Property& property : properties) {
    std::string text = "property " + property.name.text;
    text += property.groups.empty() ? "" : " " + DumpGroups(property.groups);
    text += property.when ? " when " + Dump(*property.when) : "";
    Line(depth, text);
  }
}

void Dumper::Key(const ConfigKey& key) {
  std::string names =
      Joined(key.name.parts, " . ", [](const Name& part) { return Quoted(part.text); });
  std::string text = "key " + names + " : " + DumpType(key.type);
  if (key.unit) {
    text += " in " + key.unit->text;
  }
  if (key.default_value) {
    text += " = " + Dump(*key.default_value);
  }
  if (!key.attributes.empty()) {
    text += " | " + DumpGroups(key.attributes);
  }
  Line(1, text);
  Doc(2, key.doc);
}

void Dumper::LetLine(int depth, const Let& let) {
  Line(depth, fmt::format("let {}{} = {}", let.name.text,
                          let.type ? " : " + DumpType(*let.type) : "", Dump(let.value)));
  Doc(depth + 1, let.doc);
}

const char* KindWord(DeclarationKind kind) {
  switch (kind) {
    case DeclarationKind::kStep:
      return "step";
    case DeclarationKind::kFact:
      return "fact";
    case DeclarationKind::kHandle:
      return "handle";
    case DeclarationKind::kLock:
      return "lock";
    case DeclarationKind::kResource:
      return "resource";
    case DeclarationKind::kSignal:
      return "signal";
    case DeclarationKind::kFunction:
      return "function";
  }
  UPGRAPH_UNREACHABLE("declaration kind");
}

void Dumper::DeclarationLines(const Declaration& declaration) {
  std::string parameters = Joined(declaration.parameters, ", ", [](const Parameter& parameter) {
    return fmt::format("{}: {}{}", parameter.name.text, DumpType(parameter.type),
                       parameter.default_value ? " = " + Dump(*parameter.default_value) : "");
  });
  Line(0, fmt::format("{} {}({}){}{}", KindWord(declaration.kind), declaration.name.text,
                      parameters, declaration.result ? " : " + DumpType(*declaration.result) : "",
                      declaration.value ? " = " + Dump(*declaration.value) : ""));
  Doc(1, declaration.doc);
  for (const Parameter& parameter : declaration.parameters) {
    if (!parameter.doc.empty()) {
      Line(1, "doc of " + parameter.name.text + " " + Quoted(parameter.doc));
    }
  }
  Properties(1, declaration.properties);
  Blocks("block", declaration.blocks);
}

void Dumper::Blocks(const std::string& word, const std::vector<ItemBlock>& blocks) {
  for (const ItemBlock& block : blocks) {
    const std::string groups = block.groups.empty() ? "" : " " + DumpGroups(block.groups);
    Line(1, word + " " + block.name.text + groups);
    Statements(2, block.statements);
    if (block.has_else) {
      Line(1, "else");
      Statements(2, block.else_statements);
    }
  }
}

void Dumper::UpgradeLines(const Upgrade& upgrade) {
  std::string origins = Joined(upgrade.origins, ", ", [](const Origin& origin) {
    return Dump(origin.lower) + (origin.upper ? " ..< " + Dump(*origin.upper) : "");
  });
  Line(0, (upgrade.is_downgrade ? "downgrade " : "upgrade ") + origins + " -> " +
              Dump(upgrade.target));
  Doc(1, upgrade.doc);
  Properties(1, upgrade.properties);
  Blocks("phase", upgrade.phases);
}

void Dumper::Statements(int depth, const List<Statement>& statements) {
  for (const Statement& statement : statements) {
    StatementLines(depth, statement);
  }
}

void Dumper::StatementLines(int depth, const Statement& statement) {
  std::string text = statement.label ? statement.label->text + ": " : "";
  switch (statement.kind) {
    case StatementKind::kLet:
      LetLine(depth, *statement.let);
      return;
    case StatementKind::kCall:
      text += Dump(statement.call) + (statement.text ? " " + Dump(*statement.text) : "");
      break;
    case StatementKind::kEnd:
      text += "end " + statement.name->text;
      break;
    case StatementKind::kKeep:
      text += "keep " + statement.name->text + " " + Dump(*statement.text);
      break;
    case StatementKind::kCommit:
      text += "commit " + Dump(*statement.text);
      break;
    case StatementKind::kGate:
      text += "gate " + statement.name->text + " " +
              Joined(statement.clauses, ", ", [](const Property& clause) {
                return clause.name.text + " " + DumpGroups(clause.groups);
              });
      break;
    case StatementKind::kWhen:
      text += "when";
      break;
    case StatementKind::kParallel:
      text += "parallel";
      break;
    case StatementKind::kBlock:
      text += "block";
      break;
    case StatementKind::kFor:
      text += "for " + statement.variable->text +
              (statement.type ? " : " + DumpType(*statement.type) : "") + " in " +
              Dump(*statement.list) + (statement.max ? " max " + Dump(*statement.max) : "");
      break;
    case StatementKind::kLock:
      text += "lock " + Joined(statement.locks, ", ", [](const Expr& lock) { return Dump(lock); });
      text += statement.within ? " within " + Dump(*statement.within) : "";
      text += statement.hold ? " hold " + Dump(*statement.hold) : "";
      break;
  }
  if (!statement.after.empty()) {
    text += " after " + Joined(statement.after, ", ", [](const Name& name) { return name.text; });
  }
  Line(depth, text);
  for (const WhenArm& arm : statement.arms) {
    Line(depth + 1, arm.condition ? "if " + Dump(*arm.condition) : "else");
    Statements(depth + 2, arm.children);
  }
  Statements(depth + 1, statement.children);
}

void Dumper::TopLines(const Tree& tree) {
  for (const People& people : tree.people) {
    Line(0, "people " + Joined(people.names, ", ", [](const Name& name) { return name.text; }));
    Doc(1, people.doc);
  }
  for (const HostInput& input : tree.inputs) {
    Line(0, "input " + input.name.text + " : " + DumpType(input.type) +
                (input.default_value ? " = " + Dump(*input.default_value) : ""));
    Doc(1, input.doc);
  }
  for (const TypeDeclaration& type : tree.types) {
    Line(0, "type " + type.name.text);
    Doc(1, type.doc);
  }
}

std::string Dumper::Run(const Tree& tree) {
  Doc(0, tree.doc);
  for (const Import& import : tree.imports) {
    Line(0, "import " + import.name.Text());
  }
  for (const Product& product : tree.products) {
    Line(0, "product " + product.name.text);
    Doc(1, product.doc);
    Properties(1, product.properties);
  }
  for (const Config& config : tree.configs) {
    Line(0, "config " + config.name.text + " = " + Dump(config.handle));
    Doc(1, config.doc);
    for (const ConfigKey& key : config.keys) {
      Key(key);
    }
  }
  TopLines(tree);
  for (const Let& let : tree.lets) {
    LetLine(0, let);
  }
  for (const Declaration& declaration : tree.declarations) {
    DeclarationLines(declaration);
  }
  for (const Upgrade& upgrade : tree.upgrades) {
    UpgradeLines(upgrade);
  }
  for (const Test& test : tree.tests) {
    Line(0, "test " + Dump(test.name));
    Doc(1, test.doc);
    Properties(1, test.lines);
  }
  return std::move(text_);
}

}  // namespace

std::string Dump(const Tree& tree) { return Dumper().Run(tree); }

std::string Dump(const Expr& expr) {
  auto operator_text = [&](const char* sign) {
    return "(" + Dump(expr.operands[0]) + " " + sign + " " + Dump(expr.operands[1]) + ")";
  };
  switch (expr.kind) {
    case ExprKind::kError:
      return "error";
    case ExprKind::kName:
      return expr.name.Text();
    case ExprKind::kText:
      return "text(" + (expr.parts.empty() ? Quoted(expr.text) : DumpParts(expr.parts)) + ")";
    case ExprKind::kBool:
      return expr.number != 0 ? "true" : "false";
    case ExprKind::kInt:
    case ExprKind::kDuration:
    case ExprKind::kSize:
      return fmt::format("{}({})", ExprKindName(expr.kind), expr.number);
    case ExprKind::kFloat:
    case ExprKind::kPercent:
      return fmt::format("{}({})", ExprKindName(expr.kind), expr.real);
    case ExprKind::kVersion:
      return "version(" + expr.text + ")";
    case ExprKind::kList:
      return "[" + Joined(expr.operands, ", ", [](const Expr& e) { return Dump(e); }) + "]";
    case ExprKind::kCall:
      return expr.name.Text() + "(" + Joined(expr.arguments, ", ", DumpArgument) + ")";
    case ExprKind::kSum:
      return operator_text("+");
    case ExprKind::kDifference:
      return operator_text("-");
    case ExprKind::kProduct:
      return operator_text("*");
    case ExprKind::kAnything:
      return "*";
    case ExprKind::kRange:
      return operator_text("..<");
    case ExprKind::kMap:
      return DumpMap(expr.operands);
    case ExprKind::kEqual:
      return operator_text("==");
    case ExprKind::kNotEqual:
      return operator_text("!=");
    case ExprKind::kLess:
      return operator_text("<");
    case ExprKind::kLessEqual:
      return operator_text("<=");
    case ExprKind::kGreater:
      return operator_text(">");
    case ExprKind::kGreaterEqual:
      return operator_text(">=");
    case ExprKind::kIn:
      return operator_text("in");
    case ExprKind::kAnd:
      return operator_text("and");
    case ExprKind::kOr:
      return operator_text("or");
    case ExprKind::kNot:
      return "(not " + Dump(expr.operands[0]) + ")";
  }
  UPGRAPH_UNREACHABLE("expression kind");
}

}  // namespace upgraph::ast
