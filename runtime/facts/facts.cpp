#include "runtime/facts/facts.h"

#include <fmt/format.h>

namespace upgraph::facts {
namespace {

constexpr uint64_t kFileBytesMax = 1 << 20;

// files.first_line(path)
Result<std::string> FirstLine(env::Env& env, const plan::Fact& fact) {
  const plan::Value* path = plan::FindField(fact.arguments, "path");
  if (path == nullptr) {
    return Error{ErrorKind::kInvalid, "`files.first_line` lacks its argument `path`"};
  }
  UPGRAPH_ASSIGN(std::string content, env.files.Read(path->text, kFileBytesMax));
  std::string line = content.substr(0, content.find('\n'));
  if (!line.empty() && line.back() == '\r') {
    line.pop_back();
  }
  return line;
}

// files.is_there(path): true or false.
Result<std::string> IsThere(env::Env& env, const plan::Fact& fact) {
  const plan::Value* path = plan::FindField(fact.arguments, "path");
  if (path == nullptr) {
    return Error{ErrorKind::kInvalid, "`files.is_there` lacks its argument `path`"};
  }
  UPGRAPH_ASSIGN(bool is_there, env.files.Exists(path->text));
  return std::string(is_there ? "true" : "false");
}

struct KnownFact {
  std::string_view native;
  Result<std::string> (*ask)(env::Env& env, const plan::Fact& fact);
};
constexpr KnownFact kKnownFacts[] = {
    {"files.first_line", FirstLine},
    {"files.is_there", IsThere},
};

const KnownFact* FindFact(std::string_view native) {
  for (const KnownFact& known : kKnownFacts) {
    if (known.native == native) {
      return &known;
    }
  }
  return nullptr;
}

}  // namespace

Result<std::string> AskFact(env::Env& env, const plan::Fact& fact) {
  const KnownFact* known = FindFact(fact.native);
  Result<std::string> answer =
      known != nullptr ? known->ask(env, fact)
                       : Error{ErrorKind::kUnsupported,
                               fmt::format("this program has no fact `{}`", fact.native)};
  return answer.ok() ? answer : answer.error().Within(fmt::format("fact `{}`", fact.name));
}

bool HasFact(std::string_view native) { return FindFact(native) != nullptr; }

}  // namespace upgraph::facts
