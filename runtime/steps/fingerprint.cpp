#include "runtime/steps/change_set.h"

namespace upgraph::steps {
namespace {

Status AddObject(env::Files& files, const std::string& path, bool with_times,
                 DigestBuilder* builder) {
  auto found = files.Stat(path);
  if (!found.ok()) {
    if (found.error().kind == ErrorKind::kNotFound) {
      builder->AddField("absent");
      return OkStatus();
    }
    return found.error();
  }
  const env::FileStatus& status = *found;
  builder->AddField(env::FileTypeName(status.type));
  // A link's own mode means nothing.
  builder->AddField(status.type == env::FileType::kSymlink ? "" : std::to_string(status.mode));
  builder->AddField(std::to_string(status.uid) + ":" + std::to_string(status.gid));
  builder->AddField(with_times ? std::to_string(status.mtime_ns) : "");
  UPGRAPH_ASSIGN(env::Xattrs xattrs, files.ReadXattrs(path));
  builder->AddField(std::to_string(xattrs.size()));
  for (const auto& [name, value] : xattrs) {
    builder->AddField(name);
    builder->AddField(value);
  }
  switch (status.type) {
    case env::FileType::kRegular: {
      UPGRAPH_ASSIGN(std::string content, files.Read(path, kObjectBytesMax));
      builder->AddField(content);
      return OkStatus();
    }
    case env::FileType::kSymlink: {
      UPGRAPH_ASSIGN(std::string target, files.ReadLink(path));
      builder->AddField(target);
      return OkStatus();
    }
    case env::FileType::kDirectory: {
      UPGRAPH_ASSIGN(std::vector<std::string> names, files.List(path));
      builder->AddField(std::to_string(names.size()));
      for (const std::string& name : names) {
        builder->AddField(name);
        UPGRAPH_TRY(AddObject(files, path + "/" + name, with_times, builder));
      }
      return OkStatus();
    }
    case env::FileType::kFifo:
    case env::FileType::kSocket:
    case env::FileType::kDevice:
      return OkStatus();
  }
  UPGRAPH_UNREACHABLE("file type");
}

}  // namespace

Result<Digest> Fingerprint(env::Files& files, const std::string& path, bool with_times) {
  DigestBuilder builder;
  UPGRAPH_TRY(AddObject(files, path, with_times, &builder));
  return builder.Finish();
}

}  // namespace upgraph::steps
