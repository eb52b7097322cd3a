#pragma once

// What a block device was asked to do, in order, and what its medium may hold after the power went:
// all that was written before the last flush, and of what was written since then nothing, all, a
// prefix or any part.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/disk/content.h"

namespace upgraph::blocks {

using Random = std::mt19937_64;

// What somebody was told or had asked for; no cut may take it back.
struct Told {
  bool is_opened = false;        // that there is a run
  bool is_turning_back = false;  // that it goes back
  bool is_back_asked = false;    // a rollback was asked for: the disk may know of it, or not yet
};

struct Operation {
  enum class Kind { kWrite, kFlush, kTold };
  Kind kind = Kind::kWrite;
  uint64_t offset = 0;
  std::string bytes;
  Told told;  // of kTold: from here on
};

// The parts in which a write reaches the medium or does not.
enum class Tearing { kWhole, kPages, kSectors };

struct Cut {
  disk::Content image;
  Told told;
  Tearing tearing = Tearing::kWhole;
  bool is_torn = false;  // a write is there in parts
  size_t point = 0;
};

class BlockLog {
 public:
  explicit BlockLog(disk::Content before) : before_(std::move(before)) {}

  void Write(uint64_t offset, std::string_view bytes);
  void Flush();
  // Told from here on; the log begins with nothing told unless this comes first.
  void Tell(const Told& told);

  size_t size() const { return operations_.size(); }
  uint64_t flush_count() const { return flush_count_; }
  // Where a cut may come: before the first operation, or after any write or flush.
  std::vector<size_t> Points() const;
  // What a cut after the first `point` operations may leave; the draw says how much is lost. On a
  // lying disk no flush counts, and what it holds is an older state.
  Cut Draw(size_t point, bool is_lying, Random* random) const;

 private:
  disk::Content Durable(size_t end) const;

  disk::Content before_;
  std::vector<Operation> operations_;
  uint64_t flush_count_ = 0;
  // The content after the operations before each of some flushes, so that no cut begins at the
  // beginning.
  mutable std::vector<std::pair<size_t, disk::Content>> known_;
};

}  // namespace upgraph::blocks
