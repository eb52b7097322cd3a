#include "runtime/package/folder_payload.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/package/extract_policy.h"

namespace upgraph::package {
namespace {

class FolderPayload : public Payload {
 public:
  explicit FolderPayload(env::Files& files) : files_(files) {}

  Result<std::vector<PayloadEntry>> Entries(const std::string& path) const override {
    UPGRAPH_TRY(CheckEntryPath(path));
    UPGRAPH_TRY(CheckParents(path));
    std::vector<PayloadEntry> entries;
    std::vector<std::string> open = {path};
    while (!open.empty()) {
      const std::string next = std::move(open.back());
      open.pop_back();
      UPGRAPH_TRY(CheckEntryPath(next));
      UPGRAPH_ASSIGN(PayloadEntry entry, Look(next));
      if (entry.type == PayloadType::kDirectory) {
        UPGRAPH_ASSIGN(const std::vector<std::string> names, files_.List(OnHost(next)));
        for (const std::string& name : names) {
          open.push_back(next + "/" + name);
        }
      }
      entries.push_back(std::move(entry));
      if (entries.size() > kPackageEntriesMax) {
        return Error{ErrorKind::kInvalid,
                     fmt::format("`{}` holds more than {} entries, which is the most that a "
                                 "package may have",
                                 path, kPackageEntriesMax)};
      }
    }
    std::sort(entries.begin(), entries.end(),
              [](const PayloadEntry& a, const PayloadEntry& b) { return a.path < b.path; });
    return entries;
  }

  Result<std::string> Read(const std::string& path) const override {
    UPGRAPH_TRY(CheckEntryPath(path));
    UPGRAPH_ASSIGN(const env::FileStatus status, Stat(path));
    if (status.type != env::FileType::kRegular) {
      return Error{ErrorKind::kNotFound, fmt::format("`{}` is no file", path)};
    }
    return files_.Read(OnHost(path), kContentFileBytesMax);
  }

 private:
  static std::string OnHost(const std::string& path) { return "/" + path; }

  Result<env::FileStatus> Stat(const std::string& path) const {
    Result<env::FileStatus> status = files_.Stat(OnHost(path));
    if (!status.ok() && status.error().kind == ErrorKind::kNotFound) {
      return Error{ErrorKind::kNotFound,
                   fmt::format("there is no `{}` in `{}`", Printable(path), files_.root())};
    }
    return status;
  }

  // A link on the way would show files of another place.
  Status CheckParents(const std::string& path) const {
    for (size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const std::string parent = path.substr(0, slash);
      UPGRAPH_ASSIGN(const env::FileStatus status, Stat(parent));
      if (status.type != env::FileType::kDirectory) {
        return Error{ErrorKind::kInvalid, fmt::format("`{}` is no folder", Printable(parent))};
      }
    }
    return OkStatus();
  }

  Result<PayloadEntry> Look(const std::string& path) const {
    UPGRAPH_ASSIGN(const env::FileStatus status, Stat(path));
    PayloadEntry entry;
    entry.path = path;
    switch (status.type) {
      case env::FileType::kRegular: {
        UPGRAPH_ASSIGN(const std::string content, files_.Read(OnHost(path), kContentFileBytesMax));
        entry.mode = (status.mode & 0100) != 0 ? 0755 : 0644;
        entry.size_bytes = content.size();
        entry.sha256 = Sha256(content);
        return entry;
      }
      case env::FileType::kDirectory:
        entry.type = PayloadType::kDirectory;
        entry.mode = 0755;
        return entry;
      case env::FileType::kSymlink: {
        UPGRAPH_ASSIGN(entry.link_target, files_.ReadLink(OnHost(path)));
        UPGRAPH_TRY(CheckLinkTarget(path, entry.link_target));
        entry.type = PayloadType::kSymlink;
        entry.mode = 0777;
        entry.size_bytes = entry.link_target.size();
        entry.sha256 = Sha256(entry.link_target);
        return entry;
      }
      case env::FileType::kFifo:
      case env::FileType::kSocket:
      case env::FileType::kDevice:
        break;
    }
    return Error{ErrorKind::kInvalid,
                 fmt::format("`{}` is a {}; a package holds only files, folders and links",
                             Printable(path), env::FileTypeName(status.type))};
  }

  env::Files& files_;
};

}  // namespace

std::unique_ptr<Payload> OpenFolderPayload(env::Files& files) {
  return std::make_unique<FolderPayload>(files);
}

}  // namespace upgraph::package
