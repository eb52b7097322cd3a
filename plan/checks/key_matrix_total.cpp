#include <fmt/format.h>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kKeyMatrixTotalExplanation;
const char* const kKeyMatrixTotalExplanation =
    R"(Every key that goes away says what becomes of its value.

`config.migrate` removes the keys that the target release no longer has. What stood there moves with
`becomes` to another key, or is dropped; dropping what somebody has set on purpose wants a reason,
which people read in the matrix. So a key with `removed` has one or the other.

Bad:
    report.mail : String  removed v5.0

Good:
    report.mail : String  removed v5.0 "reports moved to the console"
    tls.ca_file : Path    removed v5.0, becomes tls.chain
    tls.chain   : Path    since v5.0
)";

void RunKeyMatrixTotal(const Plan& plan, std::vector<Finding>* findings) {
  for (const Config& config : plan.configs) {
    for (const ConfigKey& key : config.keys) {
      if (key.removed.empty() || !key.becomes.empty() || !key.reason.empty()) {
        continue;
      }
      Finding finding;
      finding.check = "key-matrix-total";
      finding.message =
          fmt::format("key `{}` is removed in v{}; nothing says what becomes of its value",
                      key.name, key.removed);
      finding.position = key.position;
      finding.hint = fmt::format("add `becomes KEY`, or say why it may go: `removed v{} \"why\"`",
                                 key.removed);
      findings->push_back(std::move(finding));
    }
  }
}

}  // namespace upgraph::plan
