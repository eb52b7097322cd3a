#include "compiler/diagnostics/explanation.h"

#include "compiler/diagnostics/explanations/groups.h"

namespace upgraph::diagnostics {

std::vector<Explanation> AllExplanations() {
  std::vector<Explanation> all;
  for (const std::span<const Explanation> group :
       {SyntaxExplanations(), NameExplanations(), ValueExplanations(), DeclarationExplanations(),
        UpgradeExplanations()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

}  // namespace upgraph::diagnostics
