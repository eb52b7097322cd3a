#include "runtime/steps/written.h"

namespace upgraph::steps {

std::set<std::string> WrittenFolders(const plan::Plan& plan, const plan::Step& step) {
  std::set<std::string> folders;
  for (const plan::Effect& effect : step.effects) {
    const plan::Resource& resource = plan.resource(effect.resource_id);
    if (effect.kind == plan::EffectKind::kWrites && resource.kind == "file" &&
        resource.arguments.size() == 1) {
      folders.insert(env::ParentOf(resource.arguments[0]));
    }
  }
  return folders;
}

Status SyncFileSystems(env::Files& files, const std::set<std::string>& folders) {
  std::set<uint64_t> synced;
  for (std::string folder : folders) {
    auto status = files.StatFollow(folder);
    while (!status.ok() && status.error().kind == ErrorKind::kNotFound && folder != "/") {
      folder = env::ParentOf(folder);
      status = files.StatFollow(folder);
    }
    if (!status.ok()) {
      return status.error();
    }
    if (synced.insert(status->device).second) {
      UPGRAPH_TRY(files.SyncFileSystem(folder));
    }
  }
  return OkStatus();
}

}  // namespace upgraph::steps
