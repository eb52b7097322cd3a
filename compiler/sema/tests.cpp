// `test` blocks. A line is read by the words in it, not by its place: what stands for a step is
// left as its name, because only the plan knows the steps and their paths.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "compiler/sema/test_reader.h"
#include "plan/list_answer.h"
#include "plan/scenario.h"
#include "plan/verify.h"

namespace upgraph::sema {
namespace {

using plan::EventKind;

constexpr const char* kGivenForms =
    "`installed v1.0.0`, `target v2.0.0`, `fact NAME ANSWER`, `input NAME VALUE`, `STEP found` or "
    "`LOCK busy`";
constexpr const char* kWhenForms =
    "`STEP fails`, `STEP fails 2 times`, `STEP sticks`, `STEP drifts`, `stopped at STEP`, "
    "`killed at STEP`, `killed reverting STEP`, `resume`, `rollback`, `apply` or `7d pass`";

// Whether it holds a name, but for what it calls.
bool NamesSomething(const ast::Expr& expr) {
  const auto is_named = [](const ast::TextPart& part) { return !part.name.parts.empty(); };
  return expr.kind == ast::ExprKind::kName ||
         std::any_of(expr.parts.begin(), expr.parts.end(), is_named) ||
         std::any_of(expr.operands.begin(), expr.operands.end(), NamesSomething) ||
         std::any_of(expr.arguments.begin(), expr.arguments.end(),
                     [](const ast::Argument& argument) { return NamesSomething(argument.value); });
}

}  // namespace

plan::Scenario TestReader::Read() {
  scenario_.name = PlainText(tree_.name).value_or("");
  scenario_.position = context_.Position(tree_.range);
  scenario_.acts.emplace_back();
  bool has_given = false;
  const uint32_t errors_before = context_.emitter.error_count();
  for (const ast::Property& line : tree_.lines) {
    const std::string& word = line.name.text;
    if (word != "given" && word != "when" && word != "then") {
      context_
          .Error(
              Kind::kBadTest, line.name.range,
              fmt::format("a line of a test begins with `given`, `when` or `then`, not `{}`", word))
          .SetHint(SuggestHint(word, {"given", "when", "then"}));
      continue;
    }
    for (const Group& group : line.groups) {
      if (word == "given") {
        has_given = has_given || WordOf(group[0]) == "installed";
        ReadGiven(group);
      } else if (word == "when") {
        ReadWhen(group);
      } else {
        ReadThen(group);
      }
    }
  }
  if (context_.emitter.error_count() != errors_before) {
    return std::move(scenario_);  // what is missing may be what could not be read
  }
  if (!has_given) {
    context_
        .Error(Kind::kBadTest, tree_.range,
               fmt::format("`{}` does not say what is installed", scenario_.name))
        .SetHint("begin with `given installed v1.0.0`");
  }
  if (scenario_.expectations.empty()) {
    context_
        .Error(Kind::kBadTest, tree_.range,
               fmt::format("`{}` expects nothing, so it cannot fail", scenario_.name))
        .SetHint("say what must come of it: `then done`, `then rolled_back`");
  }
  return std::move(scenario_);
}

void TestReader::Malformed(const Group& group, const char* line, const char* forms) {
  context_
      .Error(Kind::kBadTest, RangeOf(group),
             fmt::format("`{} {}` does not read as it must", line, context_.Text(RangeOf(group))))
      .SetHint(fmt::format("`{}` takes {}", line, forms));
}

std::optional<plan::StepName> TestReader::StepOf(const ast::Expr& expr) {
  if (expr.kind == ast::ExprKind::kName) {
    // The plan calls a step of a module by the whole name of the module.
    const Symbol* symbol = expr.name.parts.size() == 2 ? Find(expr.name) : nullptr;
    const bool is_declared = symbol != nullptr && symbol->kind == SymbolKind::kDeclaration;
    return plan::StepName{
        is_declared ? context_.declaration(DeclarationId(symbol->index)).name : expr.name.Text(),
        context_.Position(expr.range)};
  }
  if (auto text = PlainText(expr); text && !text->empty()) {
    return plan::StepName{*text, context_.Position(expr.range)};
  }
  context_
      .Error(Kind::kBadTest, expr.range,
             fmt::format("`{}` does not name a step", context_.Text(expr.range)))
      .SetHint("a step is named by its label, by what it calls, or by its path: \"switch/1\"");
  return std::nullopt;
}

std::optional<std::string> TestReader::ReleaseOf(const ast::Expr& expr, const std::string& what) {
  auto version = VersionOf(&context_, expr, what);
  if (!version) {
    return std::nullopt;
  }
  const plan::Product& product = context_.program.product;
  std::vector<std::string> known = product.releases;
  for (const plan::Withdrawn& withdrawn : product.withdrawn) {
    known.push_back(withdrawn.version);
  }
  const bool is_known = std::any_of(known.begin(), known.end(), [&](const std::string& release) {
    return IsSameVersion(product, release, *version);
  });
  if (!is_known && !product.releases.empty()) {
    context_
        .Error(Kind::kUnknownRelease, expr.range,
               fmt::format("v{} is not among the product's `releases`", *version))
        .SetHint(context_.Suggest("v" + *version, [&] { return WithV(known); }));
    return std::nullopt;
  }
  return version;
}

void TestReader::SetOnce(const Group& group, std::string* version, const std::string& what) {
  if (!version->empty()) {
    context_.Error(Kind::kContradictoryTest, RangeOf(group),
                   fmt::format("`{}` is given twice, a test has one host", what));
  } else if (auto release = ReleaseOf(group[1], "`" + what + "`")) {
    *version = *release;
  }
}

void TestReader::ReadGiven(const Group& group) {
  const std::string_view first = WordOf(group[0]);
  if (group.size() == 3 && first == "fact") {
    ReadFact(group[1], group[2]);
  } else if (group.size() == 3 && first == "input") {
    ReadInput(group);
  } else if (group.size() != 2) {
    Malformed(group, "given", kGivenForms);
  } else if (first == "installed") {
    SetOnce(group, &scenario_.installed, "installed");
  } else if (first == "target") {
    SetOnce(group, &scenario_.target, "target");
  } else if (WordOf(group[1]) == "found") {
    if (auto step = StepOf(group[0])) {
      scenario_.found.push_back(*step);
    }
  } else if (WordOf(group[1]) == "busy") {
    ReadLock(group[0]);
  } else {
    Malformed(group, "given", kGivenForms);
  }
}

namespace {

std::string AnswerText(const Type& type, const plan::Value& value) {
  if (type.kind != TypeKind::kList) {
    return CanonicalText(value);
  }
  std::vector<std::string> elements;
  for (const plan::Field& field : value.fields) {
    elements.push_back(CanonicalText(field.value));
  }
  return plan::JoinElements(elements);
}

}  // namespace

// `fact arch "arm64"`, `fact files.is_there("/srv") true`, `fact jobs ["/a", "/b"]`
void TestReader::ReadFact(const ast::Expr& asked, const ast::Expr& answer) {
  const size_t fact_count = context_.program.facts.size();
  expressions_.AllowWaiting();
  const Formula fact = expressions_.Analyze(asked, {{}, "a fact", {}});
  if (fact.type.is_error()) {
    return;
  }
  const std::string& hole = fact.constant.text;
  const bool is_fact = fact.constant.is_template && hole.starts_with("${") && hole.ends_with("}") &&
                       hole.find('}') + 1 == hole.size();
  if (!is_fact || context_.program.facts.size() != fact_count) {
    context_
        .Error(Kind::kBadTest, asked.range,
               fmt::format("`{}` is no fact that the spec asks for", expressions_.OneLineOf(asked)))
        .SetHint("write the name that `let` gave it, or the call as the spec has it");
    return;
  }
  auto value = expressions_.Constant(answer, {fact.type, "the answer", asked.range});
  if (!value) {
    return;
  }
  std::string text = AnswerText(fact.type, *value);
  const std::string name = hole.substr(2, hole.size() - 3);
  for (const auto& [known, first] : scenario_.answers) {
    if (known == name && first != text) {
      context_.Error(
          Kind::kContradictoryTest, asked.range,
          fmt::format("`{}` is given twice, a fact has one answer", expressions_.OneLineOf(asked)));
      return;
    }
  }
  scenario_.answers.emplace_back(name, std::move(text));
}

// `input workers 8`. The plan of the test is made with it, elsewhere: here it is held against what
// the spec declares.
void TestReader::ReadInput(const Group& group) {
  const std::string name(WordOf(group[1]));
  const std::vector<ast::HostInput>& inputs = context_.input.spec->inputs;
  const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const ast::HostInput& known) {
    return known.name.text == name;
  });
  if (name.empty()) {
    Malformed(group, "given", kGivenForms);
    return;
  }
  if (input == inputs.end()) {
    ReportUnknownInput(&context_, name, group[1].range);
    return;
  }
  if (!given_inputs_.insert(name).second) {
    context_.Error(Kind::kContradictoryTest, RangeOf(group),
                   fmt::format("`{}` is given twice, an input has one value", name));
    return;
  }
  if (NamesSomething(group[2])) {
    context_
        .Error(Kind::kBadTest, group[2].range,
               fmt::format("the value of input `{}` names something of the spec", name))
        .SetHint("write the value itself, as a file for `--inputs` has it");
    return;
  }
  const Symbol* symbol = module_.scope.Find(name);
  if (symbol != nullptr && !symbol->type.is_error()) {
    (void)expressions_.Constant(group[2],
                                {symbol->type, fmt::format("input `{}`", name), input->type.range});
  }
  scenario_.inputs += fmt::format("{} = {}\n", name, context_.Text(group[2].range));
}

void TestReader::ReadLock(const ast::Expr& expr) {
  auto call = expressions_.AnalyzeCall(expr, DeclarationKind::kLock,
                                       "what is busy is a lock such as `files.lock(\"/srv\")`");
  if (call) {
    scenario_.busy_locks.push_back(LockName(context_.declaration(call->declaration_id), *call));
  }
}

// Whether the group has one of the forms of an event.
bool TestReader::ReadEvent(const Group& group, EventKind* kind, const ast::Expr** step,
                           uint32_t* count) {
  if (group.size() == 3 && WordOf(group[1]) == "at" &&
      (WordOf(group[0]) == "stopped" || WordOf(group[0]) == "killed")) {
    *kind = WordOf(group[0]) == "killed" ? EventKind::kKilled : EventKind::kStopped;
    *step = &group[2];
    return true;
  }
  if (group.size() == 3 && WordOf(group[0]) == "killed" && WordOf(group[1]) == "reverting") {
    *kind = EventKind::kKilledBack;
    *step = &group[2];
    return true;
  }
  if (group.size() < 2) {
    return false;
  }
  *step = &group[0];
  const std::string_view word = WordOf(group[1]);
  if (word == "fails") {
    *kind = EventKind::kFails;
    if (group.size() == 3 && WordOf(group[2]) == "once") {
      *count = 1;
      return true;
    }
    if (group.size() == 4 && group[2].kind == ast::ExprKind::kInt && group[2].number > 0 &&
        group[2].number <= UINT32_MAX && WordOf(group[3]) == "times") {
      *count = static_cast<uint32_t>(group[2].number);
      return true;
    }
    return group.size() == 2;
  }
  *kind = word == "sticks" ? EventKind::kSticks : EventKind::kDrifts;
  return group.size() == 2 && (word == "sticks" || word == "drifts");
}

// `7d pass`
bool TestReader::ReadPass(const Group& group) {
  if (group.size() != 2 || WordOf(group[1]) != "pass") {
    return false;
  }
  auto time = expressions_.Constant(group[0], {Type::Of(TypeKind::kDuration), "`pass`", {}});
  if (time && (time->number <= 0 || time->number > plan::kTimeMsMax)) {
    context_.Error(Kind::kBadTest, group[0].range,
                   fmt::format("what passes is more than `0s` and at most {}",
                               plan::FormatDuration(plan::kTimeMsMax)));
  }
  plan::ScenarioAct& act = scenario_.acts.emplace_back();
  act.command = plan::RunCommand::kTick;
  act.pass_ms = time ? time->number : 0;
  return true;
}

void TestReader::ReadWhen(const Group& group) {
  for (const plan::RunCommand command :
       {plan::RunCommand::kApply, plan::RunCommand::kResume, plan::RunCommand::kRollback}) {
    if (group.size() == 1 && WordOf(group[0]) == plan::RunCommandName(command)) {
      scenario_.acts.push_back({command, {}});
      return;
    }
  }
  if (ReadPass(group)) {
    return;
  }
  plan::ScenarioEvent event;
  const ast::Expr* step = nullptr;
  if (!ReadEvent(group, &event.kind, &step, &event.count)) {
    Malformed(group, "when", kWhenForms);
  } else if (auto name = StepOf(*step)) {
    event.step = *name;
    scenario_.acts.back().events.push_back(std::move(event));
  }
}

void AnalyzeTests(Context* context) {
  std::map<std::string, SourceRange> names;
  for (const ast::Test& test : context->modules[0].tree->tests) {
    const std::string name = PlainText(test.name).value_or("");
    if (name.empty()) {
      context->Error(Kind::kBadTest, test.name.range, "a test has a plain name that is not empty");
    }
    auto [first, is_new] = names.emplace(name, test.name.range);
    if (!is_new) {
      context
          ->Error(Kind::kDuplicateName, test.name.range,
                  fmt::format("two tests are called `{}`", name))
          .AddNote(first->second, "the first one");
    }
    context->program.tests.push_back(TestReader(context, test).Read());
  }
}

}  // namespace upgraph::sema
