#include "runtime/history/record.h"

#include <charconv>

#include "base/check.h"

namespace upgraph::history {

const char* RecordKindName(RecordKind kind) {
  switch (kind) {
#define UPGRAPH_RECORD_KIND(Name, number, name) \
  case RecordKind::k##Name:                     \
    return name;
#include "runtime/history/record_kind.def"
#undef UPGRAPH_RECORD_KIND
  }
  UPGRAPH_UNREACHABLE("record kind");
}

namespace {

std::optional<uint32_t> LeadingNumber(const Record& record) {
  const char* end = record.text.data() + record.text.size();
  uint32_t value = 0;
  const auto number = std::from_chars(record.text.data(), end, value);
  const bool is_word = number.ptr == end || *number.ptr == ' ';
  return number.ec == std::errc() && is_word ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<uint32_t> HopOf(const Record& record) { return LeadingNumber(record); }

std::optional<uint32_t> ConditionOf(const Record& record) { return LeadingNumber(record); }

std::string BesideNumber(const Record& record) {
  const size_t space = record.text.find(' ');
  return space == std::string::npos ? "" : record.text.substr(space + 1);
}

bool IsRecordKind(int64_t number) {
  switch (number) {
#define UPGRAPH_RECORD_KIND(Name, number, name) case number:
#include "runtime/history/record_kind.def"
#undef UPGRAPH_RECORD_KIND
    return true;
    default:
      return false;
  }
}

const char* StepStateName(StepState state) {
  switch (state) {
    case StepState::kPending:
      return "pending";
    case StepState::kFound:
      return "found";
    case StepState::kCaptured:
      return "captured";
    case StepState::kApplied:
      return "applied";
    case StepState::kReverting:
      return "reverting";
    case StepState::kReverted:
      return "reverted";
    case StepState::kStuck:
      return "stuck";
    case StepState::kBlocked:
      return "blocked";
  }
  UPGRAPH_UNREACHABLE("step state");
}

const char* RunStateName(RunState state) {
  switch (state) {
    case RunState::kOpen:
      return "open";
    case RunState::kParked:
      return "parked";
    case RunState::kTurningBack:
      return "turning back";
    case RunState::kCommitted:
      return "committed";
    case RunState::kRolledBack:
      return "rolled back";
    case RunState::kIncomplete:
      return "incomplete";
  }
  UPGRAPH_UNREACHABLE("run state");
}

}  // namespace upgraph::history
