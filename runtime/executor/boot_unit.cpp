#include "runtime/executor/boot_unit.h"

#include <fmt/format.h>

namespace upgraph::executor {
namespace {

std::string NotStartedNote(const Status& started, const std::vector<std::string>& units) {
  return started.ok() ? ""
                      : fmt::format("; what this boot has held back is not started ({}): {}",
                                    fmt::join(units, ", "), started.error().message);
}

}  // namespace

BootUnit::BootUnit(env::Files& system, env::Processes& processes, BootUnitOptions options)
    : options_(std::move(options)),
      unit_(system, UnitNameFor("recover", options_.root, ".service"), "multi-user.target"),
      early_(system, UnitNameFor("recover-early", options_.root, ".service"), "sysinit.target"),
      held_(system, processes, unit_.name()) {}

// No default dependencies: a target that wants it would come after it, and a unit that is held back
// until here and comes after that target would close a circle, of which systemd drops any job.
// No timeout: a rollback has no deadline. A stop asks the runner alone, which ends its steps
// itself.
std::string BootUnit::Text() const {
  return fmt::format(
      "# Written by upgraph for an unfinished run, and removed when it has ended.\n"
      "[Unit]\n"
      "Description=Upgraph: what a boot does with an unfinished run\n"
      "DefaultDependencies=no\n"
      "Requires=sysinit.target\n"
      "Wants=network-online.target\n"
      "After=basic.target network-online.target remote-fs.target time-sync.target\n"
      "Conflicts=shutdown.target\n"
      "Before=shutdown.target\n"
      "\n"
      "[Service]\n"
      "Type=exec\n"
      "ExecStart={} recover --root {}\n"
      "KillMode=mixed\n"
      "TimeoutStopSec=infinity\n"
      "OOMScoreAdjust=-900\n",
      QuoteForUnit(options_.program), QuoteForUnit(options_.root));
}

// Before almost everything, and nothing waits for it for long: what it has not done is done later.
std::string BootUnit::EarlyText() const {
  return fmt::format(
      "# Written by upgraph for an unfinished run, and removed when it has ended.\n"
      "[Unit]\n"
      "Description=Upgraph: what a boot puts back of an unfinished run before it starts anything\n"
      "DefaultDependencies=no\n"
      "After=local-fs.target\n"
      "Before=sysinit.target\n"
      "Conflicts=shutdown.target\n"
      "Before=shutdown.target\n"
      "\n"
      "[Service]\n"
      "Type=oneshot\n"
      "ExecStart={} recover --early --root {}\n"
      "KillMode=mixed\n"
      "TimeoutStartSec=5min\n"
      "TimeoutStopSec=30s\n"
      "OOMScoreAdjust=-900\n",
      QuoteForUnit(options_.program), QuoteForUnit(options_.root));
}

Status BootUnit::Install() const {
  UPGRAPH_TRY(unit_.Install(Text()));
  return early_.Install(EarlyText());
}

Status BootUnit::Remove() const {
  UPGRAPH_TRY(early_.Remove());
  return unit_.Remove();
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

void StartHeldUnitsOfOldHost(const RunOptions& options) {
  if (options.boot_unit != nullptr && options.boot_unit->held().AreDown()) {
    const HeldUnits& held = options.boot_unit->held();
    (void)held.Start(held.Names());
  }
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
