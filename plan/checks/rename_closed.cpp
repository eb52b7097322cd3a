#include <fmt/format.h>

#include <map>
#include <string_view>

#include "plan/checks/check.h"
#include "plan/checks/key_life.h"

namespace upgraph::plan {

extern const char* const kRenameClosedExplanation;
const char* const kRenameClosedExplanation = R"(What a key becomes is there when it goes.

With `becomes` a value moves to another key in the release that removes the old one. The new key
must be known in that release: one that comes later leaves a release in which the value has no
place, and one that is removed itself by then would only be dropped after it.

Bad:
    tls.ca_file : Path  removed v5.0, becomes tls.chain
    tls.chain   : Path  since v5.1

Good:
    tls.ca_file : Path  removed v5.0, becomes tls.chain
    tls.chain   : Path  since v5.0
)";

void RunRenameClosed(const Plan& plan, std::vector<Finding>* findings) {
  for (const Config& config : plan.configs) {
    std::map<std::string_view, const ConfigKey*> keys;
    for (const ConfigKey& key : config.keys) {
      keys.emplace(key.name, &key);
    }
    for (const ConfigKey& key : config.keys) {
      auto found = keys.find(key.becomes);
      if (key.becomes.empty() || key.removed.empty() || found == keys.end()) {
        continue;
      }
      const ConfigKey& next = *found->second;
      std::string why;
      if (!next.since.empty() && !IsFrom(plan.product, next.since, key.removed)) {
        why = fmt::format("comes in v{} only", next.since);
      } else if (IsFrom(plan.product, next.removed, key.removed)) {
        why = fmt::format("is removed itself in v{}", next.removed);
      } else {
        continue;
      }
      Finding finding;
      finding.check = "rename-closed";
      finding.message = fmt::format("key `{}` becomes `{}` in v{}, but `{}` {}", key.name,
                                    next.name, key.removed, next.name, why);
      finding.position = key.position;
      finding.second_message = "what it becomes";
      finding.second_position = next.position;
      findings->push_back(std::move(finding));
    }
  }
}

}  // namespace upgraph::plan
