#include "compiler/sema/formula.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/program.h"

namespace upgraph::sema {
namespace {

std::string HandleText(const plan::Value& handle, std::string (*text_of)(const plan::Value&)) {
  std::string text = handle.text + "(";
  for (size_t i = 0; i < handle.fields.size(); ++i) {
    text += (i == 0 ? "" : ", ") + text_of(handle.fields[i].value);
  }
  return text + ")";
}

class Evaluator {
 public:
  Evaluator(const Program& program, Evaluation* evaluation)
      : program_(program), evaluation_(*evaluation) {}

  plan::Value Run(const Formula& formula, const std::vector<plan::Field>& arguments) {
    if (evaluation_.steps_left == 0 || evaluation_.depth_left == 0) {
      Fail({diagnostics::Kind::kTooLarge, "this takes too many calls of functions to work out"});
      return {};
    }
    --evaluation_.steps_left;
    --evaluation_.depth_left;
    plan::Value value = Value(formula, arguments);
    ++evaluation_.depth_left;
    return value;
  }

 private:
  plan::Value Value(const Formula& formula, const std::vector<plan::Field>& arguments);
  std::vector<plan::Value> Operands(const Formula& formula,
                                    const std::vector<plan::Field>& arguments);
  plan::Value Text(const Formula& formula, const std::vector<plan::Value>& parts);
  plan::Value Map(const std::vector<plan::Value>& parts);
  plan::Value Call(const Formula& formula, const std::vector<plan::Field>& outer);
  plan::Value Checked(const Type& type, plan::Value value);
  void Fail(Fault fault) {
    if (evaluation_.fault.message.empty()) {
      evaluation_.fault = std::move(fault);
    }
  }

  const Program& program_;
  Evaluation& evaluation_;
};

std::vector<plan::Value> Evaluator::Operands(const Formula& formula,
                                             const std::vector<plan::Field>& arguments) {
  std::vector<plan::Value> values;
  values.reserve(formula.operands.size());
  for (const Formula& operand : formula.operands) {
    // A list that is written out may be long; what is not worked out does not count.
    values.push_back(operand.is_constant() ? operand.constant : Run(operand, arguments));
  }
  return values;
}

// Joins texts; as soon as one of them is a template, all are.
plan::Value Evaluator::Text(const Formula& formula, const std::vector<plan::Value>& parts) {
  plan::Value joined;
  joined.kind = ValueKindOf(formula.type.kind);
  for (const plan::Value& part : parts) {
    joined.is_template = joined.is_template || HasTemplate(part);
  }
  for (const plan::Value& part : parts) {
    joined.text += joined.is_template ? CanonicalTemplate(part) : CanonicalText(part);
  }
  if (joined.text.size() > kTextBytesMax) {
    joined.text.resize(kTextBytesMax);
    Fail({diagnostics::Kind::kTooLarge,
          fmt::format("this text has more than {} KiB", kTextBytesMax >> 10)});
  }
  return joined;
}

plan::Value Evaluator::Map(const std::vector<plan::Value>& parts) {
  plan::Value map;
  map.kind = plan::ValueKind::kMap;
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    if (HasTemplate(parts[i])) {
      Fail({diagnostics::Kind::kNotConstant,
            "the key of a map cannot wait for the host, it must be known"});
    }
    map.fields.push_back({parts[i].text, parts[i + 1]});
  }
  std::stable_sort(map.fields.begin(), map.fields.end(),
                   [](const plan::Field& a, const plan::Field& b) { return a.name < b.name; });
  for (size_t i = 1; i < map.fields.size(); ++i) {
    if (map.fields[i].name == map.fields[i - 1].name) {
      Fail({diagnostics::Kind::kDuplicateArgument,
            fmt::format("key \"{}\" is given twice in this map", map.fields[i].name)});
    }
  }
  return map;
}

plan::Value Evaluator::Call(const Formula& formula, const std::vector<plan::Field>& outer) {
  std::vector<plan::Field> arguments;
  for (const Formula& operand : formula.operands) {
    plan::Value value = operand.kind == FormulaKind::kDefault
                            ? Checked(operand.type, Run(*operand.body, arguments))
                            : Run(operand, outer);
    arguments.push_back({"", std::move(value)});
  }
  return Checked(formula.type, Run(*formula.body, arguments));
}

// What is worked out is judged as a literal of its type is.
plan::Value Evaluator::Checked(const Type& type, plan::Value value) {
  if (auto fault = FindTextFault(program_, type.kind, value.text)) {
    Fail({diagnostics::Kind::kWrongText,
          fmt::format("{} comes out, which is no `{}`: {}", plan::FormatValue(value),
                      TypeName(type), *fault)});
  }
  return value;
}

plan::Value Evaluator::Value(const Formula& formula, const std::vector<plan::Field>& arguments) {
  switch (formula.kind) {
    case FormulaKind::kConstant:
      return formula.constant;
    case FormulaKind::kParameter:
      UPGRAPH_CHECK(formula.parameter < arguments.size());
      return arguments[formula.parameter].value;
    case FormulaKind::kMember:
      return MemberOf(Run(formula.operands[0], arguments), formula.member, program_.configs);
    case FormulaKind::kOperation: {
      Fault fault;
      plan::Value value =
          Operate(formula.operation, Operands(formula, arguments), program_.product, &fault);
      Fail(std::move(fault));
      if (formula.operation == Operation::kKeys) {
        for (plan::Field& key : value.fields) {
          key.value.kind = ValueKindOf(formula.type.element);
        }
      }
      return value;
    }
    case FormulaKind::kCall:
      return Call(formula, arguments);
    case FormulaKind::kDefault:
      return {};  // worked out by its call
    case FormulaKind::kText:
      return Text(formula, Operands(formula, arguments));
    case FormulaKind::kList: {
      plan::Value list;
      list.kind = plan::ValueKind::kList;
      for (plan::Value& value : Operands(formula, arguments)) {
        list.fields.push_back({"", std::move(value)});
      }
      return list;
    }
    case FormulaKind::kMap:
      return Map(Operands(formula, arguments));
    case FormulaKind::kAnything:
      return plan::Value{};
  }
  UPGRAPH_UNREACHABLE("formula kind");
}

}  // namespace

Formula Formula::Constant(Type type, plan::Value value) {
  Formula formula;
  formula.type = std::move(type);
  formula.constant = std::move(value);
  return formula;
}

plan::Value MemberOf(const plan::Value& value, const std::string& member,
                     const std::vector<plan::Config>& configs) {
  if (value.kind == plan::ValueKind::kHandle) {
    const plan::Value* found = FindField(value.fields, member);
    return found == nullptr ? plan::Value{} : *found;
  }
  if (value.kind == plan::ValueKind::kConfig) {
    for (const plan::Config& config : configs) {
      if (config.name == value.text) {
        return MemberOf(config.handle, member, configs);
      }
    }
  }
  if (value.kind == plan::ValueKind::kKey) {
    plan::Value result;
    if (member == "name") {
      result.kind = plan::ValueKind::kString;
      result.text = value.text;
    } else if (member == "config") {
      const plan::Value* config = FindField(value.fields, "config");
      result.kind = plan::ValueKind::kConfig;
      result.text = config == nullptr ? "" : config->text;
    }
    return result;
  }
  return plan::Value{};
}

const plan::Value* FindGiven(const Formula& formula, const std::vector<plan::Field>& arguments) {
  if (formula.is_constant()) {
    return &formula.constant;
  }
  if (formula.kind == FormulaKind::kParameter) {
    UPGRAPH_CHECK(formula.parameter < arguments.size());
    return &arguments[formula.parameter].value;
  }
  return nullptr;
}

plan::Value Evaluate(const Formula& formula, const std::vector<plan::Field>& arguments,
                     const Program& program, Evaluation* evaluation) {
  // What most formulas are.
  if (const plan::Value* given = FindGiven(formula, arguments)) {
    return *given;
  }
  Evaluation unasked;
  return Evaluator(program, evaluation == nullptr ? &unasked : evaluation).Run(formula, arguments);
}

std::string CanonicalTemplate(const plan::Value& value) {
  if (value.kind == plan::ValueKind::kHandle || value.kind == plan::ValueKind::kSecret) {
    return HandleText(value, CanonicalTemplate);
  }
  return value.is_template ? value.text : EscapeTemplate(CanonicalText(value));
}

std::string CanonicalText(const plan::Value& value) {
  switch (value.kind) {
    case plan::ValueKind::kString:
    case plan::ValueKind::kVersion:
    case plan::ValueKind::kPath:
    case plan::ValueKind::kPayload:
    case plan::ValueKind::kUrl:
    case plan::ValueKind::kUnitName:
    case plan::ValueKind::kKey:
    case plan::ValueKind::kConfig:
    case plan::ValueKind::kTemporary:
      return value.text;
    case plan::ValueKind::kSecret:
    case plan::ValueKind::kHandle:
      return HandleText(value, CanonicalText);
    case plan::ValueKind::kNone:
      return "*";
    case plan::ValueKind::kBool:
    case plan::ValueKind::kInt:
    case plan::ValueKind::kFloat:
    case plan::ValueKind::kDuration:
    case plan::ValueKind::kSize:
    case plan::ValueKind::kPercent:
    case plan::ValueKind::kList:
    case plan::ValueKind::kMap:
      return plan::FormatValue(value);
  }
  UPGRAPH_UNREACHABLE("value kind");
}

std::vector<plan::Value> EvaluateCommand(const std::vector<Formula>& words,
                                         const std::vector<plan::Field>& arguments,
                                         const Program& program) {
  std::vector<plan::Value> command;
  for (const Formula& word : words) {
    plan::Value value = Evaluate(word, arguments, program);
    if (value.kind == plan::ValueKind::kSecret || value.kind == plan::ValueKind::kTemporary) {
      command.push_back(std::move(value));  // a reference, until the command runs
      continue;
    }
    plan::Value text;
    text.kind = plan::ValueKind::kString;
    text.is_template = HasTemplate(value);
    text.text = text.is_template ? CanonicalTemplate(value) : CanonicalText(value);
    command.push_back(std::move(text));
  }
  return command;
}

bool HasTemplate(const plan::Value& value) {
  if (value.is_template) {
    return true;
  }
  for (const plan::Field& field : value.fields) {
    if (HasTemplate(field.value)) {
      return true;
    }
  }
  return false;
}

std::string EscapeTemplate(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    escaped += c;
    if (c == '$') {
      escaped += '$';
    }
  }
  return escaped;
}

}  // namespace upgraph::sema
