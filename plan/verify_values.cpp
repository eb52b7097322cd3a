// The rules about texts, times and values.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/limits.h"
#include "plan/verify.h"
#include "plan/verify_rules.h"

namespace upgraph::plan::rules {

Context::Context(const Plan& plan, const StepGraph& graph) : plan(plan), graph(graph) {
  for (const Config& config : plan.configs) {
    config_names.insert(config.name);
  }
}

Error Violation(std::string message) {
  return {ErrorKind::kInvalid, "plan: " + std::move(message)};
}

Status VerifyText(const std::string& text, const char* what) {
  if (text.size() > kPlanTextBytesMax) {
    return Violation(
        fmt::format("{} of {} bytes; at most {}", what, text.size(), kPlanTextBytesMax));
  }
  if (text.find('\0') != std::string::npos) {
    return Violation(fmt::format("{} holds a zero byte", what));
  }
  return OkStatus();
}

Status VerifyName(const std::string& name, const char* what) {
  UPGRAPH_TRY(VerifyText(name, what));
  if (name.empty() || name.find('\n') != std::string::npos) {
    return Violation(fmt::format("{} is empty, or one of several lines", what));
  }
  return OkStatus();
}

Status VerifyTime(int64_t ms, const char* what) {
  if (ms < 0 || ms > kTimeMsMax) {
    return Violation(fmt::format("{} of {} ms is out of bounds", what, ms));
  }
  return OkStatus();
}

bool HasTemplate(const Value& value) {
  return value.is_template ||
         std::any_of(value.fields.begin(), value.fields.end(),
                     [](const Field& field) { return HasTemplate(field.value); });
}

namespace {

bool HasParentPart(const std::string& path) {
  return path == ".." || path.starts_with("../") || path.ends_with("/..") ||
         path.find("/../") != std::string::npos;
}

Status VerifyConfigName(const Context& context, const std::string& name) {
  return context.config_names.count(name) > 0
             ? OkStatus()
             : Status(Violation(fmt::format("a value names the configuration `{}`, which is not "
                                            "there",
                                            name.substr(0, 200))));
}

Status VerifyKey(const Context& context, const Value& value) {
  const Value* config = FindField(value.fields, "config");
  if (config == nullptr || config->kind != ValueKind::kString) {
    return Violation("a key without the name of its configuration");
  }
  return VerifyConfigName(context, config->text);
}

// What the text of a value must be. That of a template is known on the host alone.
Status VerifyMeaning(const Context& context, const Value& value) {
  switch (value.kind) {
    case ValueKind::kBool:
      return value.number == 0 || value.number == 1
                 ? OkStatus()
                 : Status(Violation(fmt::format("a Bool of {}", value.number)));
    case ValueKind::kFloat:
    case ValueKind::kPercent:
      return std::isfinite(value.real) ? OkStatus()
                                       : Status(Violation("a number that is not finite"));
    case ValueKind::kPath:
      return value.is_template || (!value.text.empty() && value.text[0] == '/' &&
                                   value.text.size() <= kPathBytesMax && !HasParentPart(value.text))
                 ? OkStatus()
                 : Status(Violation(
                       fmt::format("`{}` is no absolute path", value.text.substr(0, 200))));
    case ValueKind::kPayload:
      return std::binary_search(context.graph.payload.begin(), context.graph.payload.end(),
                                value.text)
                 ? OkStatus()
                 : Status(Violation(fmt::format("`{}` is not among the payload of the plan",
                                                value.text.substr(0, 200))));
    case ValueKind::kKey:
      return VerifyKey(context, value);
    case ValueKind::kConfig:
      return VerifyConfigName(context, value.text);
    case ValueKind::kMap:
      for (size_t i = 1; i < value.fields.size(); ++i) {
        if (value.fields[i].name <= value.fields[i - 1].name) {
          return Violation("the names of a map are not in order");
        }
      }
      return OkStatus();
    case ValueKind::kTemporary:
      return value.text.empty() ? Status(Violation("a temporary of no step")) : OkStatus();
    case ValueKind::kNone:
    case ValueKind::kInt:
    case ValueKind::kString:
    case ValueKind::kDuration:
    case ValueKind::kSize:
    case ValueKind::kVersion:
    case ValueKind::kUrl:
    case ValueKind::kUnitName:
    case ValueKind::kHandle:
    case ValueKind::kList:
    case ValueKind::kSecret:
      return OkStatus();
  }
  return Violation("a value of an unknown kind");
}

Status VerifyNested(const Context& context, const Value& value, int depth) {
  if (depth > kValueDepthMax) {
    return Violation(fmt::format("a value nests deeper than {}", kValueDepthMax));
  }
  if (value.fields.size() > kStepPartsMax) {
    return Violation("a value with too many parts");
  }
  UPGRAPH_TRY(VerifyText(value.text, "a value"));
  for (const Field& field : value.fields) {
    UPGRAPH_TRY(VerifyText(field.name, "the name of an argument"));
    UPGRAPH_TRY(VerifyNested(context, field.value, depth + 1));
  }
  return VerifyMeaning(context, value);
}

}  // namespace

Status VerifyValue(const Context& context, const Value& value) {
  return VerifyNested(context, value, 0);
}

Status VerifyFields(const Context& context, const std::vector<Field>& fields) {
  if (fields.size() > kStepPartsMax) {
    return Violation("too many arguments");
  }
  for (const Field& field : fields) {
    UPGRAPH_TRY(VerifyName(field.name, "the name of an argument"));
    UPGRAPH_TRY(VerifyNested(context, field.value, 0));
  }
  return OkStatus();
}

}  // namespace upgraph::plan::rules
