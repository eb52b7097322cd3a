// Any text that parses: its formatted form parses as well, formats to itself, and says the same.

#include "base/check.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/format/format.h"
#include "compiler/source/source_manager.h"
#include "compiler/syntax/parse.h"
#include "tests/fuzz/target.h"

namespace {

bool Parses(upgraph::source::BufferId buffer_id, const upgraph::source::SourceManager& sources) {
  upgraph::diagnostics::Emitter emitter;
  upgraph::syntax::Parse(buffer_id, sources, emitter);
  return !emitter.has_errors();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace upgraph;
  source::SourceManager sources;
  const source::BufferId before = sources.Add("before.upg", fuzz::TextOf(data, size));
  if (!Parses(before, sources)) {
    return 0;
  }
  const Result<std::string> once = format::Format(before, sources);
  UPGRAPH_CHECK(once.ok());
  const source::BufferId after = sources.Add("after.upg", *once);
  UPGRAPH_CHECK(Parses(after, sources));
  UPGRAPH_CHECK(format::SaysTheSame(before, after, sources));
  const Result<std::string> twice = format::Format(after, sources);
  UPGRAPH_CHECK(twice.ok());
  UPGRAPH_CHECK(*twice == *once);
  return 0;
}
