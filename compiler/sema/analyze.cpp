#include "compiler/sema/analyze.h"

#include <utility>

#include "compiler/sema/context.h"
#include "compiler/sema/facts.h"

namespace upgraph::sema {

std::optional<Program> Analyze(const Input& input, const source::SourceManager& sources,
                               diagnostics::Emitter& emitter) {
  uint32_t errors_before = emitter.error_count();
  Context context{input, sources, emitter};
  context.program.stdlib_digest = input.stdlib_digest;
  if (!CollectModules(&context)) {
    return std::nullopt;
  }
  AnalyzeScheme(&context);
  MatchGiven(&context);
  AnalyzeConstants(&context);
  AnalyzeFunctions(&context);
  auto module_count = static_cast<uint32_t>(context.modules.size());
  for (uint32_t step = 1; step <= module_count; ++step) {
    AnalyzeDeclarations(&context, step % module_count);
  }
  CheckEnds(&context);
  AnalyzeComposites(&context);
  AnalyzeProduct(&context);
  AnalyzePeople(&context);
  AnalyzeUpgrades(&context);
  AnalyzeTests(&context);
  NameFacts(&context);
  if (emitter.error_count() != errors_before) {
    return std::nullopt;
  }
  return std::move(context.program);
}

}  // namespace upgraph::sema
