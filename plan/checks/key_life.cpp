#include "plan/checks/key_life.h"

#include "plan/version.h"

namespace upgraph::plan {

bool IsFrom(const Product& product, const std::string& version, const std::string& target) {
  if (version.empty()) {
    return false;
  }
  auto first = ReadVersion(product, version);
  auto last = ReadVersion(product, target);
  return first.ok() && last.ok() && *first <= *last;
}

KeysByName::KeysByName(const Plan& plan) {
  for (const Config& config : plan.configs) {
    Keys& keys = keys_[config.name];
    keys.reserve(static_cast<unsigned>(config.keys.size()));
    for (const ConfigKey& key : config.keys) {
      keys.try_emplace(llvm::CachedHashStringRef(key.name), &key);
    }
  }
}

const ConfigKey* KeysByName::Find(std::string_view config, std::string_view name) const {
  const auto keys = keys_.find(config);
  if (keys == keys_.end()) {
    return nullptr;
  }
  const auto key = keys->second.find(llvm::CachedHashStringRef(name));
  return key == keys->second.end() ? nullptr : key->second;
}

}  // namespace upgraph::plan
