#include "compiler/sema/dump.h"
#include "plan/version.h"

#include <set>

#include <fmt/format.h>

namespace upgraph::sema {
namespace {

std::string FormulaText(const Formula& formula) {
  std::string parts;
  for (const Formula& operand : formula.operands) {
    parts += (parts.empty() ? "" : ", ") + FormulaText(operand);
  }
  switch (formula.kind) {
    case FormulaKind::kConstant:
      return plan::FormatValue(formula.constant);
    case FormulaKind::kParameter:
      return fmt::format("#{}", formula.parameter);
    case FormulaKind::kMember:
      return parts + "." + formula.member;
    case FormulaKind::kOperation:
      return std::string(OperationName(formula.operation)) + "(" + parts + ")";
    case FormulaKind::kCall:
      return "call(" + parts + ")";
    case FormulaKind::kDefault:
      return "default";
    case FormulaKind::kMap:
      return "map(" + parts + ")";
    case FormulaKind::kText:
      return "text(" + parts + ")";
    case FormulaKind::kList:
      return "[" + parts + "]";
    case FormulaKind::kAnything:
      return "*";
  }
  UPGRAPH_UNREACHABLE("formula kind");
}

std::string CallText(const Program& program, const Call& call) {
  std::string text = program.declaration(call.declaration_id).name + "(";
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const plan::Field& argument = call.arguments[i];
    text +=
        fmt::format("{}{}: {} = {}", i == 0 ? "" : ", ", argument.name,
                    plan::ValueKindName(argument.value.kind), plan::FormatValue(argument.value));
  }
  return text + ")";
}

// The declarations that the phases call, in the order of their ids.
void CollectUsed(const std::vector<Statement>& statements, std::set<DeclarationId>* used) {
  for (const Statement& statement : statements) {
    if (statement.kind == StatementKind::kStep) {
      used->insert(statement.call.declaration_id);
    }
    for (const Call& lock : statement.locks) {
      used->insert(lock.declaration_id);
    }
    CollectUsed(statement.children, used);
  }
}

std::string DeclarationText(const Program& program, const Declaration& declaration) {
  std::string parameters;
  for (const Parameter& parameter : declaration.parameters) {
    parameters +=
        (parameters.empty() ? "" : ", ") + parameter.name + ": " + TypeName(parameter.type);
    if (parameter.default_value) {
      parameters += " = " + FormulaText(*parameter.default_value);
    }
  }
  std::string text =
      fmt::format("{} {}({}){}\n", DeclarationKindName(declaration.kind), declaration.name,
                  parameters, declaration.native.empty() ? "" : " native");
  for (const EffectFormula& effect : declaration.step.effects) {
    std::string arguments;
    for (const Formula& formula : effect.arguments) {
      arguments += (arguments.empty() ? "" : ", ") + FormulaText(formula);
    }
    text += fmt::format("  {} {}({})\n", plan::EffectKindName(effect.kind),
                        program.declaration(effect.resource_id).name, arguments);
  }
  if (declaration.kind == DeclarationKind::kStep) {
    text += fmt::format("  reverses {}, takes {}, timeout {}\n",
                        plan::UndoClassName(declaration.step.undo),
                        FormulaText(declaration.step.takes), FormulaText(declaration.step.timeout));
  }
  return text;
}

std::string ConditionsText(const plan::Gate& gate) {
  std::string text;
  for (const plan::Condition& condition : gate.conditions) {
    text += fmt::format(" [{}: {}]", condition.title, plan::ValueKindName(condition.signal.type));
  }
  return text;
}

void AddStatements(const Program& program, const std::vector<Statement>& statements,
                   const std::string& indent, std::string* text) {
  for (const Statement& statement : statements) {
    std::string line = indent + (statement.label.empty() ? "" : statement.label + ": ");
    switch (statement.kind) {
      case StatementKind::kStep:
        if (statement.issues != kNoTemporary) {
          line += fmt::format("temporary {} = ", statement.issues);
        }
        if (statement.ends != kNoTemporary) {
          line += fmt::format("end {}: ", statement.ends);
        }
        line += CallText(program, statement.call);
        break;
      case StatementKind::kParallel:
        line += "parallel";
        break;
      case StatementKind::kBlock:
        line += statement.arm ? statement.arm->title : "block";
        break;
      case StatementKind::kLock:
        line += "lock";
        for (const Call& lock : statement.locks) {
          line += " " + CallText(program, lock);
        }
        line += fmt::format(" within {} hold {}", plan::FormatDuration(statement.within_ms),
                            plan::FormatDuration(statement.hold_ms));
        break;
      case StatementKind::kCommit:
        line += "commit " + *statement.reason;
        break;
      case StatementKind::kWhen:
        line += "when";
        break;
      case StatementKind::kGate:
        line += "gate" + ConditionsText(*statement.gate);
        break;
    }
    for (const std::string& label : statement.after) {
      line += " after " + label;
    }
    *text += line + "\n";
    AddStatements(program, statement.children, indent + "  ", text);
  }
}

}  // namespace

std::string Dump(const Program& program) {
  std::string text = fmt::format("product {}\n", program.product.name);
  for (const plan::Fact& fact : program.facts) {
    text += fmt::format("fact {} = {}\n", fact.name, fact.native);
  }
  for (const plan::SiteInput& input : program.inputs) {
    text += fmt::format("input {} = {}{}\n", input.name, plan::FormatValue(input.value),
                        input.is_default ? " (default)" : "");
  }
  for (const plan::Config& config : program.configs) {
    text += fmt::format("config {} = {}\n", config.name, plan::FormatValue(config.handle));
    for (const plan::ConfigKey& key : config.keys) {
      text += fmt::format("  {}: {}\n", key.name, plan::ValueKindName(key.type));
    }
  }
  std::set<DeclarationId> used;
  for (const Edge& edge : program.edges) {
    for (const auto& phase : edge.phases) {
      CollectUsed(phase, &used);
    }
    for (const DeferredCleanup& cleanup : edge.deferred) {
      CollectUsed(cleanup.statements, &used);
    }
    for (const Watch& watch : edge.watches) {
      CollectUsed(watch.otherwise, &used);
    }
  }
  for (DeclarationId id : used) {
    text += DeclarationText(program, program.declaration(id));
  }
  for (const Edge& edge : program.edges) {
    if (program.edges.size() > 1) {
      text += fmt::format("edge to {}\n", plan::FormatVersion(edge.upgrade.to));
    }
    for (int phase = 0; phase < plan::kPhaseCount; ++phase) {
      text += fmt::format("{}\n", plan::PhaseName(static_cast<plan::Phase>(phase)));
      AddStatements(program, edge.phases[static_cast<size_t>(phase)], "  ", &text);
    }
    for (const DeferredCleanup& cleanup : edge.deferred) {
      text += fmt::format("cleanup after {}{}\n", plan::FormatDuration(cleanup.delay_ms),
                          cleanup.waits_for_retain ? ", when retain ends" : "");
      AddStatements(program, cleanup.statements, "  ", &text);
    }
    for (const Watch& watch : edge.watches) {
      text += fmt::format("watch {} every {}{}\n", plan::FormatDuration(watch.gate.for_ms),
                          plan::FormatDuration(watch.gate.every_ms), ConditionsText(watch.gate));
      AddStatements(program, watch.otherwise, "  ", &text);
    }
  }
  return text;
}

}  // namespace upgraph::sema
