#pragma once

// A payload that lies in no folder.

#include <map>
#include <string>
#include <vector>

#include "runtime/package/payload.h"

namespace upgraph::test {

class MemoryPayload : public package::Payload {
 public:
  void AddFile(const std::string& path, const std::string& content, uint32_t mode = 0644) {
    entries_[path] = {path, package::PayloadType::kFile, mode, content.size(), Sha256(content), ""};
    contents_[path] = content;
  }
  void AddFolder(const std::string& path) {
    entries_[path] = {path, package::PayloadType::kDirectory, 0755, 0, {}, ""};
  }
  void AddLink(const std::string& path, const std::string& target) {
    entries_[path] = {path,  package::PayloadType::kSymlink, 0777, target.size(), Sha256(target),
                      target};
  }

  Result<std::vector<package::PayloadEntry>> Entries(const std::string& path) const override {
    std::vector<package::PayloadEntry> found;
    for (const auto& [name, entry] : entries_) {
      if (name == path || name.starts_with(path + "/")) {
        found.push_back(entry);
      }
    }
    if (found.empty()) {
      return Error{ErrorKind::kNotFound, "there is no `" + path + "`"};
    }
    return found;
  }
  Result<std::string> Read(const std::string& path) const override {
    const auto it = contents_.find(path);
    if (it == contents_.end()) {
      return Error{ErrorKind::kNotFound, "there is no `" + path + "`"};
    }
    return it->second;
  }

 private:
  std::map<std::string, package::PayloadEntry> entries_;
  std::map<std::string, std::string> contents_;
};

}  // namespace upgraph::test
