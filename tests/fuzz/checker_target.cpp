// Any bytes: the compiler ends with errors, or with a plan that verifies and reads back as it was
// written.

#include "base/check.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/driver/pipeline.h"
#include "plan/codec.h"
#include "plan/verify.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace upgraph;
  driver::Options options;
  options.check_payload = false;
  const driver::Compilation compilation =
      driver::CompileText("fuzz.upg", fuzz::TextOf(data, size), "", options);
  diagnostics::RenderHuman(compilation.diagnostics, *compilation.sources, false);
  UPGRAPH_CHECK(compilation.plan.has_value() == (compilation.exit_code == 0));
  if (!compilation.plan) {
    UPGRAPH_CHECK(!compilation.diagnostics.empty());
    return 0;
  }
  UPGRAPH_CHECK(plan::Verify(*compilation.plan).ok());
  const Result<plan::Plan> read = plan::Decode(plan::Encode(*compilation.plan));
  UPGRAPH_CHECK(read.ok());
  UPGRAPH_CHECK(*read == *compilation.plan);
  return 0;
}
