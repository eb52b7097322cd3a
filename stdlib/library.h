#pragma once

// The standard library as this program carries it: the .upg files of this folder, embedded at build
// time. Everything lives as long as the process; all functions are pure and thread-safe.

#include <span>
#include <string>
#include <string_view>

namespace upgraph::stdlib {

struct Module {
  std::string_view name;  // as imported: "std.files"
  std::string_view path;  // in messages and plans: "std/files.upg"
  std::string_view text;
};

// In byte order of their names.
std::span<const Module> Modules();

// The module of that name, or null.
const Module* FindModule(std::string_view name);

// Hex SHA-256 over the names and texts of all modules: what a plan says of the library it came
// from.
std::string LibraryDigest();

}  // namespace upgraph::stdlib
