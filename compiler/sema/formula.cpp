#include "compiler/sema/formula.h"

#include <utility>

namespace upgraph::sema {
namespace {

// Joins texts; as soon as one of them is a template, all are.
plan::Value JoinTexts(const Formula& formula, const std::vector<plan::Field>& arguments,
                      const std::vector<plan::Config>& configs) {
  std::vector<plan::Value> parts;
  plan::Value joined;
  joined.kind = ValueKindOf(formula.type.kind);
  for (const Formula& operand : formula.operands) {
    parts.push_back(Evaluate(operand, arguments, configs));
    joined.is_template = joined.is_template || HasTemplate(parts.back());
  }
  for (const plan::Value& part : parts) {
    joined.text += joined.is_template ? CanonicalTemplate(part) : CanonicalText(part);
  }
  return joined;
}

std::string HandleText(const plan::Value& handle, std::string (*text_of)(const plan::Value&)) {
  std::string text = handle.text + "(";
  for (size_t i = 0; i < handle.fields.size(); ++i) {
    text += (i == 0 ? "" : ", ") + text_of(handle.fields[i].value);
  }
  return text + ")";
}

plan::Value Add(plan::Value left, const plan::Value& right) {
  if (__builtin_add_overflow(left.number, right.number, &left.number)) {
    left.number = INT64_MAX;
  }
  left.real += right.real;
  return left;
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

plan::Value Evaluate(const Formula& formula, const std::vector<plan::Field>& arguments,
                     const std::vector<plan::Config>& configs) {
  switch (formula.kind) {
    case FormulaKind::kConstant:
      return formula.constant;
    case FormulaKind::kParameter:
      UPGRAPH_CHECK(formula.parameter < arguments.size());
      return arguments[formula.parameter].value;
    case FormulaKind::kMember:
      return MemberOf(Evaluate(formula.operands[0], arguments, configs), formula.member, configs);
    case FormulaKind::kSum:
      return Add(Evaluate(formula.operands[0], arguments, configs),
                 Evaluate(formula.operands[1], arguments, configs));
    case FormulaKind::kText:
      return JoinTexts(formula, arguments, configs);
    case FormulaKind::kList: {
      plan::Value list;
      list.kind = plan::ValueKind::kList;
      for (const Formula& operand : formula.operands) {
        list.fields.push_back({"", Evaluate(operand, arguments, configs)});
      }
      return list;
    }
    case FormulaKind::kAnything:
      return plan::Value{};
  }
  UPGRAPH_UNREACHABLE("formula kind");
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
                                         const std::vector<plan::Config>& configs) {
  std::vector<plan::Value> command;
  for (const Formula& word : words) {
    plan::Value value = Evaluate(word, arguments, configs);
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
