#pragma once

// Checks over the plan: pure functions that find what would go wrong. The compiler turns findings
// into diagnostics; the runtime runs the same checks again on the host's plan.
// A new check is one file, one line in registry.def, one golden case: docs/adding_a_check.md.

#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace upgraph::plan {

enum class FindingSeverity { kError, kWarning };

// What makes a finding go away without asking anybody. A plan has no text, so it is said in words
// that whoever has the text looks for.
struct Mend {
  enum class Kind : uint8_t {
    kNone,
    kReplace,  // `from`, which stands once in the text at the position, becomes `to`
    kDrop,     // the statement around the position, which begins with `from`, is taken away
  };
  Kind kind = Kind::kNone;
  std::string from;
  std::string to;
};

struct Finding {
  std::string check;  // "inverse-total"
  FindingSeverity severity = FindingSeverity::kError;
  std::string message;  // lower case, no full stop: what was found, then the rule
  SourcePosition position;
  std::string second_message;  // with the second place; empty: there is none
  SourcePosition second_position;
  std::string hint;  // what to do; may be empty
  Mend mend = {};
};

struct Check {
  const char* name;
  // Adds what it finds; all but the last in registry.def run side by side, and know nothing of each
  // other.
  void (*run)(const Plan& plan, std::vector<Finding>* findings);
  // kNo: without what it proves there is no way back, whatever the reason.
  enum class Allowable { kYes, kNo } allowable;
  // kSpec: of the whole version graph, once. An edge's `allow` silences what is found at its place.
  enum class About { kEdge, kSpec } about;
  const char* explanation;  // what it proves and why, a bad and a good example
};

// All checks, in the order of registry.def.
const std::vector<Check>& AllChecks();
const Check* FindCheck(std::string_view name);  // null when there is none

// With fewer steps a plan is judged by one thread: it would wait longer for others to start.
inline constexpr size_t kStepsForThreads = 2000;

// The findings of all checks, in the order of their places, without those that the plan allows. An
// allowance that allows nothing is a finding itself, "unused-allow".
std::vector<Finding> RunChecks(const Plan& plan);

}  // namespace upgraph::plan
