#include "compiler/diagnostics/edits.h"

#include <iterator>
#include <map>

namespace upgraph::diagnostics {
namespace {

// The edits taken so far, by their beginnings; none is over another.
using Taken = std::map<uint32_t, const Edit*>;

bool IsOver(const Edit& a, const Edit& b) {
  return a.range.begin == b.range.begin ||
         (a.range.begin < b.range.end && b.range.begin < a.range.end);
}

bool IsFree(const Taken& taken, const Edit& edit) {
  const auto next = taken.lower_bound(edit.range.begin);
  return (next == taken.end() || !IsOver(*next->second, edit)) &&
         (next == taken.begin() || !IsOver(*std::prev(next)->second, edit));
}

bool IsInText(std::string_view text, source::BufferId buffer_id, const Edit& edit) {
  return edit.range.has_value() && edit.range.buffer_id == buffer_id &&
         edit.range.begin <= edit.range.end && edit.range.end <= text.size();
}

}  // namespace

EditedText ApplyFixes(std::string_view text, source::BufferId buffer_id,
                      const std::vector<std::vector<Edit>>& fixes) {
  EditedText edited;
  Taken taken;
  for (size_t i = 0; i < fixes.size(); ++i) {
    Taken own;
    bool is_good = !fixes[i].empty();
    for (const Edit& edit : fixes[i]) {
      is_good = is_good && IsInText(text, buffer_id, edit) && IsFree(taken, edit) &&
                IsFree(own, edit) && own.emplace(edit.range.begin, &edit).second;
    }
    if (is_good) {
      taken.merge(own);
      edited.applied.push_back(i);
    }
  }
  size_t done = 0;
  for (const auto& [begin, edit] : taken) {
    edited.text.append(text.substr(done, begin - done));
    edited.text += edit->text;
    done = edit->range.end;
  }
  edited.text.append(text.substr(done));
  return edited;
}

}  // namespace upgraph::diagnostics
