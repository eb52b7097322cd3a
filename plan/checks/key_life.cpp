#include "plan/checks/key_life.h"

#include "plan/version.h"

namespace upgraph::plan {

bool IsFrom(const Product& product, const std::string& version, const std::string& target) {
  auto first = ReadVersion(product, version);
  auto last = ReadVersion(product, target);
  return !version.empty() && first.ok() && last.ok() && *first <= *last;
}

}  // namespace upgraph::plan
