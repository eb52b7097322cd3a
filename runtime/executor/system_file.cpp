#include "runtime/executor/system_file.h"

namespace upgraph::executor {

Status KeptTime::Begin() {
  UPGRAPH_ASSIGN(const env::FileStatus status, files_.Stat(folder_));
  mtime_ns_ = status.mtime_ns;
  return OkStatus();
}

Status KeptTime::End() {
  UPGRAPH_TRY(files_.SetMtime(folder_, mtime_ns_));
  return files_.SyncDirectory(folder_);
}

Status RemoveIfThere(env::Files& files, const std::string& path) {
  Status removed = files.RemoveFile(path);
  return removed.ok() || removed.error().kind == ErrorKind::kNotFound ? OkStatus() : removed;
}

Status WriteWhole(env::Files& files, const std::string& path, const std::string& content,
                  uint32_t mode) {
  const std::string folder = env::ParentOf(path);
  const std::string fresh = folder + "/." + path.substr(path.find_last_of('/') + 1) + ".tmp";
  UPGRAPH_TRY(RemoveIfThere(files, fresh));
  UPGRAPH_TRY(files.WriteNew(fresh, content, mode));
  UPGRAPH_TRY(files.SyncFile(fresh));
  UPGRAPH_TRY(files.RenameOver(fresh, path));
  return files.SyncDirectory(folder);
}

}  // namespace upgraph::executor
