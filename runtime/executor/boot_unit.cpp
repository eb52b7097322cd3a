// The link is what makes a boot start the unit: it is the last to come and the first to go. Between
// the two a boot finds a unit that nobody wants.

#include "runtime/executor/boot_unit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "runtime/executor/system_file.h"

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

std::string NotStartedNote(const Status& started, const std::vector<std::string>& units) {
  return started.ok() ? ""
                      : fmt::format("; what this boot has held back is not started ({}): {}",
                                    fmt::join(units, ", "), started.error().message);
}

}  // namespace

BootUnit::BootUnit(env::Files& system, env::Processes& processes, BootUnitOptions options)
    : system_(system),
      options_(std::move(options)),
      name_(NameFor(options_.root)),
      held_(system, processes, name_) {}

bool BootUnit::IsThere() const {
  auto link = system_.Exists(std::string(kWantsFolder) + "/" + name_);
  auto unit = system_.Exists(std::string(kUnitFolder) + "/" + name_);
  return link.ok() && *link && unit.ok() && *unit;
}

// No default dependencies: a target that wants it would come after it, and a unit that is held back
// until here and comes after that target would close a circle, of which systemd drops any job.
// No timeout: a rollback has no deadline. A stop asks the runner alone, which ends its steps
// itself.
std::string BootUnit::Text(bool makes_folder) const {
  return fmt::format(
      "# Written by upgraph for an unfinished run, and removed when it has ended.\n{}"
      "[Unit]\n"
      "Description=Upgraph: what a boot does with an unfinished run\n"
      "DefaultDependencies=no\n"
      "Requires=sysinit.target\n"
      "Wants=network-online.target\n"
      "After=basic.target network-online.target time-sync.target\n"
      "Conflicts=shutdown.target\n"
      "Before=shutdown.target\n"
      "\n"
      "[Service]\n"
      "Type=exec\n"
      "ExecStart={} recover --root {}\n"
      "KillMode=mixed\n"
      "TimeoutStopSec=infinity\n"
      "OOMScoreAdjust=-900\n",
      makes_folder ? kMadeFolder : "", Quote(options_.program), Quote(options_.root));
}

Status BootUnit::Install() const {
  if (IsThere()) {
    return OkStatus();
  }
  const std::string unit = std::string(kUnitFolder) + "/" + name_;
  const std::string link = std::string(kWantsFolder) + "/" + name_;
  KeptTime units(system_, kUnitFolder);
  UPGRAPH_TRY(units.Begin());
  UPGRAPH_ASSIGN(const bool has_folder, system_.Exists(kWantsFolder));
  // What a runner before this one said of the folder still holds.
  UPGRAPH_ASSIGN(const bool has_unit, system_.Exists(unit));
  if (!has_unit) {
    UPGRAPH_TRY(WriteWhole(system_, unit, Text(!has_folder), 0644));
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

// The unit is the first to come and the last to go: what is held back without it stays so.
Status KeepBootUnit(const RunOptions& options, const plan::Plan& plan) {
  if (options.boot_unit == nullptr || !options.boot_unit->installs()) {
    return OkStatus();
  }
  UPGRAPH_TRY(options.boot_unit->Install());
  return options.boot_unit->holds() ? options.boot_unit->held().Install(UnitsToHold(plan))
                                    : OkStatus();
}

// Nobody waits for this: where it cannot be written nothing is started at the end, and a person is
// told what.
void FreeHeldUnits(const RunOptions& options) {
  if (options.boot_unit != nullptr) {
    (void)options.boot_unit->held().Free();
  }
}

std::string StartHeldUnits(const RunOptions& options, const plan::Plan& plan,
                           const history::RunHistory& history) {
  if (options.boot_unit == nullptr || !options.boot_unit->held().AreDown()) {
    return "";
  }
  const HeldUnits& held = options.boot_unit->held();
  return NotStartedNote(held.Start(UnitsUp(plan, history, held.Names())), held.Names());
}

std::string ForgetBootUnit(const RunOptions& options) {
  if (options.boot_unit == nullptr) {
    return "";
  }
  const HeldUnits& held = options.boot_unit->held();
  const std::vector<std::string> names = held.Names();
  const bool are_down = held.AreDown();
  Status removed = held.Remove();
  const std::string note = removed.ok() && are_down ? NotStartedNote(held.Start(names), names) : "";
  if (removed.ok()) {
    removed = options.boot_unit->Remove();
  }
  return removed.ok() ? note
                      : note + "; the unit for the next boot is left: " + removed.error().message;
}

std::string LeaveBootUnit(const RunOptions& options, bool is_unfinished, history::RunState state) {
  if (options.boot_unit == nullptr) {
    return "";
  }
  const HeldUnits& held = options.boot_unit->held();
  const std::vector<std::string> names = held.Names();
  const bool waits = state == history::RunState::kIncomplete;
  if (!is_unfinished || (waits && names.empty())) {
    return ForgetBootUnit(options);
  }
  return waits || held.AreDown()
             ? fmt::format(
                   "; until the run has ended no boot starts {}, but `systemctl start` does",
                   fmt::join(names, ", "))
             : "";
}

}  // namespace upgraph::executor
