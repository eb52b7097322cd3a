// systemd.rename: everything below /etc/systemd/system that names the unit, in one change set.
// A unit that only the vendor's folder has belongs to a package manager and is refused.

#include <fmt/format.h>

#include <algorithm>

#include "runtime/steps/arguments.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

constexpr const char* kUnits = "/etc/systemd/system";
constexpr uint64_t kUnitBytesMax = 4 << 20;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_' || c == '@' || c == ':' || c == '\\';
}

// Every whole-word `from` outside of comments becomes `to`.
std::string ReplaceReferences(const std::string& text, const std::string& from,
                              const std::string& to) {
  std::string result;
  for (size_t start = 0; start < text.size();) {
    size_t end = text.find('\n', start);
    end = end == std::string::npos ? text.size() : end + 1;
    std::string line = text.substr(start, end - start);
    start = end;
    size_t first = line.find_first_not_of(" \t");
    bool is_comment = first != std::string::npos && (line[first] == '#' || line[first] == ';');
    for (size_t at = is_comment ? std::string::npos : line.find(from); at != std::string::npos;) {
      bool is_word = (at == 0 || !IsNameCharacter(line[at - 1])) &&
                     (at + from.size() >= line.size() || !IsNameCharacter(line[at + from.size()]));
      if (is_word) {
        line.replace(at, from.size(), to);
      }
      at = line.find(from, at + (is_word ? to.size() : 1));
    }
    result += line;
  }
  return result;
}

// The name under which an entry goes on: the unit itself, and folders named after it.
std::string Renamed(const std::string& name, const std::string& from, const std::string& to) {
  for (const char* suffix : {"", ".d", ".wants", ".requires", ".upholds"}) {
    if (name == from + suffix) {
      return to + suffix;
    }
  }
  return name;
}

std::string RenamedTarget(const std::string& target, const std::string& from,
                          const std::string& to) {
  size_t slash = target.find_last_of('/');
  std::string base = slash == std::string::npos ? target : target.substr(slash + 1);
  return base == from ? target.substr(0, target.size() - base.size()) + to : target;
}

class Renaming {
 public:
  Renaming(env::Files& files, std::string from, std::string to)
      : files_(files), from_(std::move(from)), to_(std::move(to)) {}

  Result<std::vector<Replacement>> Run() {
    UPGRAPH_TRY(AddFolder(kUnits, kUnits));
    // The old names go, a folder whole: what lies below one that goes needs no word of its own.
    for (const std::string& path : gone_) {
      bool is_below = std::any_of(gone_.begin(), gone_.end(), [&](const std::string& folder) {
        return path.rfind(folder + "/", 0) == 0;
      });
      if (!is_below) {
        wanted_.push_back({path, ObjectKind::kAbsent, "", "", "", 0, ""});
      }
    }
    return std::move(wanted_);
  }

 private:
  // Adds what becomes of the entries of `folder`, which goes on as `new_folder`.
  Status AddFolder(const std::string& folder, const std::string& new_folder) {
    UPGRAPH_ASSIGN(std::vector<std::string> names, files_.List(folder));
    for (const std::string& name : names) {
      UPGRAPH_TRY(AddEntry(folder + "/" + name, new_folder + "/" + Renamed(name, from_, to_)));
    }
    return OkStatus();
  }

  Status AddEntry(const std::string& path, const std::string& new_path) {
    UPGRAPH_ASSIGN(env::FileStatus status, files_.Stat(path));
    Replacement wanted;
    wanted.target = new_path;
    switch (status.type) {
      case env::FileType::kDirectory:
        UPGRAPH_TRY(AddFolder(path, new_path));
        break;
      case env::FileType::kSymlink: {
        UPGRAPH_ASSIGN(std::string target, files_.ReadLink(path));
        wanted.kind = ObjectKind::kSymlink;
        wanted.link_target = RenamedTarget(target, from_, to_);
        if (wanted.link_target == target && path == new_path) {
          return OkStatus();
        }
        wanted_.push_back(wanted);
        break;
      }
      case env::FileType::kRegular: {
        UPGRAPH_ASSIGN(std::string content, files_.Read(path, kUnitBytesMax));
        wanted.kind = ObjectKind::kFile;
        wanted.content = ReplaceReferences(content, from_, to_);
        wanted.attributes_from = path;
        if (wanted.content == content && path == new_path) {
          return OkStatus();
        }
        wanted_.push_back(wanted);
        break;
      }
      default:
        return OkStatus();
    }
    if (path != new_path) {
      gone_.push_back(path);
    }
    return OkStatus();
  }

  env::Files& files_;
  std::string from_;
  std::string to_;
  std::vector<std::string> gone_;
  std::vector<Replacement> wanted_;
};

class SystemdRename : public FileStep {
 public:
  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    UPGRAPH_ASSIGN(std::string from, TextArgument(context.step, "unit"));
    UPGRAPH_ASSIGN(std::string to, TextArgument(context.step, "to"));
    env::Files& files = context.env.files;
    UPGRAPH_ASSIGN(bool has_from, files.Exists(std::string(kUnits) + "/" + from));
    UPGRAPH_ASSIGN(bool has_to, files.Exists(std::string(kUnits) + "/" + to));
    if (has_from && has_to) {
      return Error{
          ErrorKind::kExists,
          fmt::format("`{}` and `{}` both exist; a unit is renamed to a free name", from, to)};
    }
    if (!has_from && has_to) {
      return std::vector<Replacement>();  // it already has its new name
    }
    if (!has_from) {
      for (const char* vendor : {"/usr/lib/systemd/system/", "/lib/systemd/system/"}) {
        UPGRAPH_ASSIGN(bool is_vendor, files.Exists(vendor + from));
        if (is_vendor) {
          return Error{
              ErrorKind::kUnsupported,
              fmt::format("`{}` is in `{}`, which a package manager owns; only units below "
                          "{} are renamed",
                          from, vendor, kUnits)};
        }
      }
      return Error{ErrorKind::kNotFound, fmt::format("there is no unit `{}` in {}", from, kUnits)};
    }
    return Renaming(files, from, to).Run();
  }
};

}  // namespace

const NativeStep& SystemdRenameStep() {
  static const auto* const kStep = new SystemdRename();
  return *kStep;
}

}  // namespace upgraph::steps
