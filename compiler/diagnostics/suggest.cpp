#include "compiler/diagnostics/suggest.h"

#include "compiler/diagnostics/diagnostic.h"

#include <algorithm>
#include <utility>

#include "llvm/ADT/StringRef.h"

namespace upgraph::diagnostics {

namespace {

// A longer word is nobody's slip, and comparing takes the product of both lengths.
constexpr size_t kWordBytesMax = 100;

struct Nearest {
  std::string name;  // empty: none is near
  bool is_only = true;
};

Nearest FindNearestOf(std::string_view word, std::vector<std::string> candidates) {
  if (word.size() > kWordBytesMax) {
    return {};
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  llvm::StringRef written(word.data(), word.size());
  // A third of the letters may be wrong; of a short word one.
  unsigned best_distance = std::max<unsigned>(1, static_cast<unsigned>(word.size() / 3)) + 1;
  Nearest best;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > 2 * kWordBytesMax) {
      continue;
    }
    unsigned distance = written.edit_distance(candidate, true, best_distance);
    // What shares no letter is near only because both are short.
    const bool is_other = distance >= std::max(candidate.size(), word.size());
    if (candidate == word || distance > best_distance || is_other) {
      continue;
    }
    if (distance < best_distance) {
      best_distance = distance;
      best = {candidate, true};
    } else if (!best.name.empty()) {
      best.is_only = false;
    }
  }
  return best;
}

std::string HintOf(const std::string& name) {
  return name.empty() ? "" : "did you mean `" + name + "`?";
}

}  // namespace

std::string FindNearest(std::string_view word, std::vector<std::string> candidates) {
  return FindNearestOf(word, std::move(candidates)).name;
}

std::string SuggestHint(std::string_view word, std::vector<std::string> candidates) {
  return HintOf(FindNearest(word, std::move(candidates)));
}

Diagnostic& Diagnostic::Suggest(std::string_view word, std::vector<std::string> candidates) {
  const Nearest nearest = FindNearestOf(word, std::move(candidates));
  if (!nearest.name.empty() && nearest.is_only && range.has_value()) {
    AddFix(range, nearest.name);
  }
  return SetHint(HintOf(nearest.name));
}

}  // namespace upgraph::diagnostics
