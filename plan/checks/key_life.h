#pragma once

// What the checks of the configuration matrix share.

#include <map>
#include <string>
#include <string_view>

#include "llvm/ADT/CachedHashString.h"
#include "llvm/ADT/DenseMap.h"

#include "plan/plan.h"

namespace upgraph::plan {

// Whether what began with `version` holds in `target`: v5.0 in 5.0.0, not in 5.0.0-rc1. False when
// `version` is empty or one of both cannot be read.
bool IsFrom(const Product& product, const std::string& version, const std::string& target);

// The keys of all configurations by name; of two with one name the first. Points into the plan.
class KeysByName {
 public:
  explicit KeysByName(const Plan& plan);
  // Null when there is none.
  const ConfigKey* Find(std::string_view config, std::string_view name) const;

 private:
  using Keys = llvm::DenseMap<llvm::CachedHashStringRef, const ConfigKey*>;
  std::map<std::string_view, Keys> keys_;
};

}  // namespace upgraph::plan
