#pragma once

// A formula: an expression of a declaration over its parameters (`within + 10s`, `config.path`,
// `file("/etc/" …)`), typed when the declaration is read and evaluated once for each call.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/sema/operations.h"
#include "compiler/sema/type.h"
#include "plan/plan.h"
#include "plan/value.h"

namespace upgraph::sema {

struct Program;

enum class FormulaKind : uint8_t {
  kConstant,   // `constant`
  kParameter,  // the argument `parameter`
  kMember,     // `member` of operands[0]
  kOperation,  // `operation` of the operands
  kCall,       // a function, `body`, of the operands
  kDefault,    // an operand of a call: `body` of the operands before it
  kText,       // the operands' texts joined; typed as what is expected of it
  kList,       // the operands
  kMap,        // the operands: key, value in turn
  kAnything,   // `*`, an argument of an effect that covers every value
};

struct Formula {
  FormulaKind kind = FormulaKind::kConstant;
  Type type;
  plan::Value constant;
  uint32_t parameter = 0;
  std::string member;
  Operation operation = Operation::kSum;
  std::shared_ptr<const Formula> body;
  std::vector<Formula> operands;

  static Formula Constant(Type type, plan::Value value);
  bool is_constant() const { return kind == FormulaKind::kConstant; }
};

// What is called `member` in the value: an argument of a handle, the handle's arguments of a
// configuration, `name` and `config` of a key. kNone when it has no such member.
plan::Value MemberOf(const plan::Value& value, const std::string& member,
                     const std::vector<plan::Config>& configs);

// How an evaluation went. It always ends: functions do not call themselves, and what would still
// take too long is a fault.
struct Evaluation {
  Fault fault;  // the first one
  uint32_t steps_left = 10'000;
  uint32_t depth_left = 1'000;
};

// `arguments` are those of the call, in declared order; a formula without parameters needs none.
// A member that the value lacks gives kNone; `*` gives kNone too. Where nobody asks for the
// evaluation there is no fault: somebody asked before.
plan::Value Evaluate(const Formula& formula, const std::vector<plan::Field>& arguments,
                     const Program& program, Evaluation* evaluation = nullptr);

// The value of a formula that is a constant or an argument, where it stands; null for others.
const plan::Value* FindGiven(const Formula& formula, const std::vector<plan::Field>& arguments);

// The text that names a value inside the name of a resource or a lock:
// /opt/dten, settings, sql.sqlite(/var/lib/dten/dten.db).
std::string CanonicalText(const plan::Value& value);
// The same where the whole text will be read as a template: plain parts are escaped.
std::string CanonicalTemplate(const plan::Value& value);

// The words of an argument vector, each one text.
std::vector<plan::Value> EvaluateCommand(const std::vector<Formula>& words,
                                         const std::vector<plan::Field>& arguments,
                                         const Program& program);

// Whether the value, or anything in it, waits for the host.
bool HasTemplate(const plan::Value& value);

// Texts grow by being joined with themselves; nobody means more than this.
inline constexpr size_t kTextBytesMax = 64 << 10;

// `text` as part of a template, where one dollar sign is written as two.
std::string EscapeTemplate(const std::string& text);

}  // namespace upgraph::sema
