#pragma once

// A folder for the state of one simulated run, gone afterwards.

#include <memory>
#include <string>

#include "base/result.h"

namespace upgraph::sim {

class ScratchFolder {
 public:
  // In memory where the system has a place for that, else where temporary files are.
  static Result<std::unique_ptr<ScratchFolder>> Make();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace upgraph::sim
