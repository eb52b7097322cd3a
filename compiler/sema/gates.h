#pragma once

// Gates, and the conditions that gates and watches hold: a signal on the left, on the right what it
// is compared with. Internal to sema.

#include <optional>
#include <vector>

#include "compiler/sema/expressions.h"

namespace upgraph::sema {

class Properties;

class GateReader {
 public:
  GateReader(Context* context, uint32_t module, const Scope* scope)
      : context_(*context), expressions_(context, module, scope) {}

  // `gate edge for 10m, every 15s, baseline 1h, missing fails { … }`; what is wrong was reported.
  plan::Gate Read(const ast::Statement& tree);
  // `watch 3d every 5m, baseline 1h { … }`, the head and the conditions.
  plan::Gate ReadWatch(const ast::ItemBlock& tree);
  // `http.code(url) == 200`; `owner` is for messages. Nothing after an error.
  std::optional<plan::Condition> ReadCondition(const ast::Expr& expr, const std::string& owner);

 private:
  // The lines of a gate or a watch; `owner` is for messages: "a gate".
  std::vector<plan::Condition> ReadConditions(const ast::List<ast::Statement>& lines,
                                              const std::string& owner);
  // factor * baseline + offset; without an offset its kind is kNone.
  struct Linear {
    double factor = 0;
    plan::Value offset;
  };

  int64_t ReadDuration(const ast::Expr& expr, const std::string& name);
  bool ReadWatchTimes(const ast::ItemBlock& tree, plan::Gate* gate);
  int64_t ReadDuration(Properties* properties, std::string_view name);
  void ReadMissing(Properties* properties, plan::Gate* gate);
  void ReadTolerates(Properties* properties, plan::Gate* gate);
  std::optional<plan::Signal> ReadSignal(const ast::Expr& expr, const std::string& owner);
  std::optional<Linear> ReadBound(const ast::Expr& expr, const Expectation& expected);
  std::optional<Linear> ReadProduct(const ast::Expr& expr, const Expectation& expected);

  Context& context_;
  Expressions expressions_;
};

}  // namespace upgraph::sema
