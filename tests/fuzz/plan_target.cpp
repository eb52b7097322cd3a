// Any bytes with a right digest behind them: they are no plan, or one that can be judged without
// harm; and one that verifies can be checked, and reads back as it is.

#include "base/check.h"
#include "base/digest.h"
#include "plan/checks/check.h"
#include "plan/codec.h"
#include "plan/text.h"
#include "plan/verify.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace upgraph;
  std::string bytes = fuzz::TextOf(data, size);
  const Digest digest = Sha256(bytes);
  bytes.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
  const Result<plan::Plan> plan = plan::Decode(bytes);
  if (!plan.ok()) {
    UPGRAPH_CHECK(!plan.error().message.empty());
    return 0;
  }
  if (const Status status = plan::Verify(*plan); !status.ok()) {
    UPGRAPH_CHECK(!status.error().message.empty());
    return 0;
  }
  plan::RunChecks(*plan);
  plan::Dump(*plan);
  PrettyJson(plan::ToJson(*plan));
  const Result<plan::Plan> again = plan::Decode(plan::Encode(*plan));
  UPGRAPH_CHECK(again.ok());
  return 0;
}
