// Declarations that commands carry out: signals and steps.

#include <utility>

#include <fmt/format.h>

#include "compiler/sema/declaration_reader.h"

namespace upgraph::sema {

// `native "…"` in the library, `command ["program", "argument"]` anywhere.
void DeclarationReader::ReadSignal(Properties* properties) {
  ReadNative(properties);
  switch (declaration_.result.kind) {
    case TypeKind::kError:
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kString:
    case TypeKind::kDuration:
    case TypeKind::kPercent:
      break;
    default:
      context_.Error(Kind::kBadProperty, tree_.result->range,
                     fmt::format("a signal cannot be {}; it is a `Float`, `Int`, `Percent`, "
                                 "`Duration`, `Bool` or `String`",
                                 WithArticle(TypeName(declaration_.result))));
  }
  const ast::Property* command = properties->Find("command");
  if (command != nullptr) {
    ReadCommand(properties, *command, &declaration_.signal_command);
  }
  const bool has_native = properties->Find("native") != nullptr;
  if (has_native == (command != nullptr) && !properties->has_unknown()) {
    context_
        .Error(Kind::kMissingProperty, tree_.name.range,
               fmt::format("signal `{}` is read by {}", tree_.name.text,
                           has_native ? "native code and by a command, it has one source"
                                      : "nothing, it needs a `command`"))
        .SetHint(has_native ? "" : "add `command [\"program\", \"argument\"]`, which prints it");
  }
  if (const ast::Property* history = properties->Find("history")) {
    declaration_.has_history = true;
    if (!history->groups.empty()) {
      properties->Malformed(*history, "history");
    } else if (!has_native && command != nullptr) {
      context_.Error(Kind::kBadProperty, history->range,
                     "a command says what is now; only native code can be asked about the past");
    }
  }
}

void DeclarationReader::ReadCommands(Properties* properties) {
  StepTraits& step = declaration_.step;
  std::pair<std::string_view, std::vector<Formula>*> commands[] = {
      {"do", &step.apply_command},
      {"undo", &step.undo_command},
      {"observe", &step.observe_command}};
  for (auto& [name, command] : commands) {
    if (const ast::Property* property = properties->Find(name)) {
      ReadCommand(properties, *property, command);
    }
  }
}

void DeclarationReader::ReadCommand(Properties* properties, const ast::Property& property,
                                    std::vector<Formula>* command) {
  const std::string& name = property.name.text;
  const std::string form = name + " [\"program\", \"argument\"]";
  const ast::Expr* expr = properties->Single(property, form);
  if (expr == nullptr) {
    return;
  }
  if (expr->kind != ast::ExprKind::kList || expr->operands.empty()) {
    properties->Malformed(property, form);
    return;
  }
  for (const ast::Expr& item : expr->operands) {
    const bool is_program = &item == &expr->operands.front();
    Formula formula = Analyze(item, {{}, "an element of `" + name + "`", {}});
    if (formula.type.kind == TypeKind::kList || formula.type.kind == TypeKind::kConfig ||
        formula.type.kind == TypeKind::kHandle || formula.type.kind == TypeKind::kOpaque ||
        formula.type.kind == TypeKind::kKeyValue) {
      context_.Error(Kind::kWrongType, item.range,
                     fmt::format("`{}` is {}, which has no text to give to a command",
                                 context_.Text(item.range), WithArticle(TypeName(formula.type))));
    }
    // A step is given the name of a file that holds it; a signal is asked again and again, and its
    // answers are kept.
    if (formula.type.kind == TypeKind::kSecret &&
        (is_program || declaration_.kind != DeclarationKind::kStep)) {
      context_.Error(Kind::kSecretLeaks, item.range,
                     fmt::format("`{}` is a `Secret`; {}", context_.Text(item.range),
                                 is_program ? "it is no program"
                                            : "a signal is shown and kept, so it takes none"));
    }
    command->push_back(std::move(formula));
  }
}

// A command is opaque: what it does is known only from what is declared, so it must declare enough.
void DeclarationReader::CheckCommandStep(Properties* properties) {
  const StepTraits& step = declaration_.step;
  auto opaque = [&](SourceRange range, const std::string& message,
                    const std::string& hint) -> diagnostics::Diagnostic& {
    return context_.Error(Kind::kOpaqueStep, range, message).SetHint(hint);
  };
  const std::string name = "`" + tree_.name.text + "`";
  if (properties->Find("do") == nullptr) {
    opaque(tree_.name.range, "step " + name + " does nothing, it has no `do`",
           "add `do [\"program\", \"argument\"]`");
  }
  bool has_undo = properties->Find("undo") != nullptr;
  bool wants_undo = step.undo != plan::UndoClass::kObserves && step.undo != plan::UndoClass::kNever;
  if (wants_undo && !has_undo) {
    opaque(tree_.name.range, "step " + name + " reverses, but has no `undo`",
           "add `undo [\"program\", \"argument\"]`, or say `reverses never \"why\"`");
  } else if (!wants_undo && has_undo && properties->Find("reverses") != nullptr) {
    opaque(properties->Find("undo")->range,
           "step " + name + " has an `undo`, but says that it reverses " +
               (step.undo == plan::UndoClass::kNever ? "never" : "nothing"),
           "say `reverses by compensation`");
  }
  if (step.undo == plan::UndoClass::kExactly) {
    opaque(properties->Find("reverses")->range,
           "step " + name + " says that it reverses exactly; a command reverses by a second act",
           "say `reverses by compensation`")
        .AddFix(properties->Find("reverses")->groups[0][0].range, "by compensation");
  }
  bool has_writes = false;
  for (const std::string_view name : {"writes", "starts", "stops"}) {
    has_writes = has_writes || properties->Find(name) != nullptr;
  }
  bool has_effects = has_writes || properties->Find("reads") != nullptr;
  bool changes = step.undo != plan::UndoClass::kObserves;
  if (!has_effects || (changes && !has_writes && properties->Find("reverses") != nullptr)) {
    opaque(
        tree_.name.range,
        "step " + name + " does not say what it " + (has_effects || changes ? "writes" : "reads"),
        has_effects || changes ? "add `writes file(path)`" : "add `reads file(path)`");
  }
}

}  // namespace upgraph::sema
