#include "runtime/journal/journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/journal/database.h"
#include "runtime/journal/event_row.h"
#include "runtime/journal/head.h"
#include "runtime/journal/schema.h"

namespace upgraph::journal {
namespace {

// Frames that a WAL holds when a run opens; it is emptied when a quarter of them is left, which is
// room for the next commit.
constexpr int kWalFramesMin = 256;
constexpr int kWalFramesMax = 1024;
constexpr uint32_t kStepsPerFrame = 4;  // a run with more steps has more to write at a time

int WalFrames(uint32_t step_count) {
  return static_cast<int>(
      std::clamp<uint32_t>(step_count / kStepsPerFrame, kWalFramesMin, kWalFramesMax));
}

constexpr size_t kPageBytes = 4096;
constexpr uint64_t kLogBytesMax = 16ull << 30;

// Of these frames, those that are kept free for the next commit.
int SpareFrames(int wal_frames) { return wal_frames / 4; }
// Rows of full size that are written one after another fill a page, but for two at the ends.
constexpr size_t kEventsPerPage = 10;

Status PrepareRow(Statement* insert, uint64_t seq) {
  insert->BindInt(1, static_cast<int64_t>(seq));
  insert->BindInt(2, static_cast<int64_t>(kEventPadBytes));
  return insert->Run();
}

constexpr const char* kInsertFreeRow =
    "INSERT INTO event VALUES (?1, 0, 0, 0, 0, 0, '', zeroblob(32), zeroblob(32), zeroblob(?2))";

Status FillTables(Database* database, const RunInfo& info) {
  UPGRAPH_TRY(database->Execute(
      fmt::format("BEGIN IMMEDIATE; PRAGMA user_version = {};", kJournalFormat).c_str()));
  UPGRAPH_TRY(database->Execute(kSchema));
  UPGRAPH_ASSIGN(
      Statement run,
      database->Prepare("INSERT INTO run VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
                        "?11)"));
  run.BindText(1, info.run_id);
  run.BindText(2, info.product);
  run.BindText(3, info.from);
  run.BindText(4, info.to);
  run.BindText(5, info.package_digest.Hex());
  run.BindText(6, info.plan_digest.Hex());
  run.BindInt(7, info.step_count);
  run.BindInt(8, info.opened_wall_ms);
  run.BindText(9, info.boot_id);
  run.BindInt(10, info.window.begin_wall_ms);
  run.BindInt(11, info.window.end_wall_ms);
  UPGRAPH_TRY(run.Run());
  UPGRAPH_ASSIGN(Statement fact, database->Prepare("INSERT INTO fact VALUES (?1, ?2, ?3)"));
  for (size_t i = 0; i < info.facts.size(); ++i) {
    fact.BindInt(1, static_cast<int64_t>(i));
    fact.BindText(2, info.facts[i].first);
    fact.BindText(3, info.facts[i].second);
    UPGRAPH_TRY(fact.Run());
  }
  UPGRAPH_ASSIGN(Statement row, database->Prepare(kInsertFreeRow));
  uint64_t count = kEventsBeside + uint64_t{kEventsPerStep} * info.step_count;
  for (uint64_t seq = 1; seq <= count; ++seq) {
    UPGRAPH_TRY(PrepareRow(&row, seq));
  }
  return database->Execute("COMMIT");
}

// Rewrites pages until the WAL has the size it will need; it never shrinks again. There and back:
// SQLite leaves a page alone that would not change.
Status GrowWal(Database* database, int frame_count) {
  while (database->wal_frame_count() < frame_count) {
    UPGRAPH_TRY(database->Execute("UPDATE event SET attempt = 1 WHERE seq <= 2000"));
    UPGRAPH_TRY(database->Execute("UPDATE event SET attempt = 0 WHERE seq <= 2000"));
  }
  return database->Checkpoint();
}

// A runner before this one may have failed to sync what can be read of the log: the system takes it
// for written then, and no later sync says otherwise. What is believed is written anew, byte for
// byte, so that the sync is about it. What is in the database comes from the log, and goes there
// again as long as it is in the log.
Status WriteLogAnew(env::Files& files, const std::string& path) {
  auto bytes = files.Read(path, kLogBytesMax);
  if (!bytes.ok()) {
    return bytes.error().kind == ErrorKind::kNotFound ? OkStatus() : Status(bytes.error());
  }
  UPGRAPH_TRY(files.WriteAt(path, 0, *bytes));
  return files.SyncFile(path);
}

}  // namespace

uint64_t JournalBytes(uint32_t step_count) {
  const uint64_t rows = kEventsBeside + uint64_t{kEventsPerStep} * step_count;
  const auto wal_bytes = static_cast<uint64_t>(WalFrames(step_count)) * kPageBytes;
  return 2 * rows / kEventsPerPage * kPageBytes + 3 * wal_bytes;
}

struct Journal::Parts {
  env::Env& env;
  std::string folder;
  std::string run_id;
  std::unique_ptr<Database> database;
  std::unique_ptr<HeadFile> head;
  Statement begin;
  Statement commit;
  Statement write_event;
  Statement make_row;
  Statement write_undo;
  Statement forget_undo;
  Statement write_time;
  int wal_frames = 0;  // as made when the run was opened
  uint64_t last_seq = 0;
  Digest last_hash;
};

Journal::Journal(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Journal::~Journal() = default;

Status Journal::Create(env::Env& env, const std::string& folder, const RunInfo& info) {
  // As much as the WAL may hold of undo that is in the database's file not yet.
  const auto ballast_bytes = static_cast<size_t>(WalFrames(info.step_count)) * kPageBytes;
  UPGRAPH_TRY(env.files.WriteNew(folder + "/ballast", std::string(ballast_bytes, '\0'), 0600));
  UPGRAPH_TRY(env.files.SyncFile(folder + "/ballast"));
  UPGRAPH_ASSIGN(std::string real_folder, env.files.RealPath(folder));
  {
    UPGRAPH_ASSIGN(auto database,
                   Database::Open(real_folder + "/journal.db", Database::Mode::kCreate));
    UPGRAPH_TRY(FillTables(database.get(), info));
  }
  {
    UPGRAPH_ASSIGN(auto database,
                   Database::Open(real_folder + "/journal.db", Database::Mode::kReadWrite));
    UPGRAPH_TRY(GrowWal(database.get(), WalFrames(info.step_count)));
  }
  Contents empty;
  empty.info = info;
  UPGRAPH_ASSIGN(auto journal, Open(env, folder, empty));
  Entry open;
  open.record.kind = history::RecordKind::kRunOpen;
  open.record.wall_ms = info.opened_wall_ms;
  open.record.boot_ms = env.clock.BootMs();
  open.record.text =
      (info.is_until_prepare ? history::kUntilPrepare : "") + info.from + " -> " + info.to;
  open.record.digest = RunInfoDigest(info);
  UPGRAPH_TRY(journal->Commit({open}));
  return env.files.SyncDirectory(folder);
}

Result<std::unique_ptr<Journal>> Journal::Open(env::Env& env, const std::string& folder,
                                               const Contents& contents) {
  UPGRAPH_ASSIGN(std::string real_folder, env.files.RealPath(folder));
  if (contents.last_seq > 0) {
    UPGRAPH_TRY(WriteLogAnew(env.files, folder + "/journal.db-wal"));
  }
  UPGRAPH_ASSIGN(auto database,
                 Database::Open(real_folder + "/journal.db", Database::Mode::kReadWrite));
  auto head = std::make_unique<HeadFile>(env.files, folder + "/head");
  UPGRAPH_ASSIGN(Statement begin, database->Prepare("BEGIN IMMEDIATE"));
  UPGRAPH_ASSIGN(Statement commit, database->Prepare("COMMIT"));
  UPGRAPH_ASSIGN(Statement write_event,
                 database->Prepare("UPDATE event SET kind = ?2, step = ?3, attempt = ?4, wall_ms = "
                                   "?5, boot_ms = ?6, text = ?7, digest = ?8, hash = ?9, pad = "
                                   "zeroblob(?10) WHERE seq = ?1"));
  UPGRAPH_ASSIGN(Statement make_row, database->Prepare(kInsertFreeRow));
  UPGRAPH_ASSIGN(Statement write_undo, database->Prepare("INSERT INTO undo VALUES (?1, ?2)"));
  UPGRAPH_ASSIGN(Statement forget_undo, database->Prepare("DELETE FROM undo WHERE step = ?1"));
  UPGRAPH_ASSIGN(Statement write_time,
                 database->Prepare("INSERT OR IGNORE INTO directory_time VALUES (?1, ?2, ?3)"));
  auto parts = std::unique_ptr<Parts>(
      new Parts{env, folder, contents.info.run_id, std::move(database), std::move(head),
                std::move(begin), std::move(commit), std::move(write_event), std::move(make_row),
                std::move(write_undo), std::move(forget_undo), std::move(write_time),
                WalFrames(contents.info.step_count), contents.last_seq, contents.last_hash});
  return std::unique_ptr<Journal>(new Journal(std::move(parts)));
}

const Digest& Journal::last_hash() const { return parts_->last_hash; }

size_t Journal::entries_at_once() const {
  return static_cast<size_t>(SpareFrames(parts_->wal_frames) - 2) * kEventsPerPage;
}

Status Journal::TryCommit(std::span<const Entry> entries) {
  Parts& parts = *parts_;
  uint64_t seq = parts.last_seq;
  Digest hash = parts.last_hash;
  UPGRAPH_TRY(parts.begin.Run());
  for (const Entry& entry : entries) {
    history::Record record = entry.record;
    record.text = CutText(record.text);
    ++seq;
    hash = EventHash(hash, seq, record);
    Statement& event = parts.write_event;
    event.BindInt(1, static_cast<int64_t>(seq));
    event.BindInt(2, static_cast<int64_t>(record.kind));
    event.BindInt(3, record.step_id.has_value() ? record.step_id.index() + 1ll : 0);
    event.BindInt(4, record.attempt);
    event.BindInt(5, record.wall_ms);
    event.BindInt(6, record.boot_ms);
    event.BindText(7, record.text);
    event.BindBlob(8, DigestBytes(record.digest));
    event.BindBlob(9, DigestBytes(hash));
    event.BindInt(10, static_cast<int64_t>(history::kRecordTextBytesMax - record.text.size()));
    UPGRAPH_TRY(event.Run());
    if (parts.database->ChangeCount() == 0) {
      // More happened than was reserved for; the row is made now.
      UPGRAPH_TRY(PrepareRow(&parts.make_row, seq));
      UPGRAPH_TRY(event.Run());
    }
    if (record.kind == history::RecordKind::kCaptured) {
      parts.write_undo.BindInt(1, record.step_id.index());
      parts.write_undo.BindBlob(2, entry.undo);
      UPGRAPH_TRY(parts.write_undo.Run());
    }
    if (record.kind == history::RecordKind::kEnded) {
      // The step is pending again, and is captured anew.
      parts.forget_undo.BindInt(1, record.step_id.index());
      UPGRAPH_TRY(parts.forget_undo.Run());
    }
    for (const auto& [path, mtime_ns] : entry.directory_times_ns) {
      parts.write_time.BindText(1, path);
      parts.write_time.BindInt(2, mtime_ns);
      parts.write_time.BindBlob(3, DigestBytes(DirectoryTimeDigest(parts.run_id, path, mtime_ns)));
      UPGRAPH_TRY(parts.write_time.Run());
    }
  }
  UPGRAPH_TRY(parts.commit.Run());
  parts.last_seq = seq;
  parts.last_hash = hash;
  return OkStatus();
}

void Journal::DropBallast() {
  (void)parts_->env.files.RemoveFile(parts_->folder + "/ballast").ok();
}

Status Journal::Commit(std::span<const Entry> entries) {
  if (!failure_.empty()) {
    return Error{ErrorKind::kIo, failure_};
  }
  Parts& parts = *parts_;
  for (const Entry& entry : entries) {
    if (entry.undo.size() > kUndoBytesMax) {
      return Error{ErrorKind::kInvalid, fmt::format("the undo of a step has {} bytes; at most {}",
                                                    entry.undo.size(), kUndoBytesMax)};
    }
  }
  Status status = TryCommit(entries);
  if (!status.ok() && status.error().kind == ErrorKind::kNoSpace) {
    // The last reserve: the ballast's blocks are what this commit needs.
    (void)parts.database->Execute("ROLLBACK").ok();
    DropBallast();
    status = TryCommit(entries);
  }
  if (!status.ok()) {
    failure_ = status.error().message;
    return status.error();
  }
  ++commit_count_;
  // The head is a witness, not a record: a failure to write it loses nothing that was promised.
  (void)parts.head->Write({parts.last_seq, parts.last_hash}).ok();
  if (parts.database->wal_frame_count() >= parts.wal_frames - SpareFrames(parts.wal_frames)) {
    Status checkpoint = parts.database->Checkpoint();
    if (!checkpoint.ok() && checkpoint.error().kind == ErrorKind::kNoSpace) {
      DropBallast();
      checkpoint = parts.database->Checkpoint();
    }
    if (!checkpoint.ok()) {
      failure_ = checkpoint.error().message;
      return checkpoint.error();
    }
  }
  return OkStatus();
}

// SQLite overwrites what it takes out only when it is told to, and only in what is taken out: cells
// that once moved from one page to another may have left their bytes behind. So all rows go, and
// with them their pages, and those that stay are written anew.
Status Journal::TryRemoveUndo(const std::set<plan::StepId>& kept) {
  Parts& parts = *parts_;
  UPGRAPH_TRY(parts.database->Execute("PRAGMA secure_delete = ON"));
  UPGRAPH_TRY(parts.begin.Run());
  std::vector<std::pair<int64_t, std::string>> staying;
  {
    UPGRAPH_ASSIGN(Statement row, parts.database->Prepare("SELECT step, bytes FROM undo"));
    while (true) {
      UPGRAPH_ASSIGN(bool has_row, row.Step());
      if (!has_row) {
        break;
      }
      if (kept.count(plan::StepId(static_cast<uint32_t>(row.Int(0)))) > 0) {
        staying.emplace_back(row.Int(0), row.Text(1));
      }
    }
  }
  UPGRAPH_TRY(parts.database->Execute("DELETE FROM undo; DELETE FROM directory_time"));
  for (const auto& [step, bytes] : staying) {
    parts.write_undo.BindInt(1, step);
    parts.write_undo.BindBlob(2, bytes);
    UPGRAPH_TRY(parts.write_undo.Run());
  }
  return parts.commit.Run();
}

Status Journal::RemoveUndo(const std::set<plan::StepId>& kept) {
  if (!failure_.empty()) {
    return Error{ErrorKind::kIo, failure_};
  }
  // Nothing turns back any more that the ballast would be for.
  DropBallast();
  Status status = TryRemoveUndo(kept);
  if (status.ok()) {
    status = parts_->database->EmptyWal();
    if (!status.ok() && status.error().kind == ErrorKind::kBusy) {
      return status;
    }
  }
  if (!status.ok()) {
    failure_ = status.error().message;
  }
  return status;
}

}  // namespace upgraph::journal
