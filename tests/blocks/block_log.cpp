#include "tests/blocks/block_log.h"

#include <algorithm>

#include "base/check.h"

namespace upgraph::blocks {
namespace {

constexpr size_t kOperationsBetweenKnown = 200;

size_t PartBytes(Tearing tearing, size_t whole) {
  switch (tearing) {
    case Tearing::kWhole:
      return std::max<size_t>(whole, 1);
    case Tearing::kPages:
      return disk::kPageBytes;
    case Tearing::kSectors:
      return disk::kSectorBytes;
  }
  UPGRAPH_UNREACHABLE("tearing");
}

// Half of all cuts tear nothing, as most disks do.
Tearing DrawTearing(Random* random) {
  const uint64_t drawn = (*random)() % 8;
  return drawn < 4 ? Tearing::kWhole : drawn < 7 ? Tearing::kPages : Tearing::kSectors;
}

}  // namespace

void BlockLog::Write(uint64_t offset, std::string_view bytes) {
  operations_.push_back({Operation::Kind::kWrite, offset, std::string(bytes), {}});
}

void BlockLog::Flush() {
  operations_.push_back({Operation::Kind::kFlush, 0, "", {}});
  ++flush_count_;
}

void BlockLog::Tell(const Told& told) {
  operations_.push_back({Operation::Kind::kTold, 0, "", told});
}

std::vector<size_t> BlockLog::Points() const {
  std::vector<size_t> points = {0};
  for (size_t i = 0; i < operations_.size(); ++i) {
    if (operations_[i].kind != Operation::Kind::kTold) {
      points.push_back(i + 1);
    }
  }
  return points;
}

disk::Content BlockLog::Durable(size_t end) const {
  size_t begin = 0;
  const disk::Content* from = &before_;
  for (const auto& [at, content] : known_) {
    if (at <= end && at >= begin) {
      begin = at;
      from = &content;
    }
  }
  disk::Content content = *from;
  for (size_t i = begin; i < end; ++i) {
    if (operations_[i].kind == Operation::Kind::kWrite) {
      content.Write(operations_[i].offset, operations_[i].bytes);
    }
  }
  if (end - begin > kOperationsBetweenKnown) {
    known_.emplace_back(end, content);
  }
  return content;
}

Cut BlockLog::Draw(size_t point, bool is_lying, Random* random) const {
  Cut cut;
  cut.point = point;
  // What is told after an operation and before the next one was told before the power went.
  size_t told_end = point;
  while (told_end < operations_.size() && operations_[told_end].kind == Operation::Kind::kTold) {
    ++told_end;
  }
  size_t flushed = 0;
  for (size_t i = 0; i < told_end; ++i) {
    if (operations_[i].kind == Operation::Kind::kTold) {
      cut.told = operations_[i].told;
    } else if (operations_[i].kind == Operation::Kind::kFlush) {
      flushed = i;
    }
  }
  if (is_lying) {
    cut.image = Durable((*random)() % (point + 1));
    return cut;
  }
  cut.image = Durable(flushed);
  enum { kNothing, kEverything, kPrefix, kSome };
  const uint64_t how = (*random)() % 6;
  const int kind = how == 0 ? kNothing : how == 1 ? kEverything : how < 4 ? kPrefix : kSome;
  cut.tearing = kind == kNothing || kind == kEverything ? Tearing::kWhole : DrawTearing(random);
  // A prefix ends within the parts, some leaves each part to chance.
  std::vector<std::pair<const Operation*, size_t>> parts;
  for (size_t i = flushed; i < point; ++i) {
    const Operation& operation = operations_[i];
    if (operation.kind == Operation::Kind::kWrite) {
      const size_t part = PartBytes(cut.tearing, operation.bytes.size());
      for (size_t at = 0; at < operation.bytes.size(); at += part) {
        parts.emplace_back(&operation, at);
      }
    }
  }
  const size_t prefix = kind == kPrefix ? (*random)() % (parts.size() + 1) : 0;
  const Operation* half = nullptr;
  bool was_chosen = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto& [operation, at] = parts[i];
    const bool is_chosen = kind == kEverything || (kind == kPrefix && i < prefix) ||
                           (kind == kSome && (*random)() % 2 == 0);
    cut.is_torn = cut.is_torn || (operation == half && is_chosen != was_chosen);
    half = operation;
    was_chosen = is_chosen;
    if (is_chosen) {
      const size_t part = PartBytes(cut.tearing, operation->bytes.size());
      cut.image.Write(operation->offset + at, std::string_view(operation->bytes).substr(at, part));
    }
  }
  return cut;
}

}  // namespace upgraph::blocks
