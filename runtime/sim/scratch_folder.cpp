#include "runtime/sim/scratch_folder.h"

#include <errno.h>
#include <stdlib.h>

#include <filesystem>
#include <system_error>

namespace upgraph::sim {

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Make() {
  const char* named = getenv("TMPDIR");
  const std::string temporary = named == nullptr || named[0] != '/' ? "/tmp" : named;
  int fault = 0;
  // A journal syncs each record: in memory that costs nothing.
  for (const std::string& above : {std::string("/dev/shm"), temporary}) {
    std::string path = above + "/upgraph-test-XXXXXX";
    if (mkdtemp(path.data()) != nullptr) {
      return std::unique_ptr<ScratchFolder>(new ScratchFolder(path));
    }
    fault = errno;
  }
  return SystemError(fault, temporary);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace upgraph::sim
