// Who is where is told by inode: a rename keeps it. What an object is, is told by its fingerprint.

#include "runtime/steps/change_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "runtime/steps/stage_object.h"
#include "runtime/steps/staging.h"

namespace upgraph::steps {
namespace {

// One swap. `slot` is where the new object waits, and the old one afterwards; `spare` holds the old
// one half-way where the file system cannot exchange two names.
struct Swap {
  std::string target;
  std::string slot;
  uint64_t old_inode = 0;  // 0: nothing stood there
  uint64_t new_inode = 0;  // 0: nothing shall stand there
  Digest old_print;
  Digest new_print;
  int64_t old_mtime_ns = 0;
  int64_t new_mtime_ns = 0;  // 0: not known, in a run of an older program

  std::string spare() const { return slot + ".old"; }
};

std::string EncodeSwaps(const std::vector<Swap>& swaps) {
  Json list = Json::array();
  for (const Swap& swap : swaps) {
    list.push_back({{"target", ToHex(swap.target)},
                    {"slot", swap.slot},
                    {"old_inode", swap.old_inode},
                    {"new_inode", swap.new_inode},
                    {"old_print", swap.old_print.Hex()},
                    {"new_print", swap.new_print.Hex()},
                    {"old_mtime_ns", swap.old_mtime_ns},
                    {"new_mtime_ns", swap.new_mtime_ns}});
  }
  return CompactJson(list);
}

Result<std::vector<Swap>> DecodeSwaps(const std::string& text) {
  UPGRAPH_ASSIGN(Json list, ParseJson(text));
  std::vector<Swap> swaps;
  for (const Json& item : list) {
    Swap swap;
    swap.slot = item["slot"].get<std::string>();
    swap.old_inode = item["old_inode"].get<uint64_t>();
    swap.new_inode = item["new_inode"].get<uint64_t>();
    swap.old_mtime_ns = item["old_mtime_ns"].get<int64_t>();
    swap.new_mtime_ns = item.value("new_mtime_ns", int64_t{0});
    if (!FromHex(item["target"].get<std::string>(), &swap.target) ||
        !Digest::FromHex(item["old_print"].get<std::string>(), &swap.old_print) ||
        !Digest::FromHex(item["new_print"].get<std::string>(), &swap.new_print)) {
      return Error{ErrorKind::kDamaged, "an undo of files cannot be read"};
    }
    swaps.push_back(std::move(swap));
  }
  return swaps;
}

// 0 when nothing is there.
Result<uint64_t> InodeAt(env::Files& files, const std::string& path) {
  auto status = files.Stat(path);
  if (!status.ok()) {
    return status.error().kind == ErrorKind::kNotFound ? Result<uint64_t>(uint64_t{0})
                                                       : status.error();
  }
  return status->inode;
}

// The target itself, or the topmost folder on the way to it that is missing: that is what is made.
Result<std::string> Anchor(env::Files& files, const std::string& target) {
  std::string anchor = target;
  while (anchor != "/") {
    std::string parent = env::ParentOf(anchor);
    auto status = files.StatFollow(parent);
    if (status.ok() && status->type == env::FileType::kDirectory) {
      return anchor;
    }
    if (status.ok()) {
      return Error{ErrorKind::kInvalid, fmt::format("`{}` is not a folder", parent)};
    }
    if (status.error().kind != ErrorKind::kNotFound) {
      return status.error();
    }
    anchor = parent;
  }
  return Error{ErrorKind::kInvalid, "the root itself cannot be replaced"};
}

Status CheckNoMounts(env::Files& files, const std::string& path, uint64_t mount_id) {
  UPGRAPH_ASSIGN(env::FileStatus status, files.Stat(path));
  if (status.is_mount_root || status.mount_id != mount_id) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("`{}` is a mount point; it cannot be renamed over", path)};
  }
  if (status.is_immutable) {
    return Error{
        ErrorKind::kUnsupported,
        fmt::format("`{}` is immutable or append-only (chattr); it cannot be replaced", path)};
  }
  if (status.type == env::FileType::kDirectory) {
    UPGRAPH_ASSIGN(std::vector<std::string> names, files.List(path));
    for (const std::string& name : names) {
      UPGRAPH_TRY(CheckNoMounts(files, path + "/" + name, mount_id));
    }
  }
  return OkStatus();
}

Status CheckReplaceable(env::Files& files, const std::string& anchor) {
  UPGRAPH_ASSIGN(env::FileStatus parent, files.StatFollow(env::ParentOf(anchor)));
  if (parent.is_immutable) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("the folder of `{}` is immutable (chattr)", anchor)};
  }
  auto status = files.Stat(anchor);
  if (!status.ok()) {
    return status.error().kind == ErrorKind::kNotFound ? OkStatus() : Status(status.error());
  }
  if (status->type == env::FileType::kDevice || status->type == env::FileType::kSocket ||
      status->type == env::FileType::kFifo) {
    return Error{ErrorKind::kUnsupported, fmt::format("`{}` is a {}; only files, links and folders "
                                                      "are replaced",
                                                      anchor, env::FileTypeName(status->type))};
  }
  if (status->type == env::FileType::kRegular && status->link_count > 1) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("`{}` has {} hard links; replacing it would part it from the others",
                             anchor, status->link_count)};
  }
  return CheckNoMounts(files, anchor, parent.mount_id);
}

// Builds the missing folders and the object at the end of them, at `slot` in place of `anchor`.
Status Stage(const StepContext& context, const Replacement& wanted, const std::string& anchor,
             const std::string& slot) {
  std::string place = slot + wanted.target.substr(anchor.size());
  if (place != slot) {
    UPGRAPH_TRY(context.env.files.MakeDirectories(env::ParentOf(place), 0755));
  }
  return MakeObject(context, wanted, place);
}

Status SyncSwap(env::Files& files, const Swap& swap) {
  UPGRAPH_TRY(files.SyncDirectory(env::ParentOf(swap.target)));
  return files.SyncDirectory(env::ParentOf(swap.slot));
}

// After a power cut in the middle of a rename between two folders btrfs may have both names, when
// only the new folder was synced: then the old name goes.
Status Move(env::Files& files, const std::string& from, const std::string& to) {
  UPGRAPH_ASSIGN(uint64_t at_from, InodeAt(files, from));
  UPGRAPH_ASSIGN(uint64_t at_to, InodeAt(files, to));
  return at_from != 0 && at_from == at_to ? files.RemoveFile(from) : files.RenameNew(from, to);
}

// The same of an object that is where it shall be.
Status DropSecondName(env::Files& files, const std::string& place, uint64_t inode) {
  UPGRAPH_ASSIGN(uint64_t at_place, InodeAt(files, place));
  return inode != 0 && at_place == inode ? files.RemoveFile(place) : OkStatus();
}

// Some file systems touch a folder that moves: xfs does in an exchange.
Status KeepTimeOfFolder(env::Files& files, const std::string& path, int64_t mtime_ns) {
  auto status = files.Stat(path);
  if (!status.ok() || status->type != env::FileType::kDirectory || status->mtime_ns == mtime_ns) {
    return OkStatus();
  }
  UPGRAPH_TRY(files.SetMtime(path, mtime_ns));
  return files.SyncDirectory(path);
}

Status ApplySwap(env::Files& files, const Swap& swap) {
  UPGRAPH_ASSIGN(uint64_t at_target, InodeAt(files, swap.target));
  UPGRAPH_ASSIGN(uint64_t at_spare, InodeAt(files, swap.spare()));
  if (at_target == swap.old_inode && swap.old_inode != swap.new_inode) {
    if (swap.old_inode == 0) {
      UPGRAPH_TRY(Move(files, swap.slot, swap.target));
    } else if (swap.new_inode == 0) {
      UPGRAPH_TRY(Move(files, swap.target, swap.slot));
    } else {
#ifdef UPGRAPH_MUTANT_SKIP_CAPTURE
      // A protocol mutant for the kill tests: the old object is lost.
      UPGRAPH_TRY(files.RemoveTree(swap.target));
      UPGRAPH_TRY(files.RenameOver(swap.slot, swap.target));
#else
      Status swapped = files.Exchange(swap.slot, swap.target);
      if (!swapped.ok() && swapped.error().kind != ErrorKind::kUnsupported) {
        return swapped.error();
      }
      if (!swapped.ok()) {
        UPGRAPH_TRY(Move(files, swap.target, swap.spare()));
        at_target = 0;
        at_spare = swap.old_inode;
      }
#endif
    }
  }
  if (at_target == swap.new_inode) {
    UPGRAPH_TRY(DropSecondName(files, swap.slot, swap.new_inode));
  }
  if (at_spare == swap.old_inode && at_spare != 0) {
    if (at_target == 0) {
      UPGRAPH_TRY(Move(files, swap.slot, swap.target));
    }
    UPGRAPH_TRY(Move(files, swap.spare(), swap.slot));
  }
  UPGRAPH_ASSIGN(uint64_t now, InodeAt(files, swap.target));
  if (now != swap.new_inode) {
    return Error{ErrorKind::kFailed,
                 fmt::format("`{}` was changed by somebody else meanwhile", swap.target)};
  }
  if (swap.new_mtime_ns != 0) {
    UPGRAPH_TRY(KeepTimeOfFolder(files, swap.target, swap.new_mtime_ns));
  }
  return SyncSwap(files, swap);
}

// Brings the old object back to its place, wherever it is.
Status RestoreOld(env::Files& files, const Swap& swap) {
  UPGRAPH_ASSIGN(uint64_t at_target, InodeAt(files, swap.target));
  if (at_target == swap.old_inode) {
    UPGRAPH_TRY(DropSecondName(files, swap.slot, swap.old_inode));
    return DropSecondName(files, swap.spare(), swap.old_inode);
  }
  UPGRAPH_ASSIGN(uint64_t at_slot, InodeAt(files, swap.slot));
  UPGRAPH_ASSIGN(uint64_t at_spare, InodeAt(files, swap.spare()));
  if (at_target != 0 && at_target != swap.new_inode) {
    return Error{ErrorKind::kFailed, fmt::format("`{}` was changed by somebody else", swap.target)};
  }
  if (swap.old_inode == 0) {
    return Move(files, swap.target, swap.slot);
  }
  if (at_slot == swap.old_inode) {
    if (at_target == 0) {
      return Move(files, swap.slot, swap.target);
    }
    Status swapped = files.Exchange(swap.slot, swap.target);
    if (swapped.ok() || swapped.error().kind != ErrorKind::kUnsupported) {
      return swapped;
    }
    UPGRAPH_TRY(Move(files, swap.slot, swap.spare()));
    at_spare = swap.old_inode;
  }
  if (at_spare != swap.old_inode) {
    return Error{ErrorKind::kDamaged,
                 fmt::format("what stood at `{}` is gone from `{}`", swap.target, swap.slot)};
  }
  if (at_target != 0) {
    UPGRAPH_TRY(Move(files, swap.target, swap.slot));
  }
  return Move(files, swap.spare(), swap.target);
}

Status RevertSwap(env::Files& files, const Swap& swap) {
  UPGRAPH_TRY(RestoreOld(files, swap));
  UPGRAPH_TRY(KeepTimeOfFolder(files, swap.target, swap.old_mtime_ns));
  UPGRAPH_TRY(SyncSwap(files, swap));
  UPGRAPH_ASSIGN(Digest print, Fingerprint(files, swap.target));
  if (print != swap.old_print) {
    return Error{ErrorKind::kDamaged,
                 fmt::format("`{}` stands again, but was changed while it was set aside, by "
                             "somebody who still had it open",
                             swap.target)};
  }
  return OkStatus();
}

Applied AppliedState(const std::vector<Swap>& swaps) {
  DigestBuilder builder;
  for (const Swap& swap : swaps) {
    builder.AddField(swap.target);
    builder.AddField(swap.new_print.Hex());
  }
  return {builder.Finish()};
}

}  // namespace

Result<Estimate> EstimateChanges(const StepContext& context,
                                 const std::vector<Replacement>& wanted) {
  Estimate estimate{context.step.takes_ms, context.step.undo_takes_ms, 0, 0};
  for (const Replacement& replacement : wanted) {
    UPGRAPH_ASSIGN(std::string anchor, Anchor(context.env.files, replacement.target));
    UPGRAPH_TRY(CheckReplaceable(context.env.files, anchor));
    UPGRAPH_ASSIGN(uint64_t size, SizeOf(context, replacement));
    estimate.staged_bytes += size;
  }
  return estimate;
}

Observation ObserveWanted(const StepContext& context, const std::vector<Replacement>& wanted) {
  for (const Replacement& replacement : wanted) {
    auto is_as_wanted = IsAsWanted(context, replacement);
    if (!is_as_wanted.ok()) {
      return {World::kUnknown, is_as_wanted.error().message};
    }
    if (!*is_as_wanted) {
      return {World::kBefore, ""};
    }
  }
  return {World::kAfter, ""};
}

Result<Captured> CaptureChanges(const StepContext& context,
                                const std::vector<Replacement>& wanted) {
  env::Files& files = context.env.files;
  std::vector<Swap> swaps;
  for (const Replacement& replacement : wanted) {
    UPGRAPH_ASSIGN(std::string anchor, Anchor(files, replacement.target));
    auto same = std::find_if(swaps.begin(), swaps.end(),
                             [&](const Swap& swap) { return swap.target == anchor; });
    if (same != swaps.end()) {
      // A second object below a folder that is made for a first one.
      UPGRAPH_TRY(Stage(context, replacement, anchor, same->slot));
      continue;
    }
    UPGRAPH_ASSIGN(bool exists, files.Exists(anchor));
    if (!exists && replacement.kind == ObjectKind::kAbsent) {
      continue;
    }
    UPGRAPH_TRY(CheckReplaceable(files, anchor));
    UPGRAPH_ASSIGN(std::string folder, context.staging.FolderFor(env::ParentOf(anchor)));
    Swap swap;
    swap.target = anchor;
    swap.slot = fmt::format("{}/{}", folder, swaps.size());
    UPGRAPH_TRY(files.RemoveTree(swap.slot));
    UPGRAPH_TRY(Stage(context, replacement, anchor, swap.slot));
    swaps.push_back(std::move(swap));
  }
  Captured captured;
  for (Swap& swap : swaps) {
    auto old = files.Stat(swap.target);
    if (old.ok()) {
      swap.old_inode = old->inode;
      swap.old_mtime_ns = old->mtime_ns;
    }
    if (auto staged = files.Stat(swap.slot); staged.ok()) {
      swap.new_inode = staged->inode;
      swap.new_mtime_ns = staged->mtime_ns;
    } else if (staged.error().kind != ErrorKind::kNotFound) {
      return staged.error();
    }
    UPGRAPH_ASSIGN(swap.old_print, Fingerprint(files, swap.target));
    UPGRAPH_ASSIGN(swap.new_print, Fingerprint(files, swap.slot));
    if (swap.new_inode != 0) {
      UPGRAPH_TRY(files.SyncTree(swap.slot));
    }
    UPGRAPH_TRY(files.SyncDirectory(env::ParentOf(swap.slot)));
    UPGRAPH_ASSIGN(env::FileStatus parent, files.StatFollow(env::ParentOf(swap.target)));
    captured.directories.push_back({env::ParentOf(swap.target), parent.mtime_ns});
  }
  captured.undo = EncodeSwaps(swaps);
  return captured;
}

Observation ObserveChanges(const StepContext& context, const Captured& captured,
                           const Applied* applied) {
  env::Files& files = context.env.files;
  auto swaps = DecodeSwaps(captured.undo);
  if (!swaps.ok()) {
    return {World::kUnknown, swaps.error().message};
  }
  if (applied != nullptr && AppliedState(*swaps).state != applied->state) {
    return {World::kNeither, "the journal and the undo disagree about what was applied"};
  }
  bool is_before = true;
  bool is_after = true;
  std::string other;
  for (const Swap& swap : *swaps) {
    auto print = Fingerprint(files, swap.target);
    if (!print.ok()) {
      return {World::kUnknown, print.error().message};
    }
    is_before = is_before && *print == swap.old_print;
    is_after = is_after && *print == swap.new_print;
    if (*print != swap.old_print && *print != swap.new_print) {
      other = swap.target;
    }
  }
  if (is_after) {
    return {World::kAfter, ""};
  }
  if (is_before) {
    return {World::kBefore, ""};
  }
  return {World::kNeither, other.empty()
                               ? "some objects are replaced and some are not"
                               : fmt::format("`{}` is neither the old nor the new one", other)};
}

Result<Applied> ApplyChanges(const StepContext& context, const Captured& captured) {
  UPGRAPH_ASSIGN(std::vector<Swap> swaps, DecodeSwaps(captured.undo));
  for (const Swap& swap : swaps) {
    UPGRAPH_TRY(ApplySwap(context.env.files, swap));
  }
  return AppliedState(swaps);
}

Status RevertChanges(const StepContext& context, const Captured& captured) {
  UPGRAPH_ASSIGN(std::vector<Swap> swaps, DecodeSwaps(captured.undo));
  for (auto swap = swaps.rbegin(); swap != swaps.rend(); ++swap) {
    UPGRAPH_TRY(RevertSwap(context.env.files, *swap));
  }
  return OkStatus();
}

std::string WhereOldObjectsLie(env::Files& files, const Captured& captured) {
  auto swaps = DecodeSwaps(captured.undo);
  std::string places;
  for (const Swap& swap : swaps.ok() ? *swaps : std::vector<Swap>()) {
    for (const std::string& place : {swap.slot, swap.spare()}) {
      auto inode = InodeAt(files, place);
      if (swap.old_inode != 0 && inode.ok() && *inode == swap.old_inode) {
        places += (places.empty() ? "" : ", ") + swap.target + ": " + place;
      }
    }
  }
  return places;
}

Result<std::string> SaveDriftOfChanges(const StepContext& context, const Captured& captured) {
  env::Files& files = context.env.files;
  UPGRAPH_ASSIGN(std::vector<Swap> swaps, DecodeSwaps(captured.undo));
  std::string places;
  for (const Swap& swap : swaps) {
    UPGRAPH_ASSIGN(Digest print, Fingerprint(files, swap.target));
    UPGRAPH_ASSIGN(uint64_t inode, InodeAt(files, swap.target));
    if (print == swap.old_print || print == swap.new_print || inode == 0) {
      continue;
    }
    std::string place = swap.slot + kDriftSuffix;
    UPGRAPH_TRY(files.RemoveTree(place));
    UPGRAPH_TRY(files.RenameNew(swap.target, place));
    UPGRAPH_TRY(SyncSwap(files, swap));
    places += (places.empty() ? "" : ", ") + swap.target + " -> " + place;
  }
  return places;
}

}  // namespace upgraph::steps
