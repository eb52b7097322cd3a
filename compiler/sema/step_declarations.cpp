// What a step declares of itself: phases, effects, its way back, times, what it ends.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/declaration_reader.h"

namespace upgraph::sema {
namespace {

// Of a step that does not say: long enough for anything that should not be noticed as hanging.
constexpr int64_t kDefaultTimeoutMs = 10 * 60 * 1000;
constexpr int64_t kRetriesMax = 10;

}  // namespace

void DeclarationReader::ReadStep(Properties* properties) {
  ReadNative(properties);
  ReadPhases(properties);
  ReadEffects(properties, "reads", plan::EffectKind::kReads);
  ReadEffects(properties, "writes", plan::EffectKind::kWrites);
  ReadEffects(properties, "needs", plan::EffectKind::kNeeds);
  ReadEffects(properties, "starts", plan::EffectKind::kStarts);
  ReadEffects(properties, "stops", plan::EffectKind::kStops);
  ReadReverses(properties);
  ReadTimes(properties);
  ReadRetry(properties);
  ReadRepeat(properties);
  declaration_.step.is_shared = ReadFlag(properties, "shared");
  declaration_.step.waits = ReadFlag(properties, "waits");
  ReadCommands(properties);
  ReadEnd(properties);
  // One mistake is told once: what is misspelled is not missing as well.
  if (properties->Find("native") == nullptr && !properties->has_unknown() && reverses_is_known_) {
    CheckCommandStep(properties);
  }
}

bool DeclarationReader::ReadFlag(Properties* properties, std::string_view name) {
  const ast::Property* property = properties->Find(name);
  if (property != nullptr && !property->groups.empty()) {
    properties->Malformed(*property, std::string(name));
  }
  return property != nullptr;
}

void DeclarationReader::ReadPhases(Properties* properties) {
  const ast::Property* property = properties->Find("phases");
  property = property != nullptr ? property : properties->Find("phase");
  if (property == nullptr && properties->has_unknown()) {
    return;
  }
  if (property == nullptr) {
    context_
        .Error(Kind::kMissingProperty, tree_.name.range,
               fmt::format("step `{}` does not say in which phases it may stand", tree_.name.text))
        .SetHint("add `phases prepare, switch`");
    return;
  }
  std::vector<std::string> known;
  for (int phase = 0; phase < plan::kPhaseCount; ++phase) {
    known.emplace_back(plan::PhaseName(static_cast<plan::Phase>(phase)));
  }
  for (const ast::List<ast::Expr>& group : property->groups) {
    std::string word(group.size() == 1 ? WordOf(group[0]) : "");
    bool is_known = false;
    for (int phase = 0; phase < plan::kPhaseCount; ++phase) {
      if (word == known[static_cast<size_t>(phase)]) {
        declaration_.step.phases[static_cast<size_t>(phase)] = true;
        is_known = true;
      }
    }
    if (!is_known) {
      SourceRange range = group.empty() ? property->range : group[0].range;
      context_
          .Error(Kind::kUnknownPhase, range,
                 fmt::format("there is no phase `{}`; the phases are `preflight`, `prepare`, "
                             "`switch`, `verify` and `cleanup`",
                             context_.Text(range)))
          .Suggest(word, known);
    }
  }
}

void DeclarationReader::ReadEffects(Properties* properties, std::string_view name,
                                    plan::EffectKind kind) {
  const ast::Property* property = properties->Find(name);
  if (property == nullptr) {
    return;
  }
  for (const ast::List<ast::Expr>& group : property->groups) {
    if (group.size() != 1 || group[0].kind != ast::ExprKind::kCall) {
      properties->Malformed(*property, std::string(name) + " file(path)");
      return;
    }
    ReadEffect(group[0], kind);
  }
}

void DeclarationReader::ReadEffect(const ast::Expr& expr, plan::EffectKind kind) {
  std::string name = expr.name.Text();
  std::optional<DeclarationId> id = FindResource(context_, module_, name);
  if (!id) {
    context_
        .Error(Kind::kUnknownName, expr.name.range, fmt::format("there is no resource `{}`", name))
        .Suggest(name, context_.Candidates([&] { return VisibleResources(context_, module_); }));
    return;
  }
  const Declaration& resource = context_.declaration(*id);
  if (expr.arguments.size() != resource.parameters.size()) {
    context_
        .Error(Kind::kMissingArgument, expr.range,
               fmt::format("resource `{}` has {} argument{}, {} given", name,
                           resource.parameters.size(), resource.parameters.size() == 1 ? "" : "s",
                           expr.arguments.size()))
        .AddNote(resource.range, "declared here");
    return;
  }
  EffectFormula effect;
  effect.kind = kind;
  effect.resource_id = *id;
  for (size_t i = 0; i < expr.arguments.size(); ++i) {
    const Parameter& parameter = resource.parameters[i];
    const ast::Expr& argument = expr.arguments[i].value;
    if (argument.kind == ast::ExprKind::kAnything) {
      Formula anything;
      anything.kind = FormulaKind::kAnything;
      effect.arguments.push_back(std::move(anything));
      continue;
    }
    std::string what = "`" + parameter.name + "` of resource `" + name + "`";
    Expressions expressions(&context_, module_index_, &scope_);
    expressions.AllowLackingMembers();
    Formula formula = expressions.Analyze(argument, {parameter.type, what, parameter.range});
    if (formula.type.is_error()) {
      return;
    }
    effect.arguments.push_back(std::move(formula));
  }
  // What is started or stopped is changed as well.
  if (kind == plan::EffectKind::kStarts || kind == plan::EffectKind::kStops) {
    declaration_.step.effects.push_back(effect);
    declaration_.step.effects.back().kind = plan::EffectKind::kWrites;
  }
  declaration_.step.effects.push_back(std::move(effect));
}

void DeclarationReader::ReadReverses(Properties* properties) {
  const ast::Property* property = properties->Find("reverses");
  if (property == nullptr && properties->has_unknown()) {
    return;
  }
  if (property == nullptr) {
    context_
        .Error(Kind::kMissingProperty, tree_.name.range,
               fmt::format("step `{}` does not say how it reverses", tree_.name.text))
        .SetHint(
            "add `reverses exactly`, `by compensation`, `with loss \"…\"`, `never \"…\"` or, "
            "when it changes nothing, `reverses nothing`");
    return;
  }
  StepTraits& step = declaration_.step;
  const ast::List<ast::Expr> none;
  const ast::List<ast::Expr>& words = property->groups.size() == 1 ? property->groups[0] : none;
  std::optional<std::string> reason = words.empty() ? std::nullopt : PlainText(words.back());
  ast::List<ast::Expr> head(words.begin(), reason ? words.end() - 1 : words.end());
  bool has_reason = reason && !reason->empty();
  if (IsWords(words, {"nothing"})) {
    step.undo = plan::UndoClass::kObserves;
  } else if (IsWords(words, {"exactly"})) {
    step.undo = plan::UndoClass::kExactly;
  } else if (IsWords(words, {"by", "compensation"})) {
    step.undo = plan::UndoClass::kByCompensation;
  } else if (IsWords(head, {"with", "loss"}) && has_reason) {
    step.undo = plan::UndoClass::kWithLoss;
    step.undo_reason = *reason;
  } else if (IsWords(head, {"never"}) && has_reason) {
    step.undo = plan::UndoClass::kNever;
    step.undo_reason = *reason;
  } else {
    reverses_is_known_ = false;
    properties->Malformed(*property,
                          "reverses exactly | by compensation | with loss \"why\" | "
                          "never \"why\" | nothing");
  }
}

std::optional<Formula> DeclarationReader::DurationOf(Properties* properties,
                                                     std::string_view name) {
  const ast::Property* property = properties->Find(name);
  if (property == nullptr) {
    return std::nullopt;
  }
  const ast::Expr* expr = properties->Single(*property, std::string(name) + " 2s");
  if (expr == nullptr) {
    return std::nullopt;
  }
  Formula formula =
      Analyze(*expr, {Type::Of(TypeKind::kDuration), "`" + std::string(name) + "`", {}});
  return formula.type.is_error() ? std::nullopt : std::optional(std::move(formula));
}

void DeclarationReader::ReadTimes(Properties* properties) {
  StepTraits& step = declaration_.step;
  plan::Value zero;
  zero.kind = plan::ValueKind::kDuration;
  plan::Value timeout = zero;
  timeout.number = kDefaultTimeoutMs;
  Type duration = Type::Of(TypeKind::kDuration);
  step.takes = DurationOf(properties, "takes").value_or(Formula::Constant(duration, zero));
  step.undo_takes = DurationOf(properties, "undo_takes");
  step.timeout = DurationOf(properties, "timeout").value_or(Formula::Constant(duration, timeout));
  if (step.timeout.is_constant() && step.timeout.constant.number <= 0) {
    context_.Error(Kind::kBadProperty, properties->Find("timeout")->range,
                   "a `timeout` of nothing: it bounds the step, so it is longer than `0s`");
  }
}

void DeclarationReader::ReadRetry(Properties* properties) {
  const ast::Property* property = properties->Find("retry");
  if (property == nullptr) {
    return;
  }
  const std::string form = "retry 3 wait 2s";
  if (property->groups.size() != 1) {
    properties->Malformed(*property, form);
    return;
  }
  const ast::List<ast::Expr>& group = property->groups[0];
  bool is_good = (group.size() == 1 || (group.size() == 3 && WordOf(group[1]) == "wait" &&
                                        group[2].kind == ast::ExprKind::kDuration)) &&
                 group[0].kind == ast::ExprKind::kInt && group[0].number >= 1 &&
                 group[0].number <= kRetriesMax;
  if (!is_good) {
    properties->Malformed(*property, form);
    return;
  }
  declaration_.step.attempts_max = static_cast<uint32_t>(group[0].number) + 1;
  declaration_.step.retry_wait_ms = group.size() == 3 ? group[2].number : 1000;
}

void DeclarationReader::ReadRepeat(Properties* properties) {
  const ast::Property* property = properties->Find("repeat");
  if (property == nullptr) {
    return;
  }
  const ast::Expr* expr = properties->Single(*property, "repeat safe | keyed | once");
  std::string_view word = expr == nullptr ? "" : WordOf(*expr);
  if (word == "safe") {
    declaration_.step.repeat = plan::Repeat::kSafe;
  } else if (word == "keyed") {
    declaration_.step.repeat = plan::Repeat::kKeyed;
  } else if (word == "once") {
    declaration_.step.repeat = plan::Repeat::kOnce;
  } else if (expr != nullptr) {
    properties->Malformed(*property, "repeat safe | keyed | once");
  }
}

void DeclarationReader::ReadEnd(Properties* properties) {
  const ast::Property* property = properties->Find("ends");
  if (property != nullptr && !tree_.result) {
    context_
        .Error(Kind::kBadProperty, property->range,
               fmt::format("step `{}` issues nothing that could end", tree_.name.text))
        .SetHint("say what it issues: `step open(port: Int) : temporary Tunnel { … }`");
  } else if (declaration_.result.kind == TypeKind::kSecret && !module_.is_library) {
    context_.Error(Kind::kSecretLeaks, tree_.result->range,
                   "a command has no way to give a secret: what it prints is shown and kept");
  } else if (property != nullptr) {
    ReadEnds(&context_, module_index_, scope_, *property, id_);
  } else if (!declaration_.result.is_error() && !properties->has_unknown()) {
    context_
        .Error(Kind::kMissingProperty, tree_.result->range,
               fmt::format("step `{}` issues {} and does not say how it ends", tree_.name.text,
                           WithArticle(TypeName(declaration_.result))))
        .SetHint("add `ends close(port)`: the step that ends it, with its arguments");
  }
}

}  // namespace upgraph::sema
