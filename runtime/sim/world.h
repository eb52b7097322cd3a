#pragma once

// The world of a simulated host: what was done to each resource, and how far each step got. A step
// does to it what its declared effects say, and no more.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"

namespace upgraph::sim {

// A resource that is not as it was before the test, and who made it so.
struct Mark {
  plan::Resource resource;
  std::string step_path;
  std::string version;   // to which the step leads, without v
  bool is_lost = false;  // it went back, but with loss
  friend bool operator==(const Mark&, const Mark&) = default;
};

// How much of a step's change stands.
enum class Extent { kNone, kHalf, kWhole, kForeign };

class SimulatedWorld {
 public:
  // The marks that a change of the step's resources will replace, as text for the journal.
  std::string Capture(const plan::Plan& plan, const plan::Step& step) const;
  void Write(const plan::Plan& plan, const plan::Step& step, Extent extent);
  // Puts back what Capture() saw.
  Status Restore(const plan::Plan& plan, const plan::Step& step, const std::string& captured);
  // Nothing is left of what this step, or any other, made of its resources.
  void Forget(const plan::Plan& plan, const plan::Step& step);
  // Somebody else changes what the step left.
  void Spoil(const plan::Step& step) { extents_[step.path] = Extent::kForeign; }
  Extent ExtentOf(const plan::Step& step) const;

  // The mark of the last change that can be seen in the resource; null: it is as before.
  const Mark* Find(const plan::Resource& resource) const;
  const std::vector<Mark>& marks() const { return marks_; }
  // Everything that was ever changed.
  const std::vector<plan::Resource>& touched() const { return touched_; }

 private:
  void Clear(const plan::Plan& plan, const plan::Step& step);

  std::vector<Mark> marks_;  // in the order in which they were made
  std::vector<plan::Resource> touched_;
  std::map<std::string, Extent> extents_;  // by the steps' paths
};

}  // namespace upgraph::sim
