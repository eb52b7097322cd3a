// The condition is a file in /run, which no boot has when it begins. Who makes it, and what stands
// in it, tells whether this boot has held anything back: the run that installs the generator (no),
// or a runner that finds the generator and no file (yes).
//
// A unit whose condition does not hold is skipped, and nobody waits for it: a recovery that starts
// one and a boot that wants to start it cannot wait for each other.

#include "runtime/executor/held_units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>

#include "runtime/executor/system_file.h"

namespace upgraph::executor {
namespace {

using history::StepState;
using plan::EffectKind;

constexpr uint64_t kGeneratorBytesMax = 4 << 20;
constexpr size_t kNameBytesMax = 200;  // with what systemd and we hang on to it
constexpr int64_t kCommandMsMax = 60'000;
constexpr const char* kMadeGenerators = "# system-generators was made for it\n";
constexpr const char* kDown = "down\n";

// It becomes the name of a folder, and a word of a script.
bool IsUnitName(const std::string& name) {
  constexpr std::array<std::string_view, 9> kTypes = {".service", ".socket",    ".target",
                                                      ".timer",   ".mount",     ".path",
                                                      ".slice",   ".automount", ".swap"};
  const bool has_type = std::any_of(kTypes.begin(), kTypes.end(), [&](std::string_view type) {
    return name.size() > type.size() && name.ends_with(type);
  });
  return has_type && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view(":-_.\\@").find(c) != std::string_view::npos;
         });
}

bool IsOfUnits(const plan::Resource& resource) {
  return resource.kind == "unit" || resource.kind == "running";
}

// The unit that an effect is about; empty: about none that can be named.
std::string UnitOf(const plan::Plan& plan, const plan::Effect& effect) {
  const plan::Resource& resource = plan.resource(effect.resource_id);
  const bool is_one = IsOfUnits(resource) && !resource.is_unknown && !resource.is_template &&
                      resource.arguments.size() == 1 && IsUnitName(resource.arguments[0]);
  return is_one ? resource.arguments[0] : "";
}

bool IsTemplate(const std::string& unit) { return unit.find("@.") != std::string::npos; }

// Whether systemd's `id` is the unit, or one made of it as a template.
bool IsInstance(const std::string& id, const std::string& unit) {
  const size_t at = unit.find("@.");
  return id.size() > unit.size() && id.starts_with(unit.substr(0, at + 1)) &&
         id.ends_with(unit.substr(at + 1));
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream lines(text);
  std::vector<std::string> words;
  for (std::string word; lines >> word;) {
    words.push_back(word);
  }
  return words;
}

// The steps before the commit that change something, in an order in which they run.
std::vector<plan::StepId> ChangesOf(const plan::Plan& plan) {
  std::vector<plan::StepId> changes;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    if (step.phase != plan::Phase::kCleanup && step.undo != plan::UndoClass::kObserves) {
      changes.push_back(plan::StepId(i));
    }
  }
  return changes;
}

}  // namespace

std::vector<std::string> UnitsToHold(const plan::Plan& plan) {
  std::set<std::string> held;
  std::set<std::string> needed;
  for (const plan::StepId step_id : ChangesOf(plan)) {
    for (const plan::Effect& effect : plan.step(step_id).effects) {
      const plan::Resource& resource = plan.resource(effect.resource_id);
      if (effect.kind == EffectKind::kNeeds && IsOfUnits(resource) && resource.is_unknown) {
        return {};  // any unit
      }
      const std::string unit = UnitOf(plan, effect);
      if (!unit.empty() && effect.kind != EffectKind::kReads) {
        (effect.kind == EffectKind::kNeeds ? needed : held).insert(unit);
      }
    }
  }
  std::vector<std::string> units;
  std::set_difference(held.begin(), held.end(), needed.begin(), needed.end(),
                      std::back_inserter(units));
  return units;
}

std::vector<std::string> UnitsUp(const plan::Plan& plan, const history::RunHistory& history,
                                 const std::vector<std::string>& units) {
  std::vector<std::string> up;
  for (const std::string& unit : units) {
    // What was done to it last, and what comes next.
    EffectKind last = EffectKind::kReads;
    EffectKind next = EffectKind::kReads;
    for (const plan::StepId step_id : ChangesOf(plan)) {
      const StepState state = history.step(step_id).state;
      const bool is_done = state == StepState::kApplied || state == StepState::kFound;
      for (const plan::Effect& effect : plan.step(step_id).effects) {
        const bool is_life =
            effect.kind == EffectKind::kStarts || effect.kind == EffectKind::kStops;
        if (!is_life || UnitOf(plan, effect) != unit) {
          continue;
        }
        if (is_done) {
          last = effect.kind;
        } else if (next == EffectKind::kReads) {
          next = effect.kind;
        }
      }
    }
    const bool is_up =
        last == EffectKind::kStarts || (last == EffectKind::kReads && next != EffectKind::kStarts);
    if (is_up) {
      up.push_back(unit);
    }
  }
  return up;
}

HeldUnits::HeldUnits(env::Files& system, env::Processes& processes, const std::string& boot_unit)
    : system_(system), processes_(processes), boot_unit_(boot_unit) {
  const std::string stem = boot_unit.substr(0, boot_unit.find_last_of('.'));
  generator_ = std::string(kGeneratorFolder) + "/" + stem;
  marker_ = "/run/" + stem + ".begun";
}

// The name of the drop-in comes last, so that no other takes its condition away.
std::string HeldUnits::Text(const std::vector<std::string>& units, bool makes_folder) const {
  std::string names;
  for (const std::string& unit : units) {
    names += fmt::format("  '{}' \\\n", unit);
  }
  return fmt::format(
      "#!/bin/sh\n"
      "# Written by upgraph for an unfinished run, and removed when it has ended.\n{}"
      "# Until {} runs, a boot starts none of these.\n"
      "[ -e {} ] && exit 0\n"
      "for unit in \\\n{};\n"
      "do\n"
      "  mkdir -p \"$1/$unit.d\"\n"
      "  printf '[Unit]\\nBefore={}\\nConditionPathExists={}\\n' > \"$1/$unit.d/zz-upgraph.conf\"\n"
      "done\n",
      makes_folder ? kMadeGenerators : "", boot_unit_, marker_, names, boot_unit_, marker_);
}

std::vector<std::string> HeldUnits::Names() const {
  const auto text = system_.Read(generator_, kGeneratorBytesMax);
  std::vector<std::string> names;
  for (const std::string& word : Words(text.ok() ? *text : "")) {
    const bool is_quoted = word.size() > 2 && word.front() == '\'' && word.back() == '\'';
    if (const std::string name = is_quoted ? word.substr(1, word.size() - 2) : "";
        IsUnitName(name)) {
      names.push_back(name);
    }
  }
  return names;
}

Status HeldUnits::Mark(bool are_down) const {
  return WriteWhole(system_, marker_, are_down ? kDown : "", 0644);
}

Status HeldUnits::Install(const std::vector<std::string>& units) const {
  const std::vector<std::string> before = Names();
  if (before == units) {
    return OkStatus();
  }
  if (units.empty()) {
    return Remove();
  }
  if (before.empty()) {
    UPGRAPH_TRY(Mark(false));
  }
  const std::string parent = env::ParentOf(kGeneratorFolder);
  KeptTime above(system_, parent);
  UPGRAPH_TRY(above.Begin());
  UPGRAPH_ASSIGN(const bool has_folder, system_.Exists(kGeneratorFolder));
  UPGRAPH_TRY(system_.MakeDirectories(kGeneratorFolder, 0755));
  KeptTime generators(system_, kGeneratorFolder);
  UPGRAPH_TRY(generators.Begin());
  UPGRAPH_TRY(above.End());
  const auto text = system_.Read(generator_, kGeneratorBytesMax);
  const bool was_made = text.ok() && text->find(kMadeGenerators) != std::string::npos;
  UPGRAPH_TRY(WriteWhole(system_, generator_, Text(units, !has_folder || was_made), 0755));
  return generators.End();
}

Status HeldUnits::Remove() const {
  const auto text = system_.Read(generator_, kGeneratorBytesMax);
  if (!text.ok()) {
    return text.error().kind == ErrorKind::kNotFound ? OkStatus() : Status(text.error());
  }
  KeptTime generators(system_, kGeneratorFolder);
  UPGRAPH_TRY(generators.Begin());
  UPGRAPH_TRY(RemoveIfThere(system_, generator_));
  UPGRAPH_TRY(generators.End());
  UPGRAPH_ASSIGN(const std::vector<std::string> others, system_.List(kGeneratorFolder));
  if (!others.empty() || text->find(kMadeGenerators) == std::string::npos) {
    return OkStatus();
  }
  KeptTime above(system_, env::ParentOf(kGeneratorFolder));
  UPGRAPH_TRY(above.Begin());
  UPGRAPH_TRY(system_.RemoveDirectory(kGeneratorFolder));
  return above.End();
}

Status HeldUnits::Free() const {
  UPGRAPH_ASSIGN(const bool is_free, system_.Exists(marker_));
  return is_free || Names().empty() ? OkStatus() : Mark(true);
}

bool HeldUnits::AreDown() const {
  const auto mark = system_.Read(marker_, 64);
  return mark.ok() && *mark == kDown && !Names().empty();
}

Result<std::string> HeldUnits::Ask(std::vector<std::string> arguments) const {
  env::Command command;
  command.arguments = std::move(arguments);
  command.arguments.insert(command.arguments.begin(), "systemctl");
  command.timeout_ms = kCommandMsMax;
  command.output_bytes_max = kGeneratorBytesMax;
  UPGRAPH_ASSIGN(const env::CommandResult result, processes_.Run(command));
  if (result.exit_code != 0 || result.signal != 0 || result.timed_out) {
    return Error{ErrorKind::kFailed, fmt::format("`systemctl {}` failed: {}", command.arguments[1],
                                                 result.output.substr(0, 500))};
  }
  return result.output;
}

// What a boot would have started is asked of the system as it is now: the way back may have given a
// unit its old name again, or taken its links away.
Status HeldUnits::Start(const std::vector<std::string>& units) const {
  UPGRAPH_ASSIGN(std::string answer, Ask({"daemon-reload"}));
  UPGRAPH_ASSIGN(answer, Ask({"list-dependencies", "--plain", "--all", "default.target"}));
  const std::vector<std::string> wanted = Words(answer);
  std::vector<std::string> starting = {"start", "--no-block", "--"};
  for (const std::string& unit : units) {
    // Another name of a unit is as good as its first one.
    if (!IsTemplate(unit)) {
      UPGRAPH_ASSIGN(answer, Ask({"show", "--property=Id", "--value", "--", unit}));
    }
    const std::vector<std::string> id = Words(answer);
    std::copy_if(
        wanted.begin(), wanted.end(), std::back_inserter(starting), [&](const std::string& other) {
          return IsTemplate(unit) ? IsInstance(other, unit) : !id.empty() && other == id[0];
        });
  }
  if (starting.size() > 3) {
    UPGRAPH_ASSIGN(answer, Ask(std::move(starting)));
  }
  return Mark(false);
}

}  // namespace upgraph::executor
