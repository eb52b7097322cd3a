// `for`: a list that the text has is unrolled here, one that the host gives becomes as many arms as
// there may be elements.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "compiler/sema/facts.h"
#include "compiler/sema/statement_reader.h"
#include "plan/list_answer.h"

namespace upgraph::sema {
namespace {

// Whether the host's list has an element of that number, counted from 1.
plan::Predicate HasElement(const std::string& fact, int64_t number) {
  plan::Value count;
  count.kind = plan::ValueKind::kInt;
  count.is_template = true;
  count.text = plan::CountHole(fact);
  plan::Value least;
  least.kind = plan::ValueKind::kInt;
  least.number = number;
  plan::Predicate predicate;
  predicate.kind = plan::PredicateKind::kCompare;
  predicate.comparison = plan::Comparison::kGreaterEqual;
  predicate.values = {std::move(count), std::move(least)};
  return predicate;
}

}  // namespace

// In `parallel` the turns are its branches, elsewhere they follow one another.
void StatementReader::ReadFor(const ast::Statement& tree, bool is_parallel, Statement* statement) {
  statement->kind = is_parallel ? StatementKind::kParallel : StatementKind::kBlock;
  if (tree.children.empty()) {
    context_.Error(Kind::kEmptyBlock, tree.range, "this `for` holds nothing, it needs a step");
  }
  Expectation expected{{}, "what `for` goes through", {}};
  if (tree.type) {
    Type item = ResolveType(&context_, context_.modules[module_], *tree.type);
    if (item.is_error()) {
      return;
    }
    expected.type = Type::ListOf(item.kind);
    expected.declared = tree.type->range;
  }
  Expressions expressions = MakeExpressions();
  expressions.AllowWaiting();
  Formula list = expressions.Analyze(*tree.list, expected);
  const uint32_t max = ReadMax(tree);
  if (list.type.is_error()) {
    return;
  }
  if (list.type.kind == TypeKind::kList && list.constant.is_template) {
    ReadTurns(tree, list, max, statement);
    return;
  }
  if (tree.max && list.is_constant()) {
    context_.Error(Kind::kWrongKind, tree.max->range,
                   "this list is known here, so it needs no `max`; that bounds a list which the "
                   "host gives");
    return;
  }
  if (list.type.kind == TypeKind::kMap) {
    list = expressions.KeysOf(std::move(list), tree.list->range);  // as `in` does
  }
  if (list.type.kind != TypeKind::kList) {
    context_
        .Error(
            Kind::kWrongType, tree.list->range,
            fmt::format("`for` goes through a list, this is {}", WithArticle(TypeName(list.type))))
        .SetHint("write `for path: Path in [\"/srv/a\", \"/srv/b\"] { … }`");
    return;
  }
  Symbol item;
  item.is_unrolled = true;
  item.type = Type::Of(list.type.element);
  if (!list.is_constant()) {
    item.kind = SymbolKind::kParameter;
    list.constant.fields = {{"", {}}};  // one turn for all
  }
  ReadIterations(tree, std::move(item), list.constant, statement);
}

// How many turns the loop has at most; 0: not said, or said wrongly.
uint32_t StatementReader::ReadMax(const ast::Statement& tree) {
  if (!tree.max) {
    return 0;
  }
  auto value = MakeExpressions().Constant(*tree.max, {Type::Of(TypeKind::kInt), "`max`", {}});
  if (!value) {
    return 0;
  }
  if (value->number < 1 || value->number > kFactElementsMax) {
    context_.Error(Kind::kBadProperty, tree.max->range,
                   fmt::format("found `max {}`, a loop over what the host gives has between 1 and "
                               "{} turns",
                               value->number, kFactElementsMax));
    return 0;
  }
  return static_cast<uint32_t>(value->number);
}

// The host knows the list: the plan has the body once for each element that there may be, and the
// host leaves out what it has none for.
void StatementReader::ReadTurns(const ast::Statement& tree, const Formula& list, uint32_t max,
                                Statement* statement) {
  if (!tree.max) {
    context_
        .Error(Kind::kNotConstant, tree.list->range,
               "how long this list is the host alone knows, so the loop says how many turns it has "
               "at most")
        .SetHint(fmt::format("write `for {} in {} max 64 {{ … }}`; a host with more is refused "
                             "before anything is touched",
                             tree.variable->text, MakeExpressions().OneLineOf(*tree.list)));
  }
  if (max == 0 || tree.children.empty()) {
    return;
  }
  UPGRAPH_CHECK(CanWait(list.type.element));
  const std::string name = list.constant.text.substr(2, list.constant.text.size() - 3);
  for (plan::Fact& fact : context_.program.facts) {
    if (fact.name == name) {
      fact.elements_max = std::min(fact.elements_max, max);
    }
  }
  plan::Value elements;
  for (uint32_t number = 1; number <= max; ++number) {
    plan::Value element;
    element.kind = ValueKindOf(list.type.element);
    element.is_template = true;
    element.text = plan::ElementHole(name, number);
    elements.fields.push_back({"", std::move(element)});
  }
  Symbol item;
  item.is_unrolled = true;
  item.type = Type::Of(list.type.element);
  ReadIterations(tree, std::move(item), elements, statement);
  for (size_t i = 0; i < statement->children.size(); ++i) {
    const plan::Value& element = elements.fields[i].value;
    statement->children[i].arm =
        Arm{fmt::format("for {} in {} max {}: {}", tree.variable->text,
                        MakeExpressions().OneLineOf(*tree.list), max, element.text),
            HasElement(name, static_cast<int64_t>(i) + 1), element};
  }
}

void StatementReader::ReadIterations(const ast::Statement& tree, Symbol item,
                                     const plan::Value& list, Statement* statement) {
  Scope* outer = scope_;
  for (const plan::Field& field : list.fields) {
    uint32_t errors_before = context_.emitter.error_count();
    if (!is_judged_only() && !CountUnroll(tree.range)) {
      break;
    }
    Scope turn(outer);
    item.value = field.value;
    if (!context_.Declare(&turn, *tree.variable, item)) {
      turn.Add(tree.variable->text, {});  // its uses are not reported again
    }
    scope_ = &turn;
    Statement block;
    block.kind = StatementKind::kBlock;
    block.range = tree.range;
    block.children = ReadAll(tree.children, false);
    statement->children.push_back(std::move(block));
    if (context_.emitter.error_count() != errors_before) {
      break;  // the next turn would say the same again
    }
  }
  scope_ = outer;
}

}  // namespace upgraph::sema
