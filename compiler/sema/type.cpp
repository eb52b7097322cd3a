#include "compiler/sema/type.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"

namespace upgraph::sema {
namespace {

struct NamedType {
  std::string_view name;
  TypeKind kind;
  plan::ValueKind value_kind;
};

constexpr std::array kTypes = {
    NamedType{"Bool", TypeKind::kBool, plan::ValueKind::kBool},
    NamedType{"Int", TypeKind::kInt, plan::ValueKind::kInt},
    NamedType{"Float", TypeKind::kFloat, plan::ValueKind::kFloat},
    NamedType{"String", TypeKind::kString, plan::ValueKind::kString},
    NamedType{"Duration", TypeKind::kDuration, plan::ValueKind::kDuration},
    NamedType{"Size", TypeKind::kSize, plan::ValueKind::kSize},
    NamedType{"Percent", TypeKind::kPercent, plan::ValueKind::kPercent},
    NamedType{"Version", TypeKind::kVersion, plan::ValueKind::kVersion},
    NamedType{"Path", TypeKind::kPath, plan::ValueKind::kPath},
    NamedType{"Payload", TypeKind::kPayload, plan::ValueKind::kPayload},
    NamedType{"Url", TypeKind::kUrl, plan::ValueKind::kUrl},
    NamedType{"UnitName", TypeKind::kUnitName, plan::ValueKind::kUnitName},
    NamedType{"Key", TypeKind::kKey, plan::ValueKind::kKey},
    NamedType{"Value", TypeKind::kKeyValue, plan::ValueKind::kNone},
    NamedType{"Config", TypeKind::kConfig, plan::ValueKind::kConfig},
    NamedType{"Secret", TypeKind::kSecret, plan::ValueKind::kSecret},
    NamedType{"VersionRange", TypeKind::kVersionRange, plan::ValueKind::kMap},
};

// A text below `root` without ".", "..", empty parts or a slash at its end.
bool IsCleanRelative(std::string_view text) {
  while (true) {
    size_t slash = text.find('/');
    std::string_view part = text.substr(0, slash);
    if (part.empty() || part == "." || part == "..") {
      return false;
    }
    if (slash == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(slash + 1);
  }
}

std::optional<std::string> FindPathFault(std::string_view text) {
  if (!text.starts_with('/')) {
    return "a `Path` is absolute, it begins with `/`";
  }
  if (text.size() > kPathBytesMax) {
    return "a `Path` has at most 4095 bytes";
  }
  if (text.size() > 1 && !IsCleanRelative(text.substr(1))) {
    return "a `Path` has no `.`, no `..`, no `//` and no `/` at its end";
  }
  return std::nullopt;
}

std::optional<std::string> FindPayloadFault(std::string_view text) {
  constexpr std::string_view kRoot = "payload/";
  if (!text.starts_with(kRoot)) {
    return "a `Payload` is a path in the package, it begins with `payload/`";
  }
  if (text.size() > kPathBytesMax) {
    return "a `Payload` has at most 4095 bytes";
  }
  if (!IsCleanRelative(text)) {
    return "a `Payload` has no `.`, no `..`, no `//` and no `/` at its end";
  }
  return std::nullopt;
}

std::optional<std::string> FindUrlFault(std::string_view text) {
  std::string_view rest;
  if (text.starts_with("http://")) {
    rest = text.substr(7);
  } else if (text.starts_with("https://")) {
    rest = text.substr(8);
  } else {
    return "a `Url` begins with `http://` or `https://`";
  }
  if (rest.empty() || rest.front() == '/' || rest.front() == ':' || rest.front() == '?') {
    return "a `Url` names a host after `://`";
  }
  bool is_plain =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c != 0x7f; });
  if (!is_plain) {
    return "a `Url` has no spaces and no control characters; write them as `%20`";
  }
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) {
    return "a `Url` carries no user name and no password";
  }
  return std::nullopt;
}

std::optional<std::string> FindUnitNameFault(std::string_view text) {
  constexpr std::array<std::string_view, 10> kSuffixes = {
      ".service",   ".socket", ".target", ".timer", ".mount",
      ".automount", ".path",   ".slice",  ".scope", ".swap"};
  bool has_suffix = std::any_of(kSuffixes.begin(), kSuffixes.end(), [&](std::string_view suffix) {
    return text.size() > suffix.size() && text.ends_with(suffix);
  });
  if (!has_suffix) {
    return "a `UnitName` ends in a type of unit such as `.service`, `.socket` or `.timer`";
  }
  if (text.size() > 255) {
    return "a `UnitName` has at most 255 bytes";
  }
  constexpr std::string_view kOther = ":-_.\\@${}";
  bool is_plain = std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOther.find(c) != std::string_view::npos;
  });
  if (!is_plain) {
    return "a `UnitName` has only letters, digits and `:-_.\\@`";
  }
  return std::nullopt;
}

}  // namespace

std::string TypeName(const Type& type) {
  if (type.is_temporary) {
    Type lasting = type;
    lasting.is_temporary = false;
    return "temporary " + TypeName(lasting);
  }
  if (type.kind == TypeKind::kHandle || type.kind == TypeKind::kOpaque) {
    return type.name;
  }
  if (type.kind == TypeKind::kList) {
    return "[" + (type.element == TypeKind::kError ? "…" : TypeName(Type::Of(type.element))) + "]";
  }
  if (type.kind == TypeKind::kMap) {
    return "[" + TypeName(Type::Of(type.key)) + ": " + TypeName(Type::Of(type.element)) + "]";
  }
  for (const NamedType& named : kTypes) {
    if (named.kind == type.kind) {
      return std::string(named.name);
    }
  }
  return "?";
}

std::string WithArticle(std::string_view type_name) {
  const bool is_vowel = !type_name.empty() &&
                        std::string_view("AEIOaeio").find(type_name[0]) != std::string_view::npos;
  return fmt::format("{} `{}`", is_vowel ? "an" : "a", type_name);
}

std::optional<TypeKind> FindBuiltinType(std::string_view name) {
  for (const NamedType& named : kTypes) {
    if (named.name == name) {
      return named.kind;
    }
  }
  return std::nullopt;
}

std::vector<std::string> BuiltinTypeNames() {
  std::vector<std::string> names;
  for (const NamedType& named : kTypes) {
    names.emplace_back(named.name);
  }
  return names;
}

bool IsTextType(TypeKind kind) {
  return kind == TypeKind::kString || kind == TypeKind::kPath || kind == TypeKind::kPayload ||
         kind == TypeKind::kUrl || kind == TypeKind::kUnitName;
}

bool CanBeInMap(TypeKind kind) {
  return IsTextType(kind) || kind == TypeKind::kBool || kind == TypeKind::kInt ||
         kind == TypeKind::kFloat || kind == TypeKind::kDuration || kind == TypeKind::kSize ||
         kind == TypeKind::kPercent || kind == TypeKind::kVersion;
}

bool Fits(const Type& given, const Type& expected) {
  if (given.is_error() || expected.is_error()) {
    return true;
  }
  if (given.kind == TypeKind::kList && expected.kind == TypeKind::kList) {
    return expected.element == TypeKind::kError || given.element == expected.element;
  }
  // What is temporary may be used as what it is, but nothing else is temporary.
  Type used = given;
  used.is_temporary = given.is_temporary && expected.is_temporary;
  return used == expected;
}

plan::ValueKind ValueKindOf(TypeKind kind) {
  for (const NamedType& named : kTypes) {
    if (named.kind == kind) {
      return named.value_kind;
    }
  }
  switch (kind) {
    case TypeKind::kHandle:
      return plan::ValueKind::kHandle;
    case TypeKind::kOpaque:
      return plan::ValueKind::kTemporary;
    case TypeKind::kList:
      return plan::ValueKind::kList;
    case TypeKind::kMap:
      return plan::ValueKind::kMap;
    default:
      return plan::ValueKind::kNone;
  }
}

TypeKind TypeKindOf(plan::ValueKind kind) {
  for (const NamedType& named : kTypes) {
    if (named.value_kind == kind && named.kind != TypeKind::kKeyValue &&
        named.kind != TypeKind::kVersionRange) {
      return named.kind;
    }
  }
  return kind == plan::ValueKind::kList ? TypeKind::kList : TypeKind::kError;
}

std::optional<std::string> FindTextFault(TypeKind kind, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return "a text holds no zero byte";
  }
  if (kind == TypeKind::kPath) {
    return FindPathFault(text);
  }
  if (kind == TypeKind::kPayload) {
    return FindPayloadFault(text);
  }
  if (kind == TypeKind::kUrl) {
    return FindUrlFault(text);
  }
  if (kind == TypeKind::kUnitName) {
    return FindUnitNameFault(text);
  }
  return std::nullopt;
}

}  // namespace upgraph::sema
