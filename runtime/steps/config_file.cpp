#include "runtime/steps/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "plan/version.h"

namespace upgraph::steps {
namespace {

using plan::ConfigKey;
using plan::Value;
using plan::ValueKind;

constexpr uint64_t kConfigBytesMax = 1 << 20;

std::string TypeName(const ConfigKey& key) {
  std::string name = plan::ValueKindName(key.type);
  return key.unit.empty() ? name : name + " in " + key.unit;
}

template <typename T>
std::optional<T> WholeNumber(const std::string& text) {
  T number = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end && !text.empty() ? std::optional<T>(number)
                                                              : std::nullopt;
}

// A number of the key's unit or, when it has none, one or more numbers with units: 1h30m.
std::optional<int64_t> ReadMeasure(const ConfigKey& key, const std::string& text) {
  if (!key.unit.empty()) {
    auto number = WholeNumber<int64_t>(text);
    int64_t measure = 0;
    bool is_fit = number && *number >= 0 &&
                  !__builtin_mul_overflow(*number, plan::UnitSize(key.type, key.unit), &measure);
    return is_fit ? std::optional<int64_t>(measure) : std::nullopt;
  }
  int64_t sum = 0;
  for (size_t at = 0; at < text.size();) {
    size_t unit_at = std::min(text.find_first_not_of("0123456789", at), text.size());
    size_t next = std::min(text.find_first_of("0123456789", unit_at), text.size());
    auto number = WholeNumber<int64_t>(text.substr(at, unit_at - at));
    int64_t size = plan::UnitSize(key.type, text.substr(unit_at, next - unit_at));
    int64_t part = 0;
    if (!number || size == 0 || __builtin_mul_overflow(*number, size, &part) ||
        __builtin_add_overflow(sum, part, &sum)) {
      return std::nullopt;
    }
    at = next;
  }
  return text.empty() ? std::nullopt : std::optional<int64_t>(sum);
}

std::optional<int64_t> ReadBool(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const char* yes : {"true", "yes", "on", "1"}) {
    if (text == yes) {
      return 1;
    }
  }
  for (const char* no : {"false", "no", "off", "0"}) {
    if (text == no) {
      return 0;
    }
  }
  return std::nullopt;
}

bool ReadsAsText(ValueKind type, const std::string& text) {
  switch (type) {
    case ValueKind::kPath:
      return !text.empty() && text[0] == '/';
    case ValueKind::kUrl:
      return text.find("://") != std::string::npos && text.find("://") > 0;
    case ValueKind::kUnitName:
      return text.find('.') != std::string::npos && text.find('/') == std::string::npos;
    case ValueKind::kVersion:
      return plan::Version::Parse(plan::VersionScheme::kSemver, text).ok();
    case ValueKind::kNone:
    case ValueKind::kBool:
    case ValueKind::kInt:
    case ValueKind::kFloat:
    case ValueKind::kString:
    case ValueKind::kDuration:
    case ValueKind::kSize:
    case ValueKind::kPercent:
    case ValueKind::kPayload:
    case ValueKind::kKey:
    case ValueKind::kConfig:
    case ValueKind::kHandle:
    case ValueKind::kList:
    case ValueKind::kMap:
    case ValueKind::kSecret:
    case ValueKind::kTemporary:
      return true;
  }
  return true;
}

}  // namespace

Result<const plan::Config*> FindConfig(const plan::Plan& plan, const std::string& name) {
  for (const plan::Config& config : plan.configs) {
    if (config.name == name) {
      return &config;
    }
  }
  return Error{ErrorKind::kInvalid, fmt::format("the plan has no config `{}`", name)};
}

Result<const ConfigKey*> FindConfigKey(const plan::Config& config, const std::string& name) {
  for (const ConfigKey& key : config.keys) {
    if (key.name == name) {
      return &key;
    }
  }
  return Error{ErrorKind::kInvalid, fmt::format("config `{}` has no key `{}`", config.name, name)};
}

Result<ConfigFile> ReadConfigFile(const StepContext& context, const plan::Config& config) {
  const Value* path = plan::FindField(config.handle.fields, "path");
  if (config.handle.text != "config.ini" || path == nullptr) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("config `{}` is a `{}`; only `config.ini` can be edited", config.name,
                             config.handle.text)};
  }
  UPGRAPH_ASSIGN(env::FileStatus status, context.env.files.Stat(path->text));
  if (status.type != env::FileType::kRegular) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("`{}` is a {}; the edited file would stand in its place, so name the "
                             "file itself",
                             path->text, env::FileTypeName(status.type))};
  }
  ConfigFile file{path->text, "", status.mode};
  UPGRAPH_ASSIGN(file.text, context.env.files.Read(path->text, kConfigBytesMax));
  return file;
}

Result<std::vector<Replacement>> WantedEdits(const ConfigFile& file,
                                             const std::vector<clients::IniEdit>& edits) {
  auto edited = clients::EditIni(file.text, edits);
  if (!edited.ok()) {
    return edited.error().Within(fmt::format("`{}`", file.path));
  }
  std::vector<Replacement> wanted;
  if (*edited != file.text) {
    Replacement& replacement = wanted.emplace_back();
    replacement.target = file.path;
    replacement.kind = ObjectKind::kFile;
    replacement.content = std::move(*edited);
    replacement.mode = file.mode;
    replacement.attributes_from = file.path;
  }
  return wanted;
}

KeyPlace PlaceOf(const std::string& key) {
  size_t dot = key.find_last_of('.');
  return dot == std::string::npos ? KeyPlace{"", key}
                                  : KeyPlace{key.substr(0, dot), key.substr(dot + 1)};
}

Result<std::string> SpellValue(const ConfigKey& key, const Value& value) {
  if (value.kind != key.type) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("a {} found for `{}`, which is a {}", plan::ValueKindName(value.kind),
                             key.name, TypeName(key))};
  }
  switch (key.type) {
    case ValueKind::kBool:
      return std::string(value.number != 0 ? "true" : "false");
    case ValueKind::kDuration:
    case ValueKind::kSize: {
      if (key.unit.empty()) {
        return plan::FormatValue(value);
      }
      int64_t size = plan::UnitSize(key.type, key.unit);
      if (size == 0 || value.number % size != 0) {
        return Error{ErrorKind::kInvalid,
                     fmt::format("{} is no whole number of `{}`, the unit of `{}`",
                                 plan::FormatValue(value), key.unit, key.name)};
      }
      return std::to_string(value.number / size);
    }
    case ValueKind::kInt:
    case ValueKind::kFloat:
    case ValueKind::kPercent:
      return plan::FormatValue(value);
    case ValueKind::kString:
    case ValueKind::kVersion:
    case ValueKind::kPath:
    case ValueKind::kUrl:
    case ValueKind::kUnitName:
      return value.text;
    case ValueKind::kNone:
    case ValueKind::kPayload:
    case ValueKind::kKey:
    case ValueKind::kConfig:
    case ValueKind::kHandle:
    case ValueKind::kList:
    case ValueKind::kMap:
    case ValueKind::kSecret:
    case ValueKind::kTemporary:
      break;
  }
  return Error{ErrorKind::kUnsupported,
               fmt::format("a {} cannot be written to a configuration file",
                           plan::ValueKindName(value.kind))};
}

std::optional<Value> ReadValue(const ConfigKey& key, const std::string& text) {
  Value value;
  value.kind = key.type;
  std::optional<int64_t> number = 0;
  if (key.type == ValueKind::kBool) {
    number = ReadBool(text);
  } else if (key.type == ValueKind::kInt) {
    number = WholeNumber<int64_t>(text);
  } else if (key.type == ValueKind::kDuration || key.type == ValueKind::kSize) {
    number = ReadMeasure(key, text);
  } else if (key.type == ValueKind::kFloat || key.type == ValueKind::kPercent) {
    bool has_sign = key.type == ValueKind::kPercent && !text.empty() && text.back() == '%';
    auto real = WholeNumber<double>(has_sign ? text.substr(0, text.size() - 1) : text);
    if (!real) {
      return std::nullopt;
    }
    value.real = *real;
  } else {
    value.text = text;
    if (!ReadsAsText(key.type, text)) {
      return std::nullopt;
    }
  }
  if (!number) {
    return std::nullopt;
  }
  value.number = *number;
  return value;
}

namespace {

Result<bool> IsRemovedIn(const plan::Product& product, const ConfigKey& key,
                         const std::string& target) {
  if (key.removed.empty()) {
    return false;
  }
  UPGRAPH_ASSIGN(plan::Version removed, plan::ReadVersion(product, key.removed));
  UPGRAPH_ASSIGN(plan::Version release, plan::ReadVersion(product, target));
  return removed <= release;
}

Result<bool> IsLaterThan(const plan::Product& product, const ConfigKey& key,
                         const std::string& target) {
  if (key.since.empty()) {
    return false;
  }
  UPGRAPH_ASSIGN(plan::Version since, plan::ReadVersion(product, key.since));
  UPGRAPH_ASSIGN(plan::Version release, plan::ReadVersion(product, target));
  return since > release;
}

Result<const ConfigKey*> SuccessorIn(const plan::Product& product, const plan::Config& config,
                                     const ConfigKey& key, const std::string& target) {
  const ConfigKey* current = &key;
  // A plan from elsewhere may lead in a circle.
  for (size_t i = 0; i <= config.keys.size(); ++i) {
    UPGRAPH_ASSIGN(bool is_removed, IsRemovedIn(product, *current, target));
    if (!is_removed) {
      return current;
    }
    if (current->becomes.empty()) {
      return static_cast<const ConfigKey*>(nullptr);
    }
    UPGRAPH_ASSIGN(current, FindConfigKey(config, current->becomes));
  }
  return Error{ErrorKind::kInvalid, fmt::format("`{}` becomes itself over other keys", key.name)};
}

Result<const ConfigKey*> PredecessorIn(const plan::Product& product, const plan::Config& config,
                                       const ConfigKey& key, const std::string& target) {
  const ConfigKey* current = &key;
  for (size_t i = 0; i <= config.keys.size(); ++i) {
    UPGRAPH_ASSIGN(bool is_later, IsLaterThan(product, *current, target));
    if (!is_later) {
      UPGRAPH_ASSIGN(bool is_removed, IsRemovedIn(product, *current, target));
      return is_removed ? nullptr : current;
    }
    const auto before =
        std::find_if(config.keys.begin(), config.keys.end(),
                     [&](const ConfigKey& other) { return other.becomes == current->name; });
    if (before == config.keys.end()) {
      return static_cast<const ConfigKey*>(nullptr);
    }
    current = &*before;
  }
  return Error{ErrorKind::kInvalid, fmt::format("`{}` becomes itself over other keys", key.name)};
}

}  // namespace

Result<const ConfigKey*> HolderIn(const plan::Plan& plan, const plan::Config& config,
                                  const ConfigKey& key, const std::string& target) {
  UPGRAPH_ASSIGN(bool is_later, IsLaterThan(plan.product, key, target));
  return plan.upgrade.is_downgrade && is_later ? PredecessorIn(plan.product, config, key, target)
                                               : SuccessorIn(plan.product, config, key, target);
}

}  // namespace upgraph::steps
