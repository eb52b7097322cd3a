// systemd.enable and systemd.disable: the links below /etc/systemd/system by which a unit is
// started at boot, as `systemctl enable` would make them, in one change set that goes back exactly.

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "runtime/steps/arguments.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

constexpr const char* kEnabledUnits = "/etc/systemd/system";
constexpr uint64_t kEnabledUnitBytesMax = 4 << 20;
constexpr const char* kUnitFileFolders[] = {"/etc/systemd/system", "/run/systemd/system",
                                            "/usr/local/lib/systemd/system",
                                            "/usr/lib/systemd/system", "/lib/systemd/system"};
// Folders of a target whose links pull a unit in.
constexpr const char* kPulls[] = {".wants", ".requires", ".upholds"};

struct Install {
  std::vector<std::pair<std::string, std::string>> links;  // "multi-user.target", ".wants"
  std::vector<std::string> aliases;
};

// "getty@tty1.service" is made of "getty@.service".
std::string FileNameOf(const std::string& unit) {
  const size_t at = unit.find('@');
  const size_t dot = unit.find_last_of('.');
  return at == std::string::npos || dot == std::string::npos || dot < at
             ? unit
             : unit.substr(0, at + 1) + unit.substr(dot);
}

// Where the file of a unit lies; the first folder wins, as for systemd.
Result<std::string> FindUnitFile(env::Files& files, const std::string& unit) {
  for (const std::string& name : {unit, FileNameOf(unit)}) {
    for (const char* folder : kUnitFileFolders) {
      const std::string path = std::string(folder) + "/" + name;
      const auto status = files.StatFollow(path);
      if (status.ok() && status->type == env::FileType::kRegular) {
        return path;
      }
    }
  }
  return Error{ErrorKind::kNotFound, fmt::format("there is no file of the unit `{}`", unit)};
}

Error CannotEnable(const std::string& unit, const std::string& why) {
  return {ErrorKind::kUnsupported, fmt::format("`{}` cannot be enabled: {}", unit, why)};
}

// What its section [Install] says. An empty value takes what was said before it back.
Result<Install> ReadInstall(const std::string& unit, const std::string& text) {
  Install install;
  bool is_install = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, line.find_first_not_of(" \t"));
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty() || line[0] == '#' || line[0] == ';') {
      continue;
    }
    if (line[0] == '[') {
      is_install = line == "[Install]";
      continue;
    }
    const size_t equals = line.find('=');
    if (!is_install || equals == std::string::npos) {
      continue;
    }
    std::string key = line.substr(0, equals);
    key.erase(key.find_last_not_of(" \t") + 1);
    if (line.find('%') != std::string::npos || line.back() == '\\') {
      return CannotEnable(unit, fmt::format("`{}` is more than plain names", line));
    }
    if (key == "Also" || key == "DefaultInstance") {
      return CannotEnable(
          unit, fmt::format("its `{}` concerns other units; enable each by its name", key));
    }
    const std::string pull = key == "WantedBy"     ? ".wants"
                             : key == "RequiredBy" ? ".requires"
                             : key == "UpheldBy"   ? ".upholds"
                                                   : "";
    std::istringstream names(line.substr(equals + 1));
    size_t count = 0;
    for (std::string name; names >> name; ++count) {
      if (name.find('/') != std::string::npos) {
        return CannotEnable(unit, fmt::format("`{}` is no name of a unit", name));
      }
      if (!pull.empty()) {
        install.links.emplace_back(name, pull);
      } else if (key == "Alias") {
        install.aliases.push_back(name);
      }
    }
    if (count == 0 && key == "Alias") {
      install.aliases.clear();
    } else if (count == 0) {
      std::erase_if(install.links, [&](const auto& link) { return link.second == pull; });
    }
  }
  return install;
}

// A link as wanted, where it is not there already.
Status AddLink(env::Files& files, const std::string& path, const std::string& target,
               std::vector<Replacement>* wanted) {
  const auto now = files.ReadLink(path);
  if (now.ok() && *now == target) {
    return OkStatus();
  }
  UPGRAPH_ASSIGN(const bool exists, files.Exists(path));
  if (exists && !now.ok()) {
    return Error{ErrorKind::kExists, fmt::format("{} exists and is no link", path)};
  }
  Replacement link;
  link.target = path;
  link.kind = ObjectKind::kSymlink;
  link.link_target = target;
  wanted->push_back(link);
  return OkStatus();
}

class SystemdEnable : public FileStep {
 public:
  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    env::Files& files = context.env.files;
    UPGRAPH_ASSIGN(const std::string unit, TextArgument(context.step, "unit"));
    UPGRAPH_ASSIGN(const std::string file, FindUnitFile(files, unit));
    UPGRAPH_ASSIGN(const std::string text, files.Read(file, kEnabledUnitBytesMax));
    UPGRAPH_ASSIGN(const Install install, ReadInstall(unit, text));
    if (install.links.empty() && install.aliases.empty()) {
      return Error{ErrorKind::kNotFound,
                   fmt::format("`{}` cannot be enabled: {} says nothing in [Install] that would",
                               unit, file)};
    }
    std::vector<Replacement> wanted;
    for (const auto& [target, pull] : install.links) {
      UPGRAPH_TRY(AddLink(files, fmt::format("{}/{}{}/{}", kEnabledUnits, target, pull, unit), file,
                          &wanted));
    }
    for (const std::string& alias : install.aliases) {
      if (alias != unit) {
        UPGRAPH_TRY(AddLink(files, fmt::format("{}/{}", kEnabledUnits, alias), file, &wanted));
      }
    }
    return wanted;
  }
};

class SystemdDisable : public FileStep {
 public:
  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    env::Files& files = context.env.files;
    UPGRAPH_ASSIGN(const std::string unit, TextArgument(context.step, "unit"));
    std::vector<Replacement> wanted;
    const auto names = files.List(kEnabledUnits);
    if (!names.ok() && names.error().kind == ErrorKind::kNotFound) {
      return wanted;
    }
    UPGRAPH_TRY(names);
    for (const std::string& name : *names) {
      const std::string path = std::string(kEnabledUnits) + "/" + name;
      UPGRAPH_ASSIGN(const env::FileStatus status, files.Stat(path));
      const bool pulls = std::any_of(std::begin(kPulls), std::end(kPulls),
                                     [&](const char* pull) { return name.ends_with(pull); });
      if (status.type == env::FileType::kDirectory && pulls) {
        UPGRAPH_ASSIGN(const bool is_there, files.Exists(path + "/" + unit));
        if (is_there) {
          wanted.push_back({path + "/" + unit, ObjectKind::kAbsent, "", "", "", 0, ""});
        }
      } else if (status.type == env::FileType::kSymlink && name != unit) {
        UPGRAPH_ASSIGN(const std::string target, files.ReadLink(path));
        if (target.substr(target.find_last_of('/') + 1) == unit) {  // an alias
          wanted.push_back({path, ObjectKind::kAbsent, "", "", "", 0, ""});
        }
      }
    }
    return wanted;
  }
};

}  // namespace

const NativeStep& SystemdEnableStep() {
  static const auto* const kStep = new SystemdEnable();
  return *kStep;
}

const NativeStep& SystemdDisableStep() {
  static const auto* const kStep = new SystemdDisable();
  return *kStep;
}

}  // namespace upgraph::steps
