// The `then` lines of a test.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/test_reader.h"

namespace upgraph::sema {
namespace {

using plan::ExpectationKind;

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

}  // namespace

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

}  // namespace upgraph::sema
