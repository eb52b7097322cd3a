#include "runtime/facts/facts.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <vector>

#include "plan/list_answer.h"

namespace upgraph::facts {
namespace {

constexpr uint64_t kFileBytesMax = 1 << 20;

Result<std::string> Argument(const plan::Fact& fact, const char* name) {
  const plan::Value* value = plan::FindField(fact.arguments, name);
  if (value == nullptr) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("`{}` lacks its argument `{}`", fact.native, name)};
  }
  return value->text;
}

// files.first_line(path)
Result<std::string> FirstLine(env::Env& env, const plan::Fact& fact) {
  UPGRAPH_ASSIGN(std::string path, Argument(fact, "path"));
  UPGRAPH_ASSIGN(std::string content, env.files.Read(path, kFileBytesMax));
  std::string line = content.substr(0, content.find('\n'));
  if (!line.empty() && line.back() == '\r') {
    line.pop_back();
  }
  return line;
}

// files.is_there(path): true or false.
Result<std::string> IsThere(env::Env& env, const plan::Fact& fact) {
  UPGRAPH_ASSIGN(std::string path, Argument(fact, "path"));
  UPGRAPH_ASSIGN(bool is_there, env.files.Exists(path));
  return std::string(is_there ? "true" : "false");
}

// files.matching(folder, pattern): the paths, sorted. A folder that is not there holds nothing.
Result<std::string> Matching(env::Env& env, const plan::Fact& fact) {
  UPGRAPH_ASSIGN(std::string folder, Argument(fact, "folder"));
  UPGRAPH_ASSIGN(std::string pattern, Argument(fact, "pattern"));
  const Result<env::FileStatus> status = env.files.StatFollow(folder);
  if (!status.ok() && status.error().kind == ErrorKind::kNotFound) {
    return std::string();
  }
  if (status.ok() && status->type != env::FileType::kDirectory) {
    return Error{ErrorKind::kInvalid, fmt::format("`{}` is no folder", folder)};
  }
  UPGRAPH_ASSIGN(std::vector<std::string> names, env.files.List(folder));
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    // As a shell does: a name that begins with a dot is asked for with a dot.
    if (fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0) {
      paths.push_back((folder == "/" ? "" : folder) + "/" + name);
    }
  }
  return plan::JoinElements(paths);
}

struct KnownFact {
  std::string_view native;
  Result<std::string> (*ask)(env::Env& env, const plan::Fact& fact);
};
constexpr KnownFact kKnownFacts[] = {
    {"files.first_line", FirstLine},
    {"files.is_there", IsThere},
    {"files.matching", Matching},
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
