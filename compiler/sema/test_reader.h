#pragma once

// One `test` block: what it gives and what happens are read in tests.cpp, what must come of it in
// test_expectations.cpp. Internal to sema.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/sema/spec_head.h"
#include "plan/scenario.h"

namespace upgraph::sema {

class TestReader {
 public:
  TestReader(Context* context, const ast::Test& tree)
      : context_(*context),
        tree_(tree),
        module_(context->modules[0]),
        expressions_(context, 0, &module_.scope) {}

  plan::Scenario Read();

 private:
  using Group = ast::List<ast::Expr>;

  void ReadGiven(const Group& group);
  void ReadWhen(const Group& group);
  bool ReadEvent(const Group& group, plan::EventKind* kind, const ast::Expr** step,
                 uint32_t* count);
  void ReadThen(const Group& group);
  bool ReadRun(const Group& group, plan::ScenarioExpectation* expectation);
  bool ReadEnd(const Group& group, plan::ScenarioExpectation* expectation);
  void ReadSubject(const Group& group, plan::ScenarioExpectation expectation);
  bool ReadResources(const ast::Expr& expr, plan::ScenarioExpectation* expectation);
  bool ReadResourceCall(const ast::Expr& expr, plan::ScenarioExpectation* expectation);
  bool AddFile(SourceRange range, const std::string& path, plan::ScenarioExpectation* expectation);
  void ReadFact(const ast::Expr& asked, const ast::Expr& answer);
  void ReadInput(const Group& group);
  bool ReadPass(const Group& group);
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
  void Add(plan::ExpectationKind kind, plan::ScenarioExpectation expectation) {
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
  std::set<std::string> given_inputs_;
  plan::Scenario scenario_;
};

}  // namespace upgraph::sema
