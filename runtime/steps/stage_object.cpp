#include "runtime/steps/stage_object.h"

#include <algorithm>

namespace upgraph::steps {
namespace {

Status CopyAttributes(env::Files& files, const std::string& from, const std::string& to) {
  auto old = files.Stat(from);
  if (!old.ok() || old->type != env::FileType::kRegular) {
    return OkStatus();  // nothing to keep
  }
  UPGRAPH_TRY(files.SetOwner(to, old->uid, old->gid));
  UPGRAPH_TRY(files.SetMode(to, old->mode));  // after the owner, which clears set-id bits
  UPGRAPH_ASSIGN(env::Xattrs xattrs, files.ReadXattrs(from));
  for (const auto& [name, value] : xattrs) {
    UPGRAPH_TRY(files.SetXattr(to, name, value));
  }
  return OkStatus();
}

// Where an entry of the package goes, when `root` of the package goes to `path`.
std::string Below(const std::string& path, const std::string& root, const std::string& entry) {
  return path + entry.substr(root.size());
}

Status MakePayload(const StepContext& context, const std::string& payload_path,
                   const std::string& path) {
  env::Files& files = context.env.files;
  UPGRAPH_ASSIGN(auto entries, context.payload.Entries(payload_path));
  for (const package::PayloadEntry& entry : entries) {
    std::string place = Below(path, payload_path, entry.path);
    switch (entry.type) {
      case package::PayloadType::kDirectory:
        UPGRAPH_TRY(files.MakeDirectory(place, entry.mode));
        break;
      case package::PayloadType::kSymlink:
        UPGRAPH_TRY(files.MakeSymlink(entry.link_target, place));
        break;
      case package::PayloadType::kFile: {
        UPGRAPH_ASSIGN(std::string content, context.payload.Read(entry.path));
        UPGRAPH_TRY(files.WriteNew(place, content, entry.mode));
        break;
      }
    }
  }
  // Folders last and from below, or filling them would change their times again.
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    UPGRAPH_TRY(files.SetMtime(Below(path, payload_path, entry->path), package::kPayloadMtimeNs));
  }
  return OkStatus();
}

Result<bool> IsEntryAsWanted(const StepContext& context, const package::PayloadEntry& entry,
                             const std::string& place) {
  env::Files& files = context.env.files;
  auto status = files.Stat(place);
  if (!status.ok()) {
    return status.error().kind == ErrorKind::kNotFound ? Result<bool>(false) : status.error();
  }
  switch (entry.type) {
    case package::PayloadType::kDirectory:
      return status->type == env::FileType::kDirectory && status->mode == entry.mode;
    case package::PayloadType::kSymlink: {
      if (status->type != env::FileType::kSymlink) {
        return false;
      }
      UPGRAPH_ASSIGN(std::string target, files.ReadLink(place));
      return target == entry.link_target;
    }
    case package::PayloadType::kFile: {
      if (status->type != env::FileType::kRegular || status->mode != entry.mode ||
          status->size_bytes != entry.size_bytes) {
        return false;
      }
      UPGRAPH_ASSIGN(std::string content, files.Read(place, kObjectBytesMax));
      return Sha256(content) == entry.sha256;
    }
  }
  UPGRAPH_UNREACHABLE("payload type");
}

Result<size_t> CountBelow(env::Files& files, const std::string& path) {
  UPGRAPH_ASSIGN(env::FileStatus status, files.Stat(path));
  size_t count = 1;
  if (status.type == env::FileType::kDirectory) {
    UPGRAPH_ASSIGN(std::vector<std::string> names, files.List(path));
    for (const std::string& name : names) {
      UPGRAPH_ASSIGN(size_t below, CountBelow(files, path + "/" + name));
      count += below;
    }
  }
  return count;
}

Result<bool> IsPayloadAsWanted(const StepContext& context, const Replacement& wanted) {
  UPGRAPH_ASSIGN(auto entries, context.payload.Entries(wanted.payload_path));
  for (const package::PayloadEntry& entry : entries) {
    UPGRAPH_ASSIGN(
        bool is_same,
        IsEntryAsWanted(context, entry, Below(wanted.target, wanted.payload_path, entry.path)));
    if (!is_same) {
      return false;
    }
  }
  // Nothing more than the package has, either.
  UPGRAPH_ASSIGN(size_t count, CountBelow(context.env.files, wanted.target));
  return count == entries.size();
}

}  // namespace

Status MakeObject(const StepContext& context, const Replacement& wanted, const std::string& path) {
  env::Files& files = context.env.files;
  switch (wanted.kind) {
    case ObjectKind::kAbsent:
      return OkStatus();
    case ObjectKind::kSymlink:
      return files.MakeSymlink(wanted.link_target, path);
    case ObjectKind::kPayload:
      return MakePayload(context, wanted.payload_path, path);
    case ObjectKind::kFile:
      UPGRAPH_TRY(files.WriteNew(path, wanted.content, wanted.mode));
      return wanted.attributes_from.empty() ? OkStatus()
                                            : CopyAttributes(files, wanted.attributes_from, path);
  }
  UPGRAPH_UNREACHABLE("object kind");
}

Result<bool> IsAsWanted(const StepContext& context, const Replacement& wanted) {
  env::Files& files = context.env.files;
  auto status = files.Stat(wanted.target);
  if (!status.ok()) {
    if (status.error().kind != ErrorKind::kNotFound) {
      return status.error();
    }
    return wanted.kind == ObjectKind::kAbsent;
  }
  switch (wanted.kind) {
    case ObjectKind::kAbsent:
      return false;
    case ObjectKind::kPayload:
      return IsPayloadAsWanted(context, wanted);
    case ObjectKind::kSymlink: {
      if (status->type != env::FileType::kSymlink) {
        return false;
      }
      UPGRAPH_ASSIGN(std::string target, files.ReadLink(wanted.target));
      return target == wanted.link_target;
    }
    case ObjectKind::kFile: {
      if (status->type != env::FileType::kRegular ||
          (wanted.attributes_from.empty() && status->mode != wanted.mode)) {
        return false;
      }
      UPGRAPH_ASSIGN(std::string content, files.Read(wanted.target, kObjectBytesMax));
      return content == wanted.content;
    }
  }
  UPGRAPH_UNREACHABLE("object kind");
}

Result<uint64_t> SizeOf(const StepContext& context, const Replacement& wanted) {
  if (wanted.kind != ObjectKind::kPayload) {
    return uint64_t{wanted.content.size()};
  }
  UPGRAPH_ASSIGN(auto entries, context.payload.Entries(wanted.payload_path));
  uint64_t size = 0;
  for (const package::PayloadEntry& entry : entries) {
    size += entry.size_bytes;
  }
  return size;
}

}  // namespace upgraph::steps
