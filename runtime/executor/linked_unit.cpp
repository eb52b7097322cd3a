// The link is what makes a boot start the unit: it is the last to come and the first to go. Between
// the two a boot finds a unit that nobody wants.

#include "runtime/executor/linked_unit.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "runtime/executor/system_file.h"

namespace upgraph::executor {
namespace {

constexpr uint64_t kUnitBytesMax = 64 << 10;
constexpr const char* kMadeWants = "# the folder of its link was made for it\n";

}  // namespace

std::string UnitNameFor(const std::string& what, const std::string& root, const std::string& type) {
  return "upgraph-" + what + (root == "/" ? "" : "-" + Sha256(root).Hex().substr(0, 8)) + type;
}

std::string QuoteForUnit(const std::string& word) {
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

LinkedUnit::LinkedUnit(env::Files& system, const std::string& name, const std::string& target)
    : system_(system),
      name_(name),
      wants_(std::string(kUnitFolder) + "/" + target + ".wants"),
      unit_(std::string(kUnitFolder) + "/" + name),
      link_(wants_ + "/" + name) {}

bool LinkedUnit::IsThere() const {
  auto link = system_.Exists(link_);
  auto unit = system_.Exists(unit_);
  return link.ok() && *link && unit.ok() && *unit;
}

Status LinkedUnit::Install(const std::string& text) const {
  if (IsThere()) {
    return OkStatus();
  }
  KeptTime units(system_, kUnitFolder);
  UPGRAPH_TRY(units.Begin());
  UPGRAPH_ASSIGN(const bool has_folder, system_.Exists(wants_));
  // What a runner before this one said of the folder still holds.
  UPGRAPH_ASSIGN(const bool has_unit, system_.Exists(unit_));
  if (!has_unit) {
    UPGRAPH_TRY(WriteWhole(system_, unit_, (has_folder ? "" : kMadeWants) + text, 0644));
  }
  UPGRAPH_TRY(system_.MakeDirectories(wants_, 0755));
  KeptTime wants(system_, wants_);
  UPGRAPH_TRY(wants.Begin());
  UPGRAPH_TRY(RemoveIfThere(system_, link_));
  UPGRAPH_TRY(system_.MakeSymlink(unit_, link_));
  UPGRAPH_TRY(wants.End());
  return units.End();
}

Status LinkedUnit::Remove() const {
  auto text = system_.Read(unit_, kUnitBytesMax);
  if (!text.ok()) {
    return text.error().kind == ErrorKind::kNotFound ? OkStatus() : Status(text.error());
  }
  KeptTime units(system_, kUnitFolder);
  UPGRAPH_TRY(units.Begin());
  UPGRAPH_ASSIGN(const bool has_folder, system_.Exists(wants_));
  if (has_folder) {
    KeptTime wants(system_, wants_);
    UPGRAPH_TRY(wants.Begin());
    UPGRAPH_TRY(RemoveIfThere(system_, link_));
    UPGRAPH_TRY(wants.End());
    UPGRAPH_ASSIGN(const std::vector<std::string> others, system_.List(wants_));
    if (others.empty() && text->find(kMadeWants) != std::string::npos) {
      UPGRAPH_TRY(system_.RemoveDirectory(wants_));
    }
  }
  UPGRAPH_TRY(RemoveIfThere(system_, unit_));
  return units.End();
}

}  // namespace upgraph::executor
