#pragma once

// Rows of the event table and their hash chain, for the writer and the reader.

#include <string>

#include "base/digest.h"
#include "runtime/history/record.h"
#include "runtime/journal/journal.h"

namespace upgraph::journal {

// Rows that are made when a run opens: enough for each step forward and back with some retries, and
// for some crashes. More are appended as they come; only then does the database grow.
inline constexpr uint32_t kEventsPerStep = 7;
inline constexpr uint32_t kEventsBeside = 64;
// What a free row's pad holds: a text of full length and the widest numbers.
inline constexpr size_t kEventPadBytes = history::kRecordTextBytesMax + 48;

// SHA-256 over the hash before it and every field of the event.
Digest EventHash(const Digest& previous, uint64_t seq, const history::Record& record);

// Over every field of the run; the digest of the first event.
Digest RunInfoDigest(const RunInfo& info);

Digest DirectoryTimeDigest(const std::string& run_id, const std::string& path, int64_t mtime_ns);

// Cut to the limit without splitting a UTF-8 character.
std::string CutText(const std::string& text);

std::string_view DigestBytes(const Digest& digest);
bool ReadDigest(const std::string& bytes, Digest* digest);

}  // namespace upgraph::journal
