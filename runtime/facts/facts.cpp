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

}  // namespace

Result<std::string> AskFact(env::Env& env, const plan::Fact& fact) {
  Result<std::string> answer =
      fact.native == "files.first_line"
          ? FirstLine(env, fact)
          : Error{ErrorKind::kUnsupported,
                  fmt::format("this program has no fact `{}`", fact.native)};
  return answer.ok() ? answer : answer.error().Within(fmt::format("fact `{}`", fact.name));
}

bool HasFact(std::string_view native) { return native == "files.first_line"; }

}  // namespace upgraph::facts
