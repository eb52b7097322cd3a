// The link is what makes a boot start the unit: it is the last to come and the first to go. Between
// the two a boot finds a unit that nobody wants.

#include "runtime/executor/boot_unit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"

namespace upgraph::executor {
namespace {

constexpr uint64_t kUnitBytesMax = 64 << 10;
constexpr const char* kMadeFolder = "# multi-user.target.wants was made for it\n";

// One word of a command line in a unit: nothing of it is expanded.
std::string Quote(const std::string& word) {
  std::string quoted = "\"";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || c == '$') {
      quoted += {c, c};
    } else if (c == '"' || c == '\\' || byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string NameFor(const std::string& root) {
  return root == "/" ? "upgraph-recover.service"
                     : "upgraph-recover-" + Sha256(root).Hex().substr(0, 8) + ".service";
}

// A folder whose names change and whose time does not.
class KeptTime {
 public:
  KeptTime(env::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  Status Begin() {
    UPGRAPH_ASSIGN(const env::FileStatus status, files_.Stat(folder_));
    mtime_ns_ = status.mtime_ns;
    return OkStatus();
  }
  Status End() {
    UPGRAPH_TRY(files_.SetMtime(folder_, mtime_ns_));
    return files_.SyncDirectory(folder_);
  }

 private:
  env::Files& files_;
  std::string folder_;
  int64_t mtime_ns_ = 0;
};

Status RemoveIfThere(env::Files& files, const std::string& path) {
  Status removed = files.RemoveFile(path);
  return removed.ok() || removed.error().kind == ErrorKind::kNotFound ? OkStatus() : removed;
}

}  // namespace

BootUnit::BootUnit(env::Files& system, const std::string& root, const std::string& program,
                   bool installs)
    : system_(system), root_(root), program_(program), name_(NameFor(root)), installs_(installs) {}

bool BootUnit::IsThere() const {
  auto link = system_.Exists(std::string(kWantsFolder) + "/" + name_);
  auto unit = system_.Exists(std::string(kUnitFolder) + "/" + name_);
  return link.ok() && *link && unit.ok() && *unit;
}

// No timeout: a rollback has no deadline. A stop asks the runner alone, which ends its steps
// itself.
std::string BootUnit::Text(bool makes_folder) const {
  return fmt::format(
      "# Written by upgraph for an unfinished run, and removed when it has ended.\n{}"
      "[Unit]\n"
      "Description=Upgraph: what a boot does with an unfinished run\n"
      "Wants=network-online.target\n"
      "After=local-fs.target network-online.target time-sync.target\n"
      "\n"
      "[Service]\n"
      "Type=exec\n"
      "ExecStart={} recover --root {}\n"
      "KillMode=mixed\n"
      "TimeoutStopSec=infinity\n"
      "OOMScoreAdjust=-900\n",
      makes_folder ? kMadeFolder : "", Quote(program_), Quote(root_));
}

Status BootUnit::Install() const {
  if (IsThere()) {
    return OkStatus();
  }
  const std::string unit = std::string(kUnitFolder) + "/" + name_;
  const std::string link = std::string(kWantsFolder) + "/" + name_;
  const std::string fresh = std::string(kUnitFolder) + "/." + name_ + ".tmp";
  KeptTime units(system_, kUnitFolder);
  UPGRAPH_TRY(units.Begin());
  UPGRAPH_ASSIGN(const bool has_folder, system_.Exists(kWantsFolder));
  // What a runner before this one said of the folder still holds.
  UPGRAPH_ASSIGN(const bool has_unit, system_.Exists(unit));
  if (!has_unit) {
    UPGRAPH_TRY(RemoveIfThere(system_, fresh));
    UPGRAPH_TRY(system_.WriteNew(fresh, Text(!has_folder), 0644));
    UPGRAPH_TRY(system_.SyncFile(fresh));
    UPGRAPH_TRY(system_.RenameOver(fresh, unit));
    UPGRAPH_TRY(system_.SyncDirectory(kUnitFolder));
  }
  UPGRAPH_TRY(system_.MakeDirectories(kWantsFolder, 0755));
  KeptTime wants(system_, kWantsFolder);
  UPGRAPH_TRY(wants.Begin());
  UPGRAPH_TRY(RemoveIfThere(system_, link));
  UPGRAPH_TRY(system_.MakeSymlink(unit, link));
  UPGRAPH_TRY(wants.End());
  return units.End();
}

Status BootUnit::Remove() const {
  const std::string unit = std::string(kUnitFolder) + "/" + name_;
  const std::string link = std::string(kWantsFolder) + "/" + name_;
  auto text = system_.Read(unit, kUnitBytesMax);
  if (!text.ok()) {
    return text.error().kind == ErrorKind::kNotFound ? OkStatus() : Status(text.error());
  }
  KeptTime units(system_, kUnitFolder);
  UPGRAPH_TRY(units.Begin());
  UPGRAPH_ASSIGN(const bool has_folder, system_.Exists(kWantsFolder));
  if (has_folder) {
    KeptTime wants(system_, kWantsFolder);
    UPGRAPH_TRY(wants.Begin());
    UPGRAPH_TRY(RemoveIfThere(system_, link));
    UPGRAPH_TRY(wants.End());
    UPGRAPH_ASSIGN(const std::vector<std::string> others, system_.List(kWantsFolder));
    if (others.empty() && text->find(kMadeFolder) != std::string::npos) {
      UPGRAPH_TRY(system_.RemoveDirectory(kWantsFolder));
    }
  }
  UPGRAPH_TRY(RemoveIfThere(system_, unit));
  return units.End();
}

Status KeepBootUnit(const RunOptions& options) {
  return options.boot_unit == nullptr || !options.boot_unit->installs()
             ? OkStatus()
             : options.boot_unit->Install();
}

std::string ForgetBootUnit(const RunOptions& options) {
  if (options.boot_unit == nullptr) {
    return "";
  }
  Status removed = options.boot_unit->Remove();
  return removed.ok() ? "" : "; the unit for the next boot is left: " + removed.error().message;
}

}  // namespace upgraph::executor
