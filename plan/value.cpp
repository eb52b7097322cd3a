#include "plan/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace upgraph::plan {
namespace {

struct Unit {
  int64_t size;
  const char* name;
};

constexpr std::array<Unit, 5> kDurationUnits = {
    {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}}};
constexpr std::array<Unit, 5> kSizeUnits = {
    {{1ll << 40, "TiB"}, {1ll << 30, "GiB"}, {1ll << 20, "MiB"}, {1ll << 10, "KiB"}, {1, "B"}}};

std::string Quote(const std::string& text, bool is_template) {
  std::string quoted;
  quoted.reserve(text.size() + 2);
  quoted += '"';
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\t':
        quoted += "\\t";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '$':
        // "$$" of a template is one dollar sign; a dollar of a plain text must not open one.
        if (is_template && i + 1 < text.size() && text[i + 1] == '{') {
          quoted += "$";
        } else {
          quoted += "\\$";
          i += is_template ? 1 : 0;
        }
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          quoted += fmt::format("\\u{{{:x}}}", static_cast<unsigned char>(c));
        } else {
          quoted += c;
        }
    }
  }
  quoted += '"';
  return quoted;
}

std::string FormatFields(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) {
    if (!text.empty()) {
      text += ", ";
    }
    if (!field.name.empty()) {
      text += field.name + ": ";
    }
    text += FormatValue(field.value);
  }
  return text;
}

}  // namespace

bool operator==(const Value& a, const Value& b) {
  return a.kind == b.kind && a.is_template == b.is_template && a.number == b.number &&
         a.real == b.real && a.text == b.text && a.fields == b.fields;
}

const char* ValueKindName(ValueKind kind) {
  switch (kind) {
    case ValueKind::kNone:
      return "None";
    case ValueKind::kBool:
      return "Bool";
    case ValueKind::kInt:
      return "Int";
    case ValueKind::kFloat:
      return "Float";
    case ValueKind::kString:
      return "String";
    case ValueKind::kDuration:
      return "Duration";
    case ValueKind::kSize:
      return "Size";
    case ValueKind::kPercent:
      return "Percent";
    case ValueKind::kVersion:
      return "Version";
    case ValueKind::kPath:
      return "Path";
    case ValueKind::kPayload:
      return "Payload";
    case ValueKind::kUrl:
      return "Url";
    case ValueKind::kUnitName:
      return "UnitName";
    case ValueKind::kKey:
      return "Key";
    case ValueKind::kConfig:
      return "Config";
    case ValueKind::kHandle:
      return "Handle";
    case ValueKind::kList:
      return "List";
    case ValueKind::kMap:
      return "Map";
    case ValueKind::kSecret:
      return "Secret";
    case ValueKind::kTemporary:
      return "Temporary";
  }
  UPGRAPH_UNREACHABLE("value kind");
}

Value TextValue(ValueKind kind, std::string text) {
  Value value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}

const Value* FindField(const std::vector<Field>& fields, std::string_view name) {
  auto field = std::find_if(fields.begin(), fields.end(),
                            [&](const Field& candidate) { return candidate.name == name; });
  return field == fields.end() ? nullptr : &field->value;
}

int64_t UnitSize(ValueKind type, std::string_view unit) {
  for (const Unit& known : type == ValueKind::kDuration ? kDurationUnits : kSizeUnits) {
    if (unit == known.name) {
      return known.size;
    }
  }
  return 0;
}

std::string FormatDuration(int64_t ms) {
  if (ms == 0) {
    return "0s";
  }
  std::string text = ms < 0 ? "-" : "";
  uint64_t rest = ms < 0 ? 0 - static_cast<uint64_t>(ms) : static_cast<uint64_t>(ms);
  for (const Unit& unit : kDurationUnits) {
    uint64_t size = static_cast<uint64_t>(unit.size);
    if (rest >= size) {
      text += fmt::format("{}{}", rest / size, unit.name);
      rest %= size;
    }
  }
  return text;
}

std::string FormatSize(int64_t bytes) {
  for (const Unit& unit : kSizeUnits) {
    if (bytes != 0 && bytes % unit.size == 0) {
      return fmt::format("{}{}", bytes / unit.size, unit.name);
    }
  }
  return "0B";
}

std::string FormatValue(const Value& value) {
  switch (value.kind) {
    case ValueKind::kNone:
      return "none";
    case ValueKind::kBool:
      if (value.is_template) {
        return value.text;
      }
      return value.number != 0 ? "true" : "false";
    case ValueKind::kInt:
      if (value.is_template) {
        return value.text;
      }
      return fmt::format("{}", value.number);
    case ValueKind::kFloat: {
      std::string text = fmt::format("{}", value.real);
      return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
    }
    case ValueKind::kDuration:
      return FormatDuration(value.number);
    case ValueKind::kSize:
      return FormatSize(value.number);
    case ValueKind::kPercent:
      return fmt::format("{}%", value.real);
    case ValueKind::kVersion:
      return "v" + value.text;
    case ValueKind::kString:
    case ValueKind::kPath:
    case ValueKind::kPayload:
    case ValueKind::kUrl:
    case ValueKind::kUnitName:
      return Quote(value.text, value.is_template);
    case ValueKind::kKey: {
      const Value* config = FindField(value.fields, "config");
      return (config != nullptr ? config->text + "." : "") + value.text;
    }
    case ValueKind::kConfig:
    case ValueKind::kTemporary:
      return value.text;
    case ValueKind::kSecret:
    case ValueKind::kHandle:
      return value.text + "(" + FormatFields(value.fields) + ")";
    case ValueKind::kList:
      return "[" + FormatFields(value.fields) + "]";
    case ValueKind::kMap:
      return "{" + FormatFields(value.fields) + "}";
  }
  UPGRAPH_UNREACHABLE("value kind");
}

}  // namespace upgraph::plan
