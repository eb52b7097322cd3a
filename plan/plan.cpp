#include "plan/plan.h"

#include "base/check.h"

namespace upgraph::plan {

const char* PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kPreflight:
      return "preflight";
    case Phase::kPrepare:
      return "prepare";
    case Phase::kSwitch:
      return "switch";
    case Phase::kVerify:
      return "verify";
    case Phase::kCleanup:
      return "cleanup";
  }
  UPGRAPH_UNREACHABLE("phase");
}

const char* UndoClassName(UndoClass undo) {
  switch (undo) {
    case UndoClass::kObserves:
      return "observes";
    case UndoClass::kExactly:
      return "exactly";
    case UndoClass::kByCompensation:
      return "by compensation";
    case UndoClass::kWithLoss:
      return "with loss";
    case UndoClass::kNever:
      return "never";
  }
  UPGRAPH_UNREACHABLE("undo class");
}

const char* EffectKindName(EffectKind kind) {
  switch (kind) {
    case EffectKind::kReads:
      return "reads";
    case EffectKind::kWrites:
      return "writes";
    case EffectKind::kNeeds:
      return "needs";
  }
  UPGRAPH_UNREACHABLE("effect kind");
}

std::string Resource::Name() const {
  std::string name = kind + "(";
  for (size_t i = 0; i < arguments.size(); ++i) {
    name += (i == 0 ? "" : ", ") + arguments[i];
  }
  return name + ")";
}

namespace {

// `path` is `folder` or lies below it.
bool Covers(const std::string& folder, const std::string& path) {
  if (path.compare(0, folder.size(), folder) != 0) {
    return false;
  }
  return path.size() == folder.size() || folder == "/" || path[folder.size()] == '/';
}

}  // namespace

bool Overlaps(const Resource& a, const Resource& b) {
  if (a.kind != b.kind) {
    return false;
  }
  if (a.is_unknown || b.is_unknown || a.is_template || b.is_template ||
      a.arguments == b.arguments) {
    return true;
  }
  return a.overlap == Overlap::kPath && a.arguments.size() == 1 && b.arguments.size() == 1 &&
         (Covers(a.arguments[0], b.arguments[0]) || Covers(b.arguments[0], a.arguments[0]));
}

}  // namespace upgraph::plan
