#pragma once

// What others wrote for us, commands and people: made durable by whole file systems, since nobody
// can tell which of their files they touched.

#include <set>
#include <string>

#include "plan/plan.h"
#include "runtime/env/files.h"

namespace upgraph::steps {

// The folders of the files that the step says it writes.
std::set<std::string> WrittenFolders(const plan::Plan& plan, const plan::Step& step);

// Syncs the file systems that hold the folders, or what is there of the way to them.
Status SyncFileSystems(env::Files& files, const std::set<std::string>& folders);

}  // namespace upgraph::steps
