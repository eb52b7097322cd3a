#include "compiler/sema/formula.h"

#include "compiler/sema/program.h"

#include "tests/support/catch.h"

namespace upgraph::sema {
namespace {

plan::Value TextOf(plan::ValueKind kind, std::string text, bool is_template = false) {
  plan::Value value;
  value.kind = kind;
  value.text = std::move(text);
  value.is_template = is_template;
  return value;
}

Formula ParameterOf(uint32_t index, TypeKind kind) {
  Formula formula;
  formula.kind = FormulaKind::kParameter;
  formula.parameter = index;
  formula.type = Type::Of(kind);
  return formula;
}

Formula Joined(std::vector<Formula> parts) {
  Formula formula;
  formula.kind = FormulaKind::kText;
  formula.type = Type::Of(TypeKind::kString);
  formula.operands = std::move(parts);
  return formula;
}

TEST_CASE("plain texts are joined as they are") {
  plan::Value dot = TextOf(plan::ValueKind::kString, "cost $5 in .");
  std::vector<plan::Field> arguments = {{"path", TextOf(plan::ValueKind::kPath, "/a$b")}};
  Formula text = Joined(
      {Formula::Constant(Type::Of(TypeKind::kString), dot), ParameterOf(0, TypeKind::kPath)});
  plan::Value value = Evaluate(text, arguments, {});
  CHECK(value.text == "cost $5 in ./a$b");
  CHECK_FALSE(value.is_template);
}

TEST_CASE("one template makes the whole text a template, and escapes the rest") {
  plan::Value price = TextOf(plan::ValueKind::kString, "$5 ");
  std::vector<plan::Field> arguments = {
      {"path", TextOf(plan::ValueKind::kPath, "/opt/x-${from}$$", true)}};
  Formula text = Joined(
      {Formula::Constant(Type::Of(TypeKind::kString), price), ParameterOf(0, TypeKind::kPath)});
  plan::Value value = Evaluate(text, arguments, {});
  CHECK(value.text == "$$5 /opt/x-${from}$$");
  CHECK(value.is_template);
}

TEST_CASE("a sum never overflows") {
  plan::Value large;
  large.kind = plan::ValueKind::kDuration;
  large.number = INT64_MAX - 1;
  plan::Value small = large;
  small.number = 10'000;
  Formula sum;
  sum.kind = FormulaKind::kOperation;
  sum.operands = {Formula::Constant(Type::Of(TypeKind::kDuration), large),
                  Formula::Constant(Type::Of(TypeKind::kDuration), small)};
  Evaluation evaluation;
  CHECK(Evaluate(sum, {}, {}, &evaluation).number == INT64_MAX);
  CHECK(evaluation.fault.kind == diagnostics::Kind::kOverflow);
  CHECK_FALSE(evaluation.fault.message.empty());
}

TEST_CASE("members of handles, configurations and keys") {
  plan::Config config;
  config.name = "settings";
  config.handle = TextOf(plan::ValueKind::kHandle, "config.ini");
  config.handle.fields = {{"path", TextOf(plan::ValueKind::kPath, "/etc/a.ini")}};
  plan::Value key = TextOf(plan::ValueKind::kKey, "server.listen");
  key.fields = {{"config", TextOf(plan::ValueKind::kString, "settings")}};

  CHECK(MemberOf(key, "name", {config}).text == "server.listen");
  plan::Value of_key = MemberOf(key, "config", {config});
  CHECK(of_key.kind == plan::ValueKind::kConfig);
  CHECK(MemberOf(of_key, "path", {config}).text == "/etc/a.ini");
  CHECK(MemberOf(of_key, "path", {}).kind == plan::ValueKind::kNone);
  CHECK(MemberOf(config.handle, "port", {config}).kind == plan::ValueKind::kNone);
  CHECK(CanonicalText(config.handle) == "config.ini(/etc/a.ini)");
}

}  // namespace
}  // namespace upgraph::sema
