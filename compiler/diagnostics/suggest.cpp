#include "compiler/diagnostics/suggest.h"

#include <algorithm>
#include <utility>

#include "llvm/ADT/StringRef.h"

namespace upgraph::diagnostics {

std::string FindNearest(std::string_view word, std::vector<std::string> candidates) {
  std::sort(candidates.begin(), candidates.end());
  llvm::StringRef written(word.data(), word.size());
  // A third of the letters may be wrong; of a short word one.
  unsigned best_distance = std::max<unsigned>(1, static_cast<unsigned>(word.size() / 3)) + 1;
  std::string best;
  for (const std::string& candidate : candidates) {
    unsigned distance = written.edit_distance(candidate, true, best_distance);
    if (distance < best_distance && candidate != word) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string SuggestHint(std::string_view word, std::vector<std::string> candidates) {
  std::string nearest = FindNearest(word, std::move(candidates));
  return nearest.empty() ? "" : "did you mean `" + nearest + "`?";
}

}  // namespace upgraph::diagnostics
