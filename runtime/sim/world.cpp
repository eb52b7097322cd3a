#include "runtime/sim/world.h"

#include <algorithm>

#include "base/json.h"

namespace upgraph::sim {
namespace {

bool IsWrittenBy(const plan::Plan& plan, const plan::Step& step, const plan::Resource& resource) {
  return std::any_of(step.effects.begin(), step.effects.end(), [&](const plan::Effect& effect) {
    return effect.kind == plan::EffectKind::kWrites &&
           plan::Overlaps(plan.resource(effect.resource_id), resource);
  });
}

Json ToJson(const Mark& mark) {
  return {{"kind", mark.resource.kind},
          {"arguments", mark.resource.arguments},
          {"template", mark.resource.is_template},
          {"unknown", mark.resource.is_unknown},
          {"overlap", static_cast<int>(mark.resource.overlap)},
          {"within", mark.resource.within},
          {"within_count", mark.resource.within_count},
          {"step", mark.step_path},
          {"version", mark.version},
          {"lost", mark.is_lost}};
}

// Of what Capture() wrote; the journal hands it back unchanged or not at all.
Mark FromJson(const Json& json) {
  Mark mark;
  mark.resource.kind = json["kind"].get<std::string>();
  mark.resource.arguments = json["arguments"].get<std::vector<std::string>>();
  mark.resource.is_template = json["template"].get<bool>();
  mark.resource.is_unknown = json["unknown"].get<bool>();
  mark.resource.overlap = static_cast<plan::Overlap>(json["overlap"].get<int>());
  mark.resource.within = json["within"].get<std::string>();
  mark.resource.within_count = json["within_count"].get<uint32_t>();
  mark.step_path = json["step"].get<std::string>();
  mark.version = json["version"].get<std::string>();
  mark.is_lost = json["lost"].get<bool>();
  return mark;
}

}  // namespace

std::string SimulatedWorld::Capture(const plan::Plan& plan, const plan::Step& step) const {
  Json captured = Json::array();
  for (const Mark& mark : marks_) {
    if (IsWrittenBy(plan, step, mark.resource)) {
      captured.push_back(ToJson(mark));
    }
  }
  return CompactJson(captured);
}

void SimulatedWorld::Clear(const plan::Plan& plan, const plan::Step& step) {
  marks_.erase(
      std::remove_if(marks_.begin(), marks_.end(),
                     [&](const Mark& mark) { return IsWrittenBy(plan, step, mark.resource); }),
      marks_.end());
}

void SimulatedWorld::Write(const plan::Plan& plan, const plan::Step& step, Extent extent) {
  Clear(plan, step);
  for (const plan::Effect& effect : step.effects) {
    if (effect.kind == plan::EffectKind::kWrites) {
      const plan::Resource& resource = plan.resource(effect.resource_id);
      marks_.push_back({resource, step.path, plan::TargetOf(plan, step), false});
      if (std::find(touched_.begin(), touched_.end(), resource) == touched_.end()) {
        touched_.push_back(resource);
      }
    }
  }
  extents_[step.path] = extent;
}

Status SimulatedWorld::Restore(const plan::Plan& plan, const plan::Step& step,
                               const std::string& captured) {
  UPGRAPH_ASSIGN(const Json marks, ParseJson(captured));
  Clear(plan, step);
  for (const Json& mark : marks) {
    marks_.push_back(FromJson(mark));
  }
  if (step.undo == plan::UndoClass::kWithLoss) {
    for (const plan::Effect& effect : step.effects) {
      if (effect.kind == plan::EffectKind::kWrites) {
        marks_.push_back({plan.resource(effect.resource_id), step.path, "", true});
      }
    }
  }
  extents_[step.path] = Extent::kNone;
  return OkStatus();
}

void SimulatedWorld::Forget(const plan::Plan& plan, const plan::Step& step) {
  Clear(plan, step);
  extents_[step.path] = Extent::kNone;
}

Extent SimulatedWorld::ExtentOf(const plan::Step& step) const {
  const auto extent = extents_.find(step.path);
  return extent == extents_.end() ? Extent::kNone : extent->second;
}

const Mark* SimulatedWorld::Find(const plan::Resource& resource) const {
  const auto mark = std::find_if(marks_.rbegin(), marks_.rend(), [&](const Mark& candidate) {
    return plan::Overlaps(candidate.resource, resource);
  });
  return mark == marks_.rend() ? nullptr : &*mark;
}

}  // namespace upgraph::sim
