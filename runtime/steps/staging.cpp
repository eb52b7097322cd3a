#include "runtime/steps/staging.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace upgraph::steps {
namespace {

constexpr uint64_t kListBytesMax = 1 << 20;

// The nearest folder that exists, upwards from `path`.
Result<std::string> ExistingFolder(env::Files& files, std::string path) {
  while (true) {
    auto status = files.StatFollow(path);
    if (status.ok() && status->type == env::FileType::kDirectory) {
      return path;
    }
    if (!status.ok() && status.error().kind != ErrorKind::kNotFound) {
      return status.error();
    }
    if (path == "/") {
      return Error{ErrorKind::kNotFound, "the root is not a folder"};
    }
    path = env::ParentOf(path);
  }
}

// Where the mount that holds `folder` begins, inside the root.
Result<std::string> MountRoot(env::Files& files, std::string folder) {
  UPGRAPH_ASSIGN(env::FileStatus status, files.StatFollow(folder));
  while (folder != "/") {
    std::string parent = env::ParentOf(folder);
    UPGRAPH_ASSIGN(env::FileStatus above, files.StatFollow(parent));
    if (above.mount_id != status.mount_id) {
      return folder;
    }
    folder = parent;
  }
  return folder;
}

Result<std::set<std::string>> ReadList(env::Files& files, const std::string& run_folder) {
  std::set<std::string> folders;
  auto text = files.Read(run_folder + "/stages", kListBytesMax);
  if (!text.ok()) {
    return text.error().kind == ErrorKind::kNotFound ? Result<std::set<std::string>>(folders)
                                                     : text.error();
  }
  for (size_t start = 0; start < text->size();) {
    size_t end = text->find('\n', start);
    if (end == std::string::npos) {
      break;  // a line without an end was never acted on
    }
    folders.insert(text->substr(start, end - start));
    start = end + 1;
  }
  return folders;
}

Status AddToList(env::Files& files, const std::string& run_folder, const std::string& folder) {
  UPGRAPH_ASSIGN(std::set<std::string> folders, ReadList(files, run_folder));
  if (!folders.insert(folder).second) {
    return OkStatus();
  }
  std::string text;
  for (const std::string& line : folders) {
    text += line + "\n";
  }
  const std::string fresh = run_folder + "/stages.new";
  UPGRAPH_TRY(files.RemoveTree(fresh));
  UPGRAPH_TRY(files.WriteNew(fresh, text, 0600));
  UPGRAPH_TRY(files.SyncFile(fresh));
  UPGRAPH_TRY(files.RenameOver(fresh, run_folder + "/stages"));
  return files.SyncDirectory(run_folder);
}

// Makes or removes a name in a folder of the host without leaving a trace in the folder's time.
template <typename Change>
Status KeepingTime(env::Files& files, const std::string& folder, Change change) {
  UPGRAPH_ASSIGN(env::FileStatus before, files.StatFollow(folder));
  UPGRAPH_TRY(change());
  UPGRAPH_TRY(files.SetMtime(folder, before.mtime_ns));
  return files.SyncDirectory(folder);
}

// Removes a private folder, with the folder of each step in it, but for what is kept.
Status RemoveStage(env::Files& files, const std::string& stage,
                   const std::set<plan::StepId>& kept_steps, std::vector<std::string>* kept) {
  auto steps = files.List(stage);
  if (!steps.ok()) {
    return steps.error().kind == ErrorKind::kNotFound ? OkStatus() : Status(steps.error());
  }
  const auto is_kept = [&](const std::string& step) {
    return std::any_of(kept_steps.begin(), kept_steps.end(), [&](plan::StepId step_id) {
      return step == std::to_string(step_id.index());
    });
  };
  for (const std::string& step : *steps) {
    if (is_kept(step)) {
      continue;
    }
    const std::string folder = stage + "/" + step;
    UPGRAPH_ASSIGN(std::vector<std::string> names, files.List(folder));
    bool is_empty = true;
    for (const std::string& name : names) {
      if (name.ends_with(kDriftSuffix)) {
        kept->push_back(folder + "/" + name);
        is_empty = false;
      } else {
        UPGRAPH_TRY(files.RemoveTree(folder + "/" + name));
      }
    }
    UPGRAPH_TRY(is_empty ? files.RemoveDirectory(folder) : files.SyncDirectory(folder));
  }
  UPGRAPH_ASSIGN(steps, files.List(stage));
  return steps->empty() ? files.RemoveDirectory(stage) : files.SyncDirectory(stage);
}

}  // namespace

class StepStaging : public Staging {
 public:
  StepStaging(RunStaging* run, plan::StepId step_id) : run_(run), step_id_(step_id) {}
  Result<std::string> FolderFor(const std::string& path) override {
    return run_->Folder(step_id_, path);
  }

 private:
  RunStaging* run_;
  plan::StepId step_id_;
};

RunStaging::RunStaging(env::Env& env, std::string run_folder, std::string run_id)
    : env_(env), run_folder_(std::move(run_folder)), run_id_(std::move(run_id)) {}

std::unique_ptr<Staging> RunStaging::ForStep(plan::StepId step_id) {
  return std::make_unique<StepStaging>(this, step_id);
}

Result<std::string> RunStaging::Folder(plan::StepId step_id, const std::string& path) {
  std::lock_guard<std::mutex> guard(mutex_);
  env::Files& files = env_.files;
  UPGRAPH_ASSIGN(std::string folder, ExistingFolder(files, path));
  UPGRAPH_ASSIGN(env::FileStatus target, files.StatFollow(folder));
  UPGRAPH_ASSIGN(env::FileStatus own, files.StatFollow(run_folder_));
  std::string stage = run_folder_ + "/stage";
  std::string parent = run_folder_;
  if (target.mount_id != own.mount_id) {
    UPGRAPH_ASSIGN(parent, MountRoot(files, folder));
    stage = (parent == "/" ? "" : parent) + "/.upgraph-" + run_id_;
    UPGRAPH_TRY(AddToList(files, run_folder_, stage));
  }
  UPGRAPH_ASSIGN(bool exists, files.Exists(stage));
  if (!exists) {
    UPGRAPH_TRY(KeepingTime(files, parent, [&] { return files.MakeDirectory(stage, 0700); }));
  } else if (settled_.count(stage) == 0) {
    // A runner that died may have made it, or put it on the list, and not synced that: with its
    // name everything that is set aside in it would go.
    UPGRAPH_TRY(files.SyncDirectory(parent));
    UPGRAPH_TRY(files.SyncDirectory(run_folder_));
  }
  settled_.insert(stage);
  std::string step_folder = fmt::format("{}/{}", stage, step_id.index());
  Status made = files.MakeDirectory(step_folder, 0700);
  if (!made.ok() && made.error().kind != ErrorKind::kExists) {
    return made.error();
  }
  UPGRAPH_TRY(files.SyncDirectory(stage));
  return step_folder;
}

Result<bool> IsStagingThere(env::Env& env, const std::string& run_folder) {
  UPGRAPH_ASSIGN(const std::set<std::string> folders, ReadList(env.files, run_folder));
  for (const std::string& folder : folders) {
    UPGRAPH_ASSIGN(const bool exists, env.files.Exists(folder));
    if (!exists) {
      return false;
    }
  }
  return true;
}

Result<std::vector<std::string>> RemoveStaging(env::Env& env, const std::string& run_folder,
                                               const std::set<plan::StepId>& kept_steps) {
  std::vector<std::string> kept;
  UPGRAPH_ASSIGN(std::set<std::string> folders, ReadList(env.files, run_folder));
  for (const std::string& folder : folders) {
    auto exists = env.files.Exists(folder);
    if (exists.ok() && *exists) {
      UPGRAPH_TRY(KeepingTime(env.files, env::ParentOf(folder),
                              [&] { return RemoveStage(env.files, folder, kept_steps, &kept); }));
    }
  }
  UPGRAPH_TRY(RemoveStage(env.files, run_folder + "/stage", kept_steps, &kept));
  UPGRAPH_TRY(env.files.SyncDirectory(run_folder));
  return kept;
}

}  // namespace upgraph::steps
