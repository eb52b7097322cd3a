#include "runtime/clients/ini.h"

#include <augeas.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace upgraph::clients {
namespace {

// After inifile.aug of Augeas, with one difference: white space is kept in the tree as well.
// Augeas would hand what a lens leaves out to the next node of the same label, so that taking out
// one line would change the spacing of those below. With nothing left out the tree is the text.
constexpr const char* kModule = R"aug(module Upgraph_ini =
let eol = [ label "#eol" . store /\r?\n/ ]
let indent = [ label "#indent" . store /[ \t]+/ ]
let blank = [ label "#blank" . store /[ \t]*\r?\n/ ]
let comment = [ label "#comment" . store /[ \t]*[;#][^\r\n]*\r?\n/ ]
let tail = [ label "#tail" . store /[ \t]+([;#][^\r\n]*)?/ ]
let name = /[^][;#= \t\r\n]([^=\r\n]*[^= \t\r\n])?/
let more = /([^ \t\r\n]|[ \t]+[^;# \t\r\n])*/
let quoted = /"[^"\r\n]*"|'[^'\r\n]*'/
let word = /[^;#"' \t\r\n]/ . more | quoted
let glued = /[;#]/ . more
let equal_and_space = [ label "#equal" . store /[ \t]*=[ \t]*/ ]
let equal = [ label "#equal" . store /[ \t]*=/ ]
let spaced = equal_and_space . [ label "value" . store word ]
let unspaced = equal . [ label "value" . store glued ]
let entry = [ label "entry" . indent? . store name . (spaced | unspaced | equal) . tail? . eol ]
let line = blank | comment | entry
let open = del "[" "["
let close = del "]" "]"
let section = [ label "section" . indent? . open . store /[^]\r\n]+/ . close . tail? . eol . line* ]
let lns = line* . section*
)aug";

constexpr const char* kLens = "Upgraph_ini.lns";
constexpr const char* kModuleFile = "/upgraph_ini.aug";
constexpr const char* kSpaces = " \t";

// A private folder with the module in it, gone with this object.
class ModuleFolder {
 public:
  ModuleFolder() = default;
  ~ModuleFolder() {
    if (!path_.empty()) {
      ::unlink((path_ + kModuleFile).c_str());
      ::rmdir(path_.c_str());
    }
  }
  ModuleFolder(const ModuleFolder&) = delete;
  ModuleFolder& operator=(const ModuleFolder&) = delete;

  Status Make() {
    std::string path = "/tmp/upgraph-ini-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
      return SystemError(errno, path);
    }
    path_ = path;
    const std::string file = path_ + kModuleFile;
    const std::string module = kModule;
    int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
      return SystemError(errno, file);
    }
    ssize_t written = ::write(fd, module.data(), module.size());
    int write_errno = written < 0 ? errno : ENOSPC;
    ::close(fd);
    if (written != static_cast<ssize_t>(module.size())) {
      return SystemError(write_errno, file);
    }
    return OkStatus();
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string Trimmed(const std::string& text) {
  size_t first = text.find_first_not_of(kSpaces);
  return first == std::string::npos
             ? ""
             : text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

char QuoteOf(const std::string& raw) {
  bool is_quoted = raw.size() >= 2 && (raw[0] == '"' || raw[0] == '\'') && raw.back() == raw[0];
  return is_quoted ? raw[0] : '\0';
}

std::string Unquoted(const std::string& raw) {
  return QuoteOf(raw) == '\0' ? raw : raw.substr(1, raw.size() - 2);
}

// Whether a reader would take the text, unquoted, for exactly this value.
bool IsPlain(const std::string& value) {
  if (value.empty()) {
    return true;
  }
  if (value.find_first_of("\r\n") != std::string::npos || Trimmed(value) != value ||
      std::string(";#\"'").find(value[0]) != std::string::npos) {
    return false;
  }
  for (size_t i = 1; i < value.size(); ++i) {
    bool is_after_space = value[i - 1] == ' ' || value[i - 1] == '\t';
    if ((value[i] == ';' || value[i] == '#') && is_after_space) {
      return false;
    }
  }
  return true;
}

bool IsName(const std::string& name) {
  return !name.empty() && Trimmed(name) == name &&
         name.find_first_of("=\r\n") == std::string::npos &&
         std::string("[];#").find(name[0]) == std::string::npos;
}

bool IsSection(const std::string& section) {
  return Trimmed(section) == section && section.find_first_of("]\r\n") == std::string::npos;
}

std::string KeyName(const std::string& section, const std::string& name) {
  return section.empty() ? name : section + "." + name;
}

// The text as a tree below /t. Of one thread.
class IniTree {
 public:
  static Result<std::unique_ptr<IniTree>> Parse(const std::string& text) {
    if (text.find('\0') != std::string::npos) {
      return Error{ErrorKind::kInvalid, "a zero byte found; an INI file is text"};
    }
    ModuleFolder folder;
    UPGRAPH_TRY(folder.Make());
    augeas* handle =
        aug_init("/", folder.path().c_str(),
                 AUG_NO_STDINC | AUG_NO_LOAD | AUG_NO_MODL_AUTOLOAD | AUG_NO_ERR_CLOSE);
    if (handle == nullptr) {
      return Error{ErrorKind::kNoSpace, "no memory is left for Augeas"};
    }
    std::unique_ptr<IniTree> tree(new IniTree(handle));
    UPGRAPH_TRY(tree->Load(text));
    return tree;
  }
  ~IniTree() { aug_close(handle_); }
  IniTree(const IniTree&) = delete;
  IniTree& operator=(const IniTree&) = delete;

  Result<std::string> Text() {
    // The lens works on the bytes it is given: every line it sees ends.
    if (aug_text_retrieve(handle_, kLens, "/in", "/t", "/out") != 0) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("the edited file would not be an INI file: {}", Problem())};
    }
    std::string text = Get("/out");
    if (is_end_added_ && text.size() >= eol_.size()) {
      text.resize(text.size() - eol_.size());
    }
    return text;
  }

  std::vector<IniEntry> Entries() {
    std::vector<IniEntry> entries;
    for (const Place& place : Places()) {
      entries.push_back({place.section, place.name, Unquoted(Get(place.path + "/value"))});
    }
    return entries;
  }

  Status Edit(const IniEdit& edit) {
    UPGRAPH_ASSIGN(std::string path, Find(edit.section, edit.name));
    switch (edit.kind) {
      case IniEdit::Kind::kSet:
        return path.empty() ? Add(edit.section, edit.name, edit.value, "", "")
                            : SetValue(path, KeyName(edit.section, edit.name), edit.value);
      case IniEdit::Kind::kRemove:
        if (!path.empty()) {
          aug_rm(handle_, path.c_str());
        }
        return OkStatus();
      case IniEdit::Kind::kRename:
        return Rename(path, edit);
    }
    return OkStatus();
  }

 private:
  struct Place {
    std::string path;
    std::string section;
    std::string name;
  };

  explicit IniTree(augeas* handle) : handle_(handle) {}

  Status Load(const std::string& text) {
    size_t newline = text.find('\n');
    eol_ = newline != std::string::npos && newline > 0 && text[newline - 1] == '\r' ? "\r\n" : "\n";
    is_end_added_ = !text.empty() && text.back() != '\n';
    const std::string whole = is_end_added_ ? text + eol_ : text;
    Set("/in", whole);
    if (aug_text_store(handle_, kLens, "/in", "/t") != 0) {
      std::string line = Get("/augeas/text/t/error/line");
      return Error{ErrorKind::kInvalid,
                   line.empty() ? Problem()
                                : fmt::format("line {} is neither `[section]` nor `name = value` "
                                              "nor a comment",
                                              line)};
    }
    // What comes back unchanged without an edit is all that may be edited.
    UPGRAPH_ASSIGN(std::string back, Text());
    if (back != text) {
      return Error{ErrorKind::kUnsupported,
                   "the file does not come back unchanged when it is read and written"};
    }
    return OkStatus();
  }

  std::string Get(const std::string& path) {
    const char* value = nullptr;
    return aug_get(handle_, path.c_str(), &value) == 1 && value != nullptr ? value : "";
  }

  bool Has(const std::string& path) { return aug_get(handle_, path.c_str(), nullptr) == 1; }

  void Set(const std::string& path, const std::string& value) {
    UPGRAPH_CHECK(aug_set(handle_, path.c_str(), value.c_str()) == 0);
  }

  int Count(const std::string& path) { return aug_match(handle_, path.c_str(), nullptr); }

  std::string Problem() {
    std::string message = Get("/augeas/text/t/error/message");
    message = message.substr(0, message.find('\n'));
    if (!message.empty()) {
      return message;
    }
    const char* text = aug_error_message(handle_);
    return text == nullptr ? "no reason given" : text;
  }

  void AddPlaces(const std::string& parent, const std::string& section,
                 std::vector<Place>* places) {
    int count = Count(parent + "/entry");
    for (int i = 1; i <= count; ++i) {
      std::string path = fmt::format("{}/entry[{}]", parent, i);
      places->push_back({path, section, Get(path)});
    }
  }

  std::vector<Place> Places() {
    std::vector<Place> places;
    AddPlaces("/t", "", &places);
    int count = Count("/t/section");
    for (int i = 1; i <= count; ++i) {
      std::string path = fmt::format("/t/section[{}]", i);
      AddPlaces(path, Trimmed(Get(path)), &places);
    }
    return places;
  }

  // Empty when the key is absent.
  Result<std::string> Find(const std::string& section, const std::string& name) {
    std::string found;
    for (const Place& place : Places()) {
      if (place.section != section || place.name != name) {
        continue;
      }
      if (!found.empty()) {
        return Error{ErrorKind::kInvalid,
                     fmt::format("`{}` stands twice; which of the two counts is not known here",
                                 KeyName(section, name))};
      }
      found = place.path;
    }
    return found;
  }

  Status SetValue(const std::string& path, const std::string& key, const std::string& value) {
    const std::string raw = Get(path + "/value");
    if (Has(path + "/value") && Unquoted(raw) == value) {
      return OkStatus();
    }
    std::string spelled = value;
    if (char quote = QuoteOf(raw); quote != '\0') {
      if (value.find_first_of(std::string("\r\n") + quote) != std::string::npos) {
        return Unspellable(key);
      }
      spelled = quote + value + quote;
    } else if (!IsPlain(value)) {
      return Unspellable(key);
    }
    std::string equal = Get(path + "/#equal");
    if (spelled.empty()) {
      aug_rm(handle_, (path + "/value").c_str());
      Set(path + "/#equal", equal.substr(0, equal.find('=') + 1));
      return OkStatus();
    }
    if (!Has(path + "/value")) {
      // Spaced as in front of the sign; what followed it was the space in front of a comment.
      Set(path + "/#equal", equal + (equal[0] == '=' ? "" : " "));
      aug_insert(handle_, (path + "/#equal").c_str(), "value", 0);
    }
    Set(path + "/value", spelled);
    return OkStatus();
  }

  static Error Unspellable(const std::string& key) {
    return {ErrorKind::kInvalid,
            fmt::format("the value for `{}` cannot be spelled in this file without changing its "
                        "meaning",
                        key)};
  }

  Status Rename(const std::string& path, const IniEdit& edit) {
    const std::string key = KeyName(edit.section, edit.name);
    const std::string to_key = KeyName(edit.to_section, edit.to_name);
    if (path.empty()) {
      return Error{ErrorKind::kNotFound, fmt::format("no `{}` found", key)};
    }
    if (key == to_key) {
      return OkStatus();
    }
    UPGRAPH_ASSIGN(std::string taken, Find(edit.to_section, edit.to_name));
    if (!taken.empty()) {
      return Error{ErrorKind::kExists, fmt::format("`{}` and `{}` both stand", key, to_key)};
    }
    if (!IsName(edit.to_name)) {
      return Error{ErrorKind::kInvalid, fmt::format("`{}` cannot be a key's name", edit.to_name)};
    }
    if (edit.section == edit.to_section) {
      Set(path, edit.to_name);
      return OkStatus();
    }
    const std::string raw = Get(path + "/value");
    const std::string equal = Get(path + "/#equal");
    const std::string tail = Get(path + "/#tail");
    aug_rm(handle_, path.c_str());
    return Add(edit.to_section, edit.to_name, raw, equal, tail);
  }

  // A new line at the end of the section's keys. `equal` empty: spaced as the line above, and
  // `value` must be plain; else both are taken from another line.
  Status Add(const std::string& section, const std::string& name, const std::string& value,
             std::string equal, const std::string& tail) {
    if (!IsName(name) || !IsSection(section)) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("`{}` cannot be a key of an INI file", KeyName(section, name))};
    }
    if (equal.empty() && !IsPlain(value)) {
      return Unspellable(KeyName(section, name));
    }
    std::string parent = section.empty() ? "/t" : SectionPath(section);
    std::string path = NewEntry(parent);
    if (equal.empty()) {
      int above = Count(parent + "/entry") - 1;
      std::string like = above > 0 ? Get(fmt::format("{}/entry[{}]/#equal", parent, above)) : "";
      equal = !like.empty() && like.back() != '=' ? like : like == "=" ? "=" : " = ";
    }
    Set(path, name);
    Set(path + "/#equal", value.empty() ? equal.substr(0, equal.find('=') + 1) : equal);
    if (!value.empty()) {
      Set(path + "/value", value);
    }
    if (!tail.empty()) {
      Set(path + "/#tail", tail);
    }
    Set(path + "/#eol", eol_);
    return OkStatus();
  }

  // The last section of that name; made at the end of the file when there is none.
  std::string SectionPath(const std::string& section) {
    int count = Count("/t/section");
    for (int i = count; i > 0; --i) {
      std::string path = fmt::format("/t/section[{}]", i);
      if (Trimmed(Get(path)) == section) {
        return path;
      }
    }
    std::string last = count > 0 ? fmt::format("/t/section[{}]", count) : "/t";
    if (Has(last + "/*[last()]") && !Has(last + "/*[last()][label() = '#blank']")) {
      Set(last + "/#blank[last() + 1]", eol_);
    }
    std::string path = fmt::format("/t/section[{}]", count + 1);
    Set(path, section);
    Set(path + "/#eol", eol_);
    return path;
  }

  // An empty `entry` behind the last one below `parent`; without one, behind the header, and in
  // front of the first header for keys of no section.
  std::string NewEntry(const std::string& parent) {
    int count = Count(parent + "/entry");
    std::string path = fmt::format("{}/entry[{}]", parent, count + 1);
    if (count > 0) {
      aug_insert(handle_, fmt::format("{}/entry[{}]", parent, count).c_str(), "entry", 0);
    } else if (parent != "/t") {
      aug_insert(handle_, (parent + "/#eol").c_str(), "entry", 0);
    } else if (Has("/t/section[1]")) {
      aug_insert(handle_, "/t/section[1]", "entry", 1);
    }
    return path;
  }

  augeas* handle_;
  std::string eol_ = "\n";
  bool is_end_added_ = false;
};

}  // namespace

Result<std::vector<IniEntry>> ReadIni(const std::string& text) {
  UPGRAPH_ASSIGN(auto tree, IniTree::Parse(text));
  return tree->Entries();
}

Result<std::string> EditIni(const std::string& text, const std::vector<IniEdit>& edits) {
  UPGRAPH_ASSIGN(auto tree, IniTree::Parse(text));
  for (const IniEdit& edit : edits) {
    UPGRAPH_TRY(tree->Edit(edit));
  }
  return tree->Text();
}

}  // namespace upgraph::clients
