#pragma once

// The types of the language. A literal takes the type that is expected of it and is checked there;
// values never convert from one type to another.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/value.h"

namespace upgraph::sema {

enum class TypeKind : uint8_t {
  kError,  // already reported; fits everything, so that one mistake is told once
  kBool,
  kInt,
  kFloat,
  kString,
  kDuration,
  kSize,
  kPercent,
  kVersion,
  kPath,
  kPayload,
  kUrl,
  kUnitName,
  kKey,
  kKeyValue,  // `Value`: of the type of the key that is given beside it
  kConfig,
  kSecret,  // named by where it is; its value is known to no one but the step that uses it
  kHandle,
  kOpaque,  // of a `type` declaration: only steps make one
  kList,
  kMap,
  kVersionRange,
};

struct Type {
  TypeKind kind = TypeKind::kError;
  std::string name;                      // of a handle or an opaque type: "Database"
  TypeKind element = TypeKind::kString;  // of a list or a map; kError: text or number, mixed
  bool is_temporary = false;             // `temporary Token`: it ends with the upgrade
  TypeKind key = TypeKind::kString;      // of a map

  static Type Of(TypeKind kind) { return Type{kind, "", TypeKind::kString, false, {}}; }
  static Type Handle(std::string name) {
    return Type{TypeKind::kHandle, std::move(name), {}, false, {}};
  }
  static Type Opaque(std::string name) {
    return Type{TypeKind::kOpaque, std::move(name), {}, false, {}};
  }
  static Type ListOf(TypeKind element) { return Type{TypeKind::kList, "", element, false, {}}; }
  static Type MapOf(TypeKind key, TypeKind element) {
    return Type{TypeKind::kMap, "", element, false, key};
  }
  bool is_error() const { return kind == TypeKind::kError; }
  friend bool operator==(const Type&, const Type&) = default;
};

// As written in a spec: "Duration", "Database", "[Path]".
std::string TypeName(const Type& type);
// As it stands in a sentence: "a `Size`", "an `Int`".
std::string WithArticle(std::string_view type_name);

// The type that every spec knows by this name; not handle types.
std::optional<TypeKind> FindBuiltinType(std::string_view name);
std::vector<std::string> BuiltinTypeNames();

// Types whose literals are written in quotes.
bool IsTextType(TypeKind kind);

// What the values of a map may be.
bool CanBeInMap(TypeKind kind);

// Whether a value of type `given` may stand where `expected` is asked for.
bool Fits(const Type& given, const Type& expected);

// The kind that a value of this type has in a plan.
plan::ValueKind ValueKindOf(TypeKind kind);
TypeKind TypeKindOf(plan::ValueKind kind);

// What is wrong with a text as a literal of that type, as a rule for people; nothing when it is
// right. A text with ${…} in it is judged by what can be seen of it.
std::optional<std::string> FindTextFault(TypeKind kind, std::string_view text);

}  // namespace upgraph::sema
