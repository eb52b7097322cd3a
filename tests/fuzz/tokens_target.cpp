// Any bytes: tokens cover the text from its beginning to its end without a gap, and what the
// scanner keeps of them stands in order.

#include "base/check.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/source/source_manager.h"
#include "compiler/syntax/scanner.h"
#include "compiler/syntax/text_check.h"
#include "compiler/syntax/token_matcher.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace upgraph;
  source::SourceManager sources;
  const source::BufferId buffer_id = sources.Add("fuzz.upg", fuzz::TextOf(data, size));
  const source::SourceBuffer& buffer = sources.buffer(buffer_id);
  const syntax::TokenMatcher matcher;
  for (uint32_t at = 0; at < size;) {
    const syntax::MatchedToken token = matcher.Match(buffer.text(), at);
    UPGRAPH_CHECK(token.end > at);
    UPGRAPH_CHECK(token.end <= size);
    at = token.end;
  }
  diagnostics::Emitter emitter;
  syntax::CheckText(buffer_id, buffer, emitter);
  const syntax::Scan scan = syntax::ScanTokens(buffer_id, buffer, emitter);
  UPGRAPH_CHECK(scan.is_usable || emitter.has_errors());
  uint32_t end = 0;
  for (const syntax::ScannedToken& token : scan.tokens) {
    UPGRAPH_CHECK(token.begin >= end);
    UPGRAPH_CHECK(token.end >= token.begin);
    UPGRAPH_CHECK(token.end <= size);
    end = token.end;
  }
  return 0;
}
