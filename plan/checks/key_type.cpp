#include <fmt/format.h>

#include "plan/checks/check.h"
#include "plan/checks/key_life.h"

namespace upgraph::plan {

extern const char* const kKeyTypeExplanation;
const char* const kKeyTypeExplanation =
    R"(What a key is given can be written in its file.

A key of type `Duration in s` stands in the file as a whole number of seconds; 250ms has no such
spelling, and the step that sets it would fail in the middle of the switch. That holds for what a step
sets, for the product's default, and for a value that moves to another key with `becomes`: a unit that
is coarser than the old one has no place for some of the values that people have set. (That both keys
are of one type, the types themselves see to.)

Bad:
    backoff.base : Duration in s
    config.set(settings.backoff.base, 250ms)

Good:
    backoff.base : Duration in ms
    config.set(settings.backoff.base, 250ms)
)";

namespace {

// How a value of the key stands in its file; 1: any value has a spelling.
int64_t UnitOf(const ConfigKey& key) {
  const int64_t size = key.unit.empty() ? 1 : UnitSize(key.type, key.unit);
  return size == 0 ? 1 : size;
}

std::string TypeOf(const ConfigKey& key) {
  std::string name = ValueKindName(key.type);
  return key.unit.empty() ? name : name + " in " + key.unit;
}

bool IsSpelled(const ConfigKey& key, const Value& value) {
  return value.kind != key.type || value.number % UnitOf(key) == 0;
}

void JudgeDefault(const ConfigKey& key, std::vector<Finding>* findings) {
  if (IsSpelled(key, key.default_value)) {
    return;
  }
  findings->push_back(
      {"key-type",
       FindingSeverity::kError,
       fmt::format("the default {} of key `{}` is no whole number of `{}`, in which "
                   "it is spelled",
                   FormatValue(key.default_value), key.name, key.unit),
       key.position,
       "",
       {},
       "spell the key in a finer unit"});
}

// A key without a unit is spelled with one, 1h30m, so anything may stand there.
void JudgeMove(const ConfigKey& key, const ConfigKey& next, std::vector<Finding>* findings) {
  if (key.type != next.type || UnitOf(key) % UnitOf(next) == 0) {
    return;
  }
  findings->push_back(
      {"key-type", FindingSeverity::kWarning,
       fmt::format("key `{}` is a {} and becomes `{}`, a {}; a value that is no whole number of "
                   "`{}` has no place there",
                   key.name, TypeOf(key), next.name, TypeOf(next), next.unit),
       key.position, "what it becomes", next.position,
       fmt::format("spell `{}` in `{}`", next.name, key.unit.empty() ? "ms" : key.unit)});
}

void JudgeSet(const Step& step, const KeysByName& keys, std::vector<Finding>* findings) {
  const Value* value = FindField(step.arguments, "value");
  const Value* key_name = FindField(step.arguments, "key");
  if (value == nullptr || key_name == nullptr || key_name->kind != ValueKind::kKey) {
    return;
  }
  const Value* config = FindField(key_name->fields, "config");
  const ConfigKey* key = config == nullptr ? nullptr : keys.Find(config->text, key_name->text);
  if (key == nullptr) {
    return;
  }
  Finding finding{"key-type",      FindingSeverity::kError, "", step.position,
                  "declared here", key->position,           ""};
  if (value->kind != key->type) {
    finding.message = fmt::format("`{}` gives a {} to key `{}`, which is a {}", step.name,
                                  ValueKindName(value->kind), key->name, TypeOf(*key));
  } else if (!IsSpelled(*key, *value)) {
    finding.message = fmt::format("{} is no whole number of `{}`, in which key `{}` is spelled",
                                  FormatValue(*value), key->unit, key->name);
    finding.hint = "round it, or spell the key in a finer unit";
  } else {
    return;
  }
  findings->push_back(std::move(finding));
}

}  // namespace

void RunKeyType(const Plan& plan, std::vector<Finding>* findings) {
  if (plan.configs.empty()) {
    return;
  }
  const KeysByName keys(plan);
  for (const Config& config : plan.configs) {
    for (const ConfigKey& key : config.keys) {
      JudgeDefault(key, findings);
      const ConfigKey* next = key.becomes.empty() ? nullptr : keys.Find(config.name, key.becomes);
      if (next != nullptr) {
        JudgeMove(key, *next, findings);
      }
    }
  }
  for (const Step& step : plan.steps) {
    JudgeSet(step, keys, findings);
  }
}

}  // namespace upgraph::plan
