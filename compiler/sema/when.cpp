// `when`: what the text decides is decided here, the rest by the host.

#include <fmt/format.h>

#include <utility>

#include "compiler/sema/conditions.h"
#include "compiler/sema/statement_reader.h"

namespace upgraph::sema {

// False when nothing of it is left, or nothing of it can be read.
bool StatementReader::ReadWhen(const ast::Statement& tree, Statement* statement) {
  statement->kind = StatementKind::kWhen;
  bool is_decided = false;  // an arm before always holds
  const uint32_t errors_before = context_.emitter.error_count();
  for (const ast::WhenArm& tree_arm : tree.arms) {
    const uint64_t step_count = step_count_;
    std::optional<bool> decided;
    std::optional<Statement> arm = ReadArm(tree, tree_arm, &decided);
    if (!arm || is_decided || (decided && !*decided)) {
      step_count_ = step_count;  // the plan does without its steps
      continue;
    }
    is_decided = decided.has_value();
    statement->children.push_back(std::move(*arm));
  }
  if (is_judged_only() || context_.emitter.error_count() != errors_before ||
      statement->children.empty()) {
    return false;
  }
  if (statement->children.size() == 1 && is_decided) {
    Statement block = std::move(statement->children[0]);
    block.label = std::move(statement->label);
    block.arm = {};
    *statement = std::move(block);
  }
  return true;
}

// `decided`: whether the arm is taken whatever the host says, or never.
std::optional<Statement> StatementReader::ReadArm(const ast::Statement& tree,
                                                  const ast::WhenArm& tree_arm,
                                                  std::optional<bool>* decided) {
  std::optional<Arm> arm = Arm{"else", {}};
  *decided = true;
  if (tree_arm.condition) {
    Expressions expressions = MakeExpressions();
    ConditionReader reader(&context_, &expressions);
    auto condition = reader.Read(*tree_arm.condition);
    *decided = !condition || reader.has_parameter() ? std::nullopt : Decided(context_, *condition);
    arm = condition ? std::optional(Arm{"when " + expressions.OneLineOf(*tree_arm.condition),
                                        std::move(*condition)})
                    : std::nullopt;
  }
  if (tree_arm.children.empty()) {
    context_.Error(Kind::kEmptyBlock, tree_arm.condition ? tree_arm.condition->range : tree.range,
                   fmt::format("this `{}` holds nothing, it needs a step",
                               tree_arm.condition ? "when" : "else"));
  }
  Scope inside(scope_);
  Scope* outer = std::exchange(scope_, &inside);
  Statement block;
  block.kind = StatementKind::kBlock;
  block.range = tree_arm.condition ? tree_arm.condition->range : tree.range;
  block.children = ReadAll(tree_arm.children, false);
  scope_ = outer;
  if (!arm) {
    return std::nullopt;
  }
  if (arm && decided->has_value() && **decided) {
    arm->condition = {};  // always
  }
  block.arm = std::move(*arm);
  return block;
}

}  // namespace upgraph::sema
