#pragma once

// Values as the plan carries them: evaluated, typed, independent of the language.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace upgraph::plan {

// Frozen numbers: they are written to disk.
enum class ValueKind : uint8_t {
  kNone = 0,
  kBool = 1,        // number: 0 or 1
  kInt = 2,         // number
  kFloat = 3,       // real
  kString = 4,      // text
  kDuration = 5,    // number: milliseconds
  kSize = 6,        // number: bytes
  kPercent = 7,     // real: 1% is 1.0
  kVersion = 8,     // text, without the leading v
  kPath = 9,        // text: absolute path on the host
  kPayload = 10,    // text: relative path in the package, below "payload/"
  kUrl = 11,        // text
  kUnitName = 12,   // text: a systemd unit, with its suffix
  kKey = 13,        // text: key name; fields[0] "config": the name of its Config as kString
  kConfig = 14,     // text: the name of a Config of the plan
  kHandle = 15,     // text: the handle's declared name ("sql.sqlite"); fields: its arguments
  kList = 16,       // fields, names empty
  kMap = 17,        // fields, in byte order of their names
  kSecret = 18,     // as a handle: where it is ("credentials.file"); never the secret
  kTemporary = 19,  // text: the path of the step that issues it
};

const char* ValueKindName(ValueKind kind);  // as written in a spec: "Duration"

struct Field;
struct Value;
// Of a kind that has its text alone.
Value TextValue(ValueKind kind, std::string text);

struct Value {
  ValueKind kind = ValueKind::kNone;
  // The text holds ${from} or a fact's name in the same form; "$$" stands for one dollar sign.
  // Resolve() replaces them on the host and clears the flag.
  bool is_template = false;
  int64_t number = 0;
  double real = 0;
  std::string text;
  std::vector<Field> fields;

  friend bool operator==(const Value&, const Value&);
};

struct Field {
  std::string name;
  Value value;
  friend bool operator==(const Field&, const Field&) = default;
};

// The field of that name, or null.
const Value* FindField(const std::vector<Field>& fields, std::string_view name);

// One line in the spelling of the language: 30s, 2GiB, "text", v4.8.3, ["a", "b"].
std::string FormatValue(const Value& value);
// How many milliseconds or bytes one unit of a Duration or Size has; 0: there is no such unit.
int64_t UnitSize(ValueKind type, std::string_view unit);
std::string FormatDuration(int64_t ms);  // 1h30m, 250ms, 0s
std::string FormatSize(int64_t bytes);   // 2GiB, 1500B: the largest unit that divides it

}  // namespace upgraph::plan
