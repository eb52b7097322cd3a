#include "plan/checks/key_life.h"

#include "plan/version.h"

namespace upgraph::plan {

bool IsFrom(const std::string& version, const std::string& target) {
  auto first = Version::Parse(version);
  auto last = Version::Parse(target);
  return !version.empty() && first.ok() && last.ok() && *first <= *last;
}

}  // namespace upgraph::plan
