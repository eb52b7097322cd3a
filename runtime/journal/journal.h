#pragma once

// The journal of a run: written before and after each act, believed only after it was judged.
// schema.h says what lies on the disk.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "runtime/env/env.h"
#include "runtime/history/run_history.h"
#include "runtime/history/window.h"

namespace upgraph::journal {

// The undo of one step, at most; what is larger belongs into files that a step stages.
inline constexpr size_t kUndoBytesMax = 16 << 20;

struct RunInfo {
  std::string run_id;
  std::string product;
  std::string from;
  std::string to;
  Digest package_digest;
  Digest plan_digest;
  uint32_t step_count = 0;
  int64_t opened_wall_ms = 0;
  std::string boot_id;
  history::Window window;
  bool is_until_prepare = false;  // of a new run; of one that was read its history says so
  // What the host answered when it was asked: name and answer.
  std::vector<std::pair<std::string, std::string>> facts;
};

// Everything a journal says, after all of it was judged.
struct Contents {
  RunInfo info;
  std::vector<history::Record> records;
  history::RunHistory history{0};
  std::map<plan::StepId, std::string> undo;
  std::map<std::string, int64_t> directory_times_ns;
  uint64_t last_seq = 0;
  Digest last_hash;
};

// One record with what must become durable together with it.
struct Entry {
  history::Record record;
  std::string undo;                                                 // of a captured record
  std::vector<std::pair<std::string, int64_t>> directory_times_ns;  // of a captured record
};

// What the journal of a run takes on the disk at most, beside its undo: its rows, twice for as long
// as a copy of it is judged, its WAL and the ballast.
uint64_t JournalBytes(uint32_t step_count);

class Journal {
 public:
  // Makes the journal of a new run in `folder` (a host path that exists and is private), with its
  // first event, and closes it again, so that the folder can be renamed.
  static Status Create(env::Env& env, const std::string& folder, const RunInfo& info);

  // Reads and judges the journal in `folder` on a private copy, because opening the original would
  // change it: SQLite's own check, every hash, the head, the order of states. kDamaged: it is not
  // to be believed, and nothing was changed.
  static Result<Contents> Validate(env::Env& env, const std::string& folder);

  // Reads the journal of a run that may be alive, in one short transaction; changes nothing.
  static Result<Contents> Look(env::Env& env, const std::string& folder);

  // Opens the original for writing, after Validate gave `contents`.
  static Result<std::unique_ptr<Journal>> Open(env::Env& env, const std::string& folder,
                                               const Contents& contents);
  ~Journal();

  // All entries, durable when it returns, in one transaction. After an error the journal is closed
  // for good and every later call gives the same error: nobody may act on what is not on the disk.
  Status Commit(std::span<const Entry> entries);
  Status Commit(const std::vector<Entry>& entries) { return Commit(std::span(entries)); }

  // Takes out what the steps captured, but of those in `kept`, and the times of folders: no file of
  // the journal holds any of it when it returns. Repeatable; a record must say before that it goes.
  // kBusy: a reader still looks at an older state; nothing is wrong, and the journal stays open.
  Status RemoveUndo(const std::set<plan::StepId>& kept);

  // So many records without undo fit into what the WAL holds already, whatever came before: what is
  // committed in pieces of this size needs no new block on the way back.
  size_t entries_at_once() const;

  // Of the last record, over all before it.
  const Digest& last_hash() const;

  // How many transactions were committed; each is one sync.
  uint64_t commit_count() const { return commit_count_; }

 private:
  struct Parts;
  explicit Journal(std::unique_ptr<Parts> parts);
  Status TryCommit(std::span<const Entry> entries);
  Status TryRemoveUndo(const std::set<plan::StepId>& kept);
  void DropBallast();

  std::unique_ptr<Parts> parts_;
  std::string failure_;  // why it is closed; empty: it is open
  uint64_t commit_count_ = 0;
};

}  // namespace upgraph::journal
