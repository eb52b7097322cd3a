#pragma once

// The contract of a step. Native steps implement it in C++, one file each; a declared command
// implements it with its argument vectors (command_step.cpp). Objects are stateless and shared by
// all threads: everything a call needs comes in its arguments.
//
// The executor keeps the order: Observe, Capture, (captured is durable), Apply, (applied is
// durable); back: (reverting), Observe, Revert, (reverted is durable). It may be killed between
// any two instructions, and then starts again at the last durable state.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/env.h"
#include "runtime/package/payload.h"

namespace upgraph::steps {

// Private folders of the run, root-only, one for each mount that a step writes to. Thread-safe.
class Staging {
 public:
  virtual ~Staging() = default;
  // A folder of this step on the mount that holds `path` (or its nearest existing parent). Made,
  // and known durably to the run so that it is removed at its end, before it is returned.
  // Host path without a slash at the end.
  virtual Result<std::string> FolderFor(const std::string& path) = 0;
};

struct StepContext {
  env::Env& env;
  const plan::Plan& plan;
  const plan::Step& step;  // of a resolved plan: no templates left
  const package::Payload& payload;
  Staging& staging;
  std::string run_id;
  uint64_t epoch = 0;  // grows with each start of a runner on this host
  uint32_t attempt = 1;
  int64_t deadline_boot_ms = 0;     // of the clock in env; the step ends itself by then
  const std::atomic<bool>& cancel;  // true: stop soon, as if the deadline had come
  int work_lock_fd = -1;            // inherited by every child process
};

struct Estimate {
  int64_t forward_ms = 0;
  int64_t back_ms = 0;
  uint64_t undo_bytes = 0;    // on the mount of the target
  uint64_t staged_bytes = 0;  // new content, on the same mount
};

enum class World {
  kBefore,   // as capture saw it; without a capture: ready to be applied
  kAfter,    // as apply leaves it
  kNeither,  // something else
  kUnknown,  // cannot be seen now; asked again, never taken for kNeither
};
const char* WorldName(World world);

struct Observation {
  World world = World::kUnknown;
  std::string detail;  // of kNeither and kUnknown: what was found, for people; no secrets
};

struct DirectoryTime {
  std::string path;
  int64_t mtime_ns = 0;
};

// What Revert needs, in the step's own format; stored whole, hashed, and handed back unchanged.
struct Captured {
  std::string undo;
  // Folders whose names the step will change. The run keeps the first time it ever saw of each and
  // sets it again after the step is reverted; the step need not.
  std::vector<DirectoryTime> directories;
};

struct Applied {
  Digest state;  // of what apply left, all that "exactly" means
};

enum class Drift {
  kSaveAndRestore,  // files and keys: what somebody else made is saved, named, then replaced
  kStick,           // data: stuck, a person decides
};

// What a way back needs, beside what the step itself declares.
enum class WayBackNeeds {
  kFiles,     // the host's own files: a boot has them as soon as its file systems are mounted
  kServices,  // a service manager that answers, and nothing else that is not declared
  kAnything,  // programs, a network, a server: nobody can tell
};

class NativeStep {
 public:
  virtual ~NativeStep() = default;

  // Preflight: what it would take, and whether it can work at all (a target that cannot be renamed
  // over is refused here). Changes nothing.
  virtual Result<Estimate> EstimateCost(const StepContext& context) const = 0;

  // From the world itself; changes nothing. Before the capture `captured` is null, and kAfter
  // means that the host already is as this step would leave it ("found": it will not be touched).
  // `applied` is given when the step is known to have been applied: only exactly that state is
  // kAfter then.
  virtual Observation Observe(const StepContext& context, const Captured* captured,
                              const Applied* applied) const = 0;

  // Whether Observe knows more of this step than whether it was applied: a command without
  // `observe` never says that something is as it was.
  virtual bool CanTell(const plan::Step& step) const {
    (void)step;
    return true;
  }

  // Reads what Apply will change; new content may be staged in the private folders, durably.
  // Repeated only while its record is not durable: stale staging of an earlier try is replaced.
  virtual Result<Captured> Capture(const StepContext& context) const = 0;

  // Makes the change and syncs it. Safe to repeat, also after a crash half-way.
  virtual Result<Applied> Apply(const StepContext& context, const Captured& captured) const = 0;

  // After a crash half-way the world was found as Apply leaves it: makes that durable, and says
  // what it is. Applying again does both, where it may be done twice.
  virtual Result<Applied> Confirm(const StepContext& context, const Captured& captured) const {
    return Apply(context, captured);
  }

  // Puts back exactly what Capture saw and syncs it. Safe to repeat, and from any half-way state.
  virtual Status Revert(const StepContext& context, const Captured& captured) const = 0;

  // Where what stood there before lies now, for a person who puts it back by hand: "/etc/x:
  // /var/…/0". Empty: nowhere as a file.
  virtual std::string WhereOldLies(env::Files& files, const Captured& captured) const {
    (void)files, (void)captured;
    return "";
  }

  // Of Observe, Revert and SaveDrift, on a host that has just been booted.
  virtual WayBackNeeds way_back_needs() const { return WayBackNeeds::kAnything; }

  virtual Drift drift() const { return Drift::kStick; }
  // Copies what stands there now to a private folder; the text names the place.
  virtual Result<std::string> SaveDrift(const StepContext& context,
                                        const Captured& captured) const {
    (void)context, (void)captured;
    return Error{ErrorKind::kUnsupported, "this step cannot save what it finds"};
  }
};

// A step of preflight or verify: it looks, and either the condition holds in time or it does not.
// The rest of the contract is empty for it: nothing captured, nothing reverted.
class ObservingStep : public NativeStep {
 public:
  // Waits until the condition holds, at most until the deadline in the context.
  virtual Status Check(const StepContext& context) const = 0;

  Result<Estimate> EstimateCost(const StepContext&) const override { return Estimate{}; }
  Observation Observe(const StepContext&, const Captured*, const Applied*) const final {
    return {World::kBefore, ""};
  }
  Result<Captured> Capture(const StepContext&) const final { return Captured{}; }
  Result<Applied> Apply(const StepContext& context, const Captured&) const final {
    UPGRAPH_TRY(Check(context));
    return Applied{};
  }
  Status Revert(const StepContext&, const Captured&) const final { return OkStatus(); }
};

// The implementation for `step`: by its native name, or the one of command steps; null when this
// build has none.
const NativeStep* FindStep(const plan::Step& step);
// Whether steps know what to do with a handle of that name: "sql.sqlite".
bool HasHandle(std::string_view native);

}  // namespace upgraph::steps
