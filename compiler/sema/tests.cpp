// `test` blocks. A line is read by the words in it, not by its place: what stands for a step is
// left as its name, because only the plan knows the steps and their paths.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/sema/spec_head.h"
#include "plan/list_answer.h"
#include "plan/scenario.h"

namespace upgraph::sema {
namespace {

using plan::EventKind;
using plan::ExpectationKind;
using Group = std::vector<ast::Expr>;

constexpr const char* kGivenForms =
    "`installed v1.0.0`, `target v2.0.0`, `STEP found` or `LOCK busy`";
constexpr const char* kWhenForms =
    "`STEP fails`, `STEP fails 2 times`, `STEP sticks`, `STEP drifts`, `stopped at STEP`, "
    "`killed at STEP`, `killed reverting STEP`, `resume`, `rollback` or `apply`";
constexpr const char* kThenForms =
    "an outcome such as `rolled_back`, `exit 3`, `installed v1.0.0`, `path [v1.0.0, v2.0.0]`, "
    "`STEP applied`, `ran [a, b]`, `reverted [b, a]`, or `settings unchanged`";

const std::vector<std::string>& ResourceWords() {
  static const auto* const kWords =
      new std::vector<std::string>{"unchanged", "changed", "reverted"};
  return *kWords;
}

bool Holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class TestReader {
 public:
  TestReader(Context* context, const ast::Test& tree)
      : context_(*context),
        tree_(tree),
        module_(context->modules[0]),
        expressions_(context, 0, &module_.scope) {}

  plan::Scenario Read();

 private:
  void ReadGiven(const Group& group);
  void ReadWhen(const Group& group);
  bool ReadEvent(const Group& group, EventKind* kind, const ast::Expr** step, uint32_t* count);
  void ReadThen(const Group& group);
  bool ReadRun(const Group& group, plan::ScenarioExpectation* expectation);
  bool ReadEnd(const Group& group, plan::ScenarioExpectation* expectation);
  void ReadSubject(const Group& group, plan::ScenarioExpectation expectation);
  bool ReadResources(const ast::Expr& expr, plan::ScenarioExpectation* expectation);
  bool ReadResourceCall(const ast::Expr& expr, plan::ScenarioExpectation* expectation);
  bool AddFile(SourceRange range, const std::string& path, plan::ScenarioExpectation* expectation);
  void ReadFact(const ast::Expr& asked, const ast::Expr& answer);
  void ReadLock(const ast::Expr& expr);

  // What a name stands for in the spec, or in a module that it imports.
  const Symbol* Find(const ast::DottedName& name) const {
    const Symbol* symbol = module_.scope.Find(name.parts[0].text);
    if (symbol != nullptr && symbol->kind == SymbolKind::kModule && name.parts.size() > 1) {
      symbol = context_.modules[symbol->index].scope.Find(name.parts[1].text);
    }
    return symbol;
  }
  bool IsConstantName(const ast::Expr& expr) const {
    const Symbol* symbol = expr.kind == ast::ExprKind::kName ? Find(expr.name) : nullptr;
    return symbol != nullptr && symbol->kind == SymbolKind::kConstant;
  }
  std::optional<plan::StepName> StepOf(const ast::Expr& expr);
  std::optional<std::string> ReleaseOf(const ast::Expr& expr, const std::string& what);
  void SetOnce(const Group& group, std::string* version, const std::string& what);
  void Malformed(const Group& group, const char* line, const char* forms);
  void Add(ExpectationKind kind, plan::ScenarioExpectation expectation) {
    expectation.kind = kind;
    scenario_.expectations.push_back(std::move(expectation));
  }
  static SourceRange RangeOf(const Group& group) {
    return Cover(group.front().range, group.back().range);
  }

  Context& context_;
  const ast::Test& tree_;
  const Module& module_;
  Expressions expressions_;
  plan::Scenario scenario_;
};

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

void TestReader::ReadWhen(const Group& group) {
  for (const plan::RunCommand command :
       {plan::RunCommand::kApply, plan::RunCommand::kResume, plan::RunCommand::kRollback}) {
    if (group.size() == 1 && WordOf(group[0]) == plan::RunCommandName(command)) {
      scenario_.acts.push_back({command, {}});
      return;
    }
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

void TestReader::ReadThen(const Group& group) {
  plan::ScenarioExpectation expectation;
  expectation.written = context_.Text(RangeOf(group));
  expectation.position = context_.Position(RangeOf(group));
  if (ReadEnd(group, &expectation) || ReadRun(group, &expectation)) {
    return;
  }
  if (group.size() == 2) {
    ReadSubject(group, std::move(expectation));
    return;
  }
  Malformed(group, "then", kThenForms);
}

// `rolled_back`, `refused "why"`, `exit 3`, `installed v1.0.0`, `path [v1.0.0, v2.0.0]`
bool TestReader::ReadEnd(const Group& group, plan::ScenarioExpectation* expectation) {
  const std::string_view first = WordOf(group[0]);
  const bool has_reason = group.size() == 2 && PlainText(group[1]);
  if (Holds(plan::OutcomeWords(), first) && (group.size() == 1 || has_reason)) {
    expectation->text = first;
    expectation->detail = has_reason ? *PlainText(group[1]) : "";
    Add(ExpectationKind::kOutcome, std::move(*expectation));
    return true;
  }
  if (group.size() != 2) {
    return false;
  }
  if (first == "exit" && group[1].kind == ast::ExprKind::kInt) {
    expectation->number = group[1].number;
    Add(ExpectationKind::kExitCode, std::move(*expectation));
    return true;
  }
  if (first == "installed") {
    if (auto version = ReleaseOf(group[1], "`installed`")) {
      expectation->text = *version;
      Add(ExpectationKind::kInstalled, std::move(*expectation));
    }
    return true;
  }
  if (first == "path" && group[1].kind == ast::ExprKind::kList) {
    for (const ast::Expr& item : group[1].operands) {
      if (auto version = ReleaseOf(item, "a version of a path")) {
        expectation->versions.push_back(*version);
      }
    }
    Add(ExpectationKind::kVersionPath, std::move(*expectation));
    return true;
  }
  return false;
}

// `ran [a, b]`, `reverted only [b, a]`
bool TestReader::ReadRun(const Group& group, plan::ScenarioExpectation* expectation) {
  const std::string_view first = WordOf(group[0]);
  const bool is_only = group.size() == 3 && WordOf(group[1]) == "only";
  if ((first != "ran" && first != "reverted") || group.size() != (is_only ? 3U : 2U) ||
      group.back().kind != ast::ExprKind::kList) {
    return false;
  }
  for (const ast::Expr& item : group.back().operands) {
    if (auto step = StepOf(item)) {
      expectation->steps.push_back(*step);
    }
  }
  if (first == "ran") {
    Add(is_only ? ExpectationKind::kRanOnly : ExpectationKind::kRan, std::move(*expectation));
  } else {
    Add(is_only ? ExpectationKind::kRevertedOnly : ExpectationKind::kReverted,
        std::move(*expectation));
  }
  return true;
}

// `settings unchanged`, `"/etc/box" reverted`, `schema applied`
void TestReader::ReadSubject(const Group& group, plan::ScenarioExpectation expectation) {
  const std::string word(WordOf(group[1]));
  const auto text = PlainText(group[0]);
  const bool is_thing = group[0].kind == ast::ExprKind::kCall || IsConstantName(group[0]) ||
                        (text && text->starts_with('/'));
  std::vector<std::string> known = is_thing ? ResourceWords() : plan::StepStateWords();
  // No step is that: it may be a thing whose name is not known.
  if (!is_thing && (word == "unchanged" || word == "changed") &&
      !expressions_.Constant(group[0], {{}, "`then`", {}})) {
    return;
  }
  if (!Holds(known, word)) {
    if (!is_thing && Holds(plan::OutcomeWords(), WordOf(group[0]))) {
      Malformed(group, "then", kThenForms);
      return;
    }
    std::string list;
    for (const std::string& other : known) {
      list += (list.empty() ? "`" : ", `") + other + "`";
    }
    const std::string near = SuggestHint(word, known);
    context_
        .Error(Kind::kBadTest, group[1].range,
               fmt::format("`{}` is not what {} can be at the end", context_.Text(group[1].range),
                           is_thing ? "a thing of the host" : "a step"))
        .SetHint(near.empty() ? "it can be " + list : near);
    return;
  }
  if (is_thing) {
    if (ReadResources(group[0], &expectation)) {
      Add(word == "changed"     ? ExpectationKind::kChanged
          : word == "unchanged" ? ExpectationKind::kUnchanged
                                : ExpectationKind::kGivenBack,
          std::move(expectation));
    }
  } else if (auto step = StepOf(group[0])) {
    expectation.steps.push_back(*step);
    expectation.text = word;
    Add(ExpectationKind::kStepState, std::move(expectation));
  }
}

bool TestReader::AddFile(SourceRange range, const std::string& path,
                         plan::ScenarioExpectation* expectation) {
  const auto id = FindResource(context_, module_, "file");
  if (!id) {
    context_.Error(Kind::kUnknownName, range, "no module that is imported knows files")
        .SetHint("add `import std.files`");
    return false;
  }
  expectation->resources.push_back(
      {"file", {path}, false, false, context_.declaration(*id).overlap});
  return true;
}

bool TestReader::ReadResources(const ast::Expr& expr, plan::ScenarioExpectation* expectation) {
  if (expr.kind == ast::ExprKind::kCall) {
    return ReadResourceCall(expr, expectation);
  }
  if (auto text = PlainText(expr)) {
    return AddFile(expr.range, *text, expectation);
  }
  auto value = expressions_.Constant(expr, {{}, "`then`", {}});
  if (!value) {
    return false;
  }
  const auto add_files_of = [&](const plan::Value& handle) {
    for (const plan::Field& field : handle.fields) {
      if (field.value.kind == plan::ValueKind::kPath &&
          FindResource(context_, module_, "file").has_value()) {
        (void)AddFile(expr.range, field.value.text, expectation);
      }
    }
  };
  switch (value->kind) {
    case plan::ValueKind::kPath:
      return AddFile(expr.range, value->text, expectation);
    case plan::ValueKind::kConfig:
      expectation->owner = value->text;
      if (const plan::Config* config = context_.FindConfig(value->text)) {
        add_files_of(config->handle);
      }
      return true;
    case plan::ValueKind::kHandle:
      expectation->owner = CanonicalText(*value);
      add_files_of(*value);
      return true;
    case plan::ValueKind::kKey:
      expectation->resources.push_back(
          {"key", {value->fields[0].value.text, value->text}, false, false, {}});
      return true;
    default:
      context_
          .Error(Kind::kBadTest, expr.range,
                 fmt::format("`{}` is a value, not a thing of the host", context_.Text(expr.range)))
          .SetHint(
              "things are configurations and their keys, handles, paths, and resources such "
              "as `unit(\"a.service\")`");
      return false;
  }
}

// unit("a.service"), table(db, "users")
bool TestReader::ReadResourceCall(const ast::Expr& expr, plan::ScenarioExpectation* expectation) {
  const std::string name = expr.name.Text();
  const auto id = FindResource(context_, module_, name);
  if (!id) {
    context_
        .Error(Kind::kUnknownName, expr.name.range, fmt::format("no resource is called `{}`", name))
        .SetHint(context_.Suggest(name, [&] { return VisibleResources(context_, module_); }));
    return false;
  }
  const Declaration& declaration = context_.declaration(*id);
  plan::Resource resource{declaration.name, {}, false, false, declaration.overlap};
  if (expr.arguments.size() != declaration.parameters.size()) {
    context_
        .Error(Kind::kMissingArgument, expr.range,
               fmt::format("`{}` is named by {} of its own, found {}", name,
                           declaration.parameters.size() == 1
                               ? "one argument"
                               : fmt::format("{} arguments", declaration.parameters.size()),
                           expr.arguments.size()))
        .AddNote(declaration.range, "declared here");
    return false;
  }
  for (size_t i = 0; i < expr.arguments.size(); ++i) {
    const Parameter& parameter = declaration.parameters[i];
    auto value = expressions_.Constant(
        expr.arguments[i].value,
        {parameter.type, fmt::format("`{}` of `{}`", parameter.name, name), parameter.range});
    if (!value) {
      return false;
    }
    resource.arguments.push_back(CanonicalText(*value));
  }
  expectation->resources.push_back(std::move(resource));
  return true;
}

}  // namespace

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
