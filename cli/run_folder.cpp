#include "cli/run_folder.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "runtime/env/files.h"
#include "runtime/executor/run.h"

namespace upgraph::cli {

Result<std::string> RunFolder(const std::string& root, const std::string& run_id) {
  const bool is_plain =
      !run_id.empty() && run_id.find('/') == std::string::npos && !run_id.starts_with('.');
  if (!is_plain) {
    return Error{ErrorKind::kInvalid, "`" + run_id + "` is no name of a run"};
  }
  UPGRAPH_ASSIGN(const std::unique_ptr<env::Files> files, env::OpenFiles(root));
  const std::string path = std::string(executor::kStateFolder) + "/runs/" + run_id;
  UPGRAPH_ASSIGN(const env::FileStatus status, files->Stat(path));
  if (status.type != env::FileType::kDirectory) {
    return Error{ErrorKind::kNotFound, "there is no folder of the run `" + run_id + "`"};
  }
  return files->RealPath(path);
}

Result<RootStatus> LookAtRoot(const std::string& root) {
  struct stat status {};
  struct stat system {};
  if (stat(root.c_str(), &status) != 0) {
    return SystemError(errno, "the root `" + root + "` cannot be used");
  }
  if (!S_ISDIR(status.st_mode)) {
    return Error{ErrorKind::kInvalid, "the root `" + root + "` is no folder"};
  }
  char path[PATH_MAX];
  if (realpath(root.c_str(), path) == nullptr) {
    return SystemError(errno, "the root `" + root + "` cannot be used");
  }
  if (stat("/", &system) != 0) {
    return SystemError(errno, "/");
  }
  const bool is_system = status.st_dev == system.st_dev && status.st_ino == system.st_ino;
  return RootStatus{is_system, is_system ? "/" : path};
}

}  // namespace upgraph::cli
