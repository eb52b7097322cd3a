#pragma once

// The journal of one run: runs/<id>/journal.db, SQLite in WAL mode with synchronous = FULL, so that
// a commit that returned is on the disk. What each row means:
//
//   run             one row; what the run is. Its digest stands in the first event.
//   event           what happened, in order (`seq` from 1). Rows are made when the run opens, of
//                   one size with a `pad`, and rewritten in place: turning back on a full disk
//                   needs no new block. A row with kind 0 is still free. `hash` is the SHA-256 over
//                   the hash before it and the row's own fields: no event can be changed, lost or
//                   put in between without being seen.
//   fact            what the host answered when the run was opened; a later runner does not ask
//                   again. The first event has a digest over them and the row of the run.
//   undo            what a step needs to go back, in the step's own bytes. Its digest stands in the
//                   step's `captured` event, with which it is committed. Never changed.
//   directory_time  the modification time of a folder when the run first saw it.
//
// Rejected: two hand-written append-only files (a transaction is what they were for); a row for
// each step's state (it would say again what the events say, and could differ).
//
// Beside it lies `head`: after each commit (seq, hash) of the last event goes, unsynced, into one
// of two slots in turn. A flipped bit in a WAL silently ends it early, and the database then opens
// without complaint at an older state: a journal that ends before its head is damaged.
//
// The format is frozen from kJournalFormat on; docs/formats/journal.md.

namespace upgraph::journal {

inline constexpr int kJournalFormat = 3;

inline constexpr const char* kSchema = R"(
CREATE TABLE run (
  id             INTEGER PRIMARY KEY CHECK (id = 1),
  run_id         TEXT NOT NULL,
  product        TEXT NOT NULL,
  from_version   TEXT NOT NULL,
  to_version     TEXT NOT NULL,
  package_digest TEXT NOT NULL,
  plan_digest    TEXT NOT NULL,
  step_count     INTEGER NOT NULL,
  opened_wall_ms INTEGER NOT NULL,
  boot_id        TEXT NOT NULL,
  window_from_ms INTEGER NOT NULL,
  window_end_ms  INTEGER NOT NULL
) STRICT;
CREATE TABLE fact (
  number INTEGER PRIMARY KEY,
  name   TEXT NOT NULL,
  answer TEXT NOT NULL
) STRICT;
CREATE TABLE event (
  seq     INTEGER PRIMARY KEY,
  kind    INTEGER NOT NULL,
  step    INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  wall_ms INTEGER NOT NULL,
  boot_ms INTEGER NOT NULL,
  text    TEXT NOT NULL,
  digest  BLOB NOT NULL,
  hash    BLOB NOT NULL,
  pad     BLOB NOT NULL
) STRICT;
CREATE TABLE undo (
  step  INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE directory_time (
  path     TEXT PRIMARY KEY,
  mtime_ns INTEGER NOT NULL,
  digest   BLOB NOT NULL
) STRICT;
)";

}  // namespace upgraph::journal
