#include "runtime/executor/samples.h"

#include <map>
#include <string_view>

#include "base/json.h"
#include "runtime/executor/run_folder.h"

namespace upgraph::executor {
namespace {

std::string TextOf(const Json& json, const char* name) {
  const auto member = json.find(name);
  return member != json.end() && member->is_string() ? member->get<std::string>() : "";
}

void AddSample(const Json& json, SampledCondition* condition) {
  const auto holds = json.find("holds");
  const bool is_held = holds != json.end() && holds->is_boolean() && holds->get<bool>();
  const std::string missing = TextOf(json, "missing");
  ++condition->sample_count;
  condition->held_count += is_held ? 1 : 0;
  condition->missing_count += missing.empty() ? 0 : 1;
  condition->last_reading = TextOf(json, "reading");
  if (is_held) {
    return;
  }
  condition->last_failed = missing.empty() ? condition->last_reading : missing;
  const auto wall_ms = json.find("wall_ms");
  if (condition->first_failed_wall_ms == 0 && wall_ms != json.end() &&
      wall_ms->is_number_integer()) {
    condition->first_failed_wall_ms = wall_ms->get<int64_t>();
  }
}

}  // namespace

std::vector<SampledCondition> ReadSamples(env::Env& env, const std::string& run_id) {
  std::vector<SampledCondition> conditions;
  const auto read = env.files.Read(SamplesPath(run_id), kSamplesBytesMax);
  if (!read.ok()) {
    return conditions;
  }
  std::map<std::pair<std::string, std::string>, size_t> index_of;
  std::string_view rest = *read;
  for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const Result<Json> json = ParseJson(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    if (!json.ok() || !json->is_object()) {
      continue;
    }
    const std::pair<std::string, std::string> key{TextOf(*json, "step"),
                                                  TextOf(*json, "condition")};
    const auto [known, is_new] = index_of.try_emplace(key, conditions.size());
    if (is_new) {
      conditions.push_back({key.first, key.second});
    }
    AddSample(*json, &conditions[known->second]);
  }
  return conditions;
}

}  // namespace upgraph::executor
