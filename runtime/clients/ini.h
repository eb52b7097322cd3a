#pragma once

// INI files, read and edited as text: comments, order and spacing of every line that is not
// touched stay as they are, byte for byte.
//
// Read is: `[section]` headers, `name = value`, comment lines with `;` or `#`, and comments behind
// a value after white space. A value may stand in single or double quotes. What is not of this
// form (continued lines, names without `=`) is refused with its line, never guessed.
// All functions are pure and thread-safe; a private temporary folder is used while they run.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace upgraph::clients {

struct IniEntry {
  std::string section;  // empty: before the first header
  std::string name;
  std::string value;  // without its quotes
  friend bool operator==(const IniEntry&, const IniEntry&) = default;
};

struct IniEdit {
  enum class Kind : uint8_t {
    kSet,     // gives the key `value`; an absent key, and an absent section, is added
    kRemove,  // takes the key's line out; an absent key is fine
    kRename,  // the line goes on as `to_section`/`to_name`, its value as it was spelled
  };
  Kind kind = Kind::kSet;
  std::string section;
  std::string name;
  std::string value;       // of kSet
  std::string to_section;  // of kRename
  std::string to_name;     // of kRename
};

// Every key in the order of the file; a key that stands twice is there twice. kInvalid when the
// text is no INI file; the message names the line.
Result<std::vector<IniEntry>> ReadIni(const std::string& text);

// The edits, one after the other. kInvalid when the text is no INI file, when a value cannot be
// spelled in one, or when an edited key stands twice (which one counts is known to its reader
// alone); kNotFound when a key to rename is absent; kExists when the new name is taken.
Result<std::string> EditIni(const std::string& text, const std::vector<IniEdit>& edits);

}  // namespace upgraph::clients
