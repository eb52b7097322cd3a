#pragma once

// Replacing files, links and whole trees so that the way back is exact.
//
// Capture stages the new object in a private folder on the target's own mount and notes what the
// old one is. Apply swaps the two by one rename: the old object then lies, unchanged, where the new
// one lay. Revert is the opposite rename. Nothing old is ever copied or rewritten, so what comes
// back is the very same object, and going back needs no free block.
// docs/decisions/0001-old-objects-are-moved-not-copied.md

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/env/files.h"
#include "runtime/steps/native_step.h"

namespace upgraph::steps {

// Of one file that is replaced or compared: it is read whole.
inline constexpr uint64_t kObjectBytesMax = 16ull << 30;

enum class ObjectKind : uint8_t {
  kAbsent,   // nothing shall stand there
  kFile,     // `content`
  kSymlink,  // `link_target`
  kPayload,  // a file or tree of the package
};

// One object that shall stand in place of whatever stands at `target` now.
struct Replacement {
  std::string target;  // host path
  ObjectKind kind = ObjectKind::kAbsent;
  std::string content;
  std::string link_target;
  std::string payload_path;
  uint32_t mode = 0644;  // of a kFile; root owns it
  // Of a kFile: the file whose mode, owner and extended attributes it takes over; usually the
  // target itself. Empty: none.
  std::string attributes_from;
};

// What "exactly" means for the object at `path`: type, mode, owner, extended attributes (ACLs,
// capabilities and labels among them), content, link target, modification time; for folders
// everything below as well. Two objects with one fingerprint cannot be told apart by a user.
// Absent objects have one too. `with_times`: false leaves modification times out.
Result<Digest> Fingerprint(env::Files& files, const std::string& path, bool with_times = true);

// Refuses targets that cannot be renamed over: mount roots, trees with mounts inside, immutable
// files, regular files with several hard links, devices and sockets.
Result<Estimate> EstimateChanges(const StepContext& context,
                                 const std::vector<Replacement>& wanted);

// Whether the host already is as wanted (kAfter), else kBefore: times do not count here, a file
// that somebody else installed alike is the same file.
Observation ObserveWanted(const StepContext& context, const std::vector<Replacement>& wanted);

Result<Captured> CaptureChanges(const StepContext& context, const std::vector<Replacement>& wanted);
// With `applied`, only exactly the state that apply left is kAfter.
Observation ObserveChanges(const StepContext& context, const Captured& captured,
                           const Applied* applied);
Result<Applied> ApplyChanges(const StepContext& context, const Captured& captured);
Status RevertChanges(const StepContext& context, const Captured& captured);
// Where each old object lies that does not stand in its place: "/etc/x: /var/…/0".
std::string WhereOldObjectsLie(env::Files& files, const Captured& captured);
// Moves what stands at the targets aside into the private folder; the text names the place.
Result<std::string> SaveDriftOfChanges(const StepContext& context, const Captured& captured);

}  // namespace upgraph::steps
