// Reading a journal and judging it: Journal::Validate and Journal::Look.

#include <fmt/format.h>

#include <charconv>

#include "base/error_class.h"
#include "runtime/journal/database.h"
#include "runtime/journal/event_row.h"
#include "runtime/journal/head.h"
#include "runtime/journal/journal.h"
#include "runtime/journal/schema.h"

namespace upgraph::journal {
namespace {

// Of one journal file: a run with the most steps that there may be has 2.7 GB, and then its undo.
constexpr uint64_t kJournalBytesMax = 16ull << 30;
constexpr const char* kCheckFolder = "/.check";

Error Damaged(const std::string& what) { return {ErrorKind::kDamaged, "journal: " + what}; }

Result<RunInfo> ReadInfo(Database* database) {
  UPGRAPH_ASSIGN(Statement version, database->Prepare("PRAGMA user_version"));
  UPGRAPH_ASSIGN(bool has_version, version.Step());
  if (!has_version || version.Int(0) != kJournalFormat) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("journal: format {}; this program reads format {}",
                             has_version ? version.Int(0) : 0, kJournalFormat)};
  }
  UPGRAPH_ASSIGN(Statement run, database->Prepare("SELECT * FROM run"));
  UPGRAPH_ASSIGN(bool has_run, run.Step());
  RunInfo info;
  if (!has_run || !Digest::FromHex(run.Text(5), &info.package_digest) ||
      !Digest::FromHex(run.Text(6), &info.plan_digest) || run.Int(7) < 0 ||
      run.Int(7) > INT32_MAX) {
    return Damaged("the row of the run is missing or wrong");
  }
  info.run_id = run.Text(1);
  info.product = run.Text(2);
  info.from = run.Text(3);
  info.to = run.Text(4);
  info.step_count = static_cast<uint32_t>(run.Int(7));
  info.opened_wall_ms = run.Int(8);
  info.boot_id = run.Text(9);
  info.window = {run.Int(10), run.Int(11)};
  UPGRAPH_ASSIGN(Statement fact,
                 database->Prepare("SELECT name, answer FROM fact ORDER BY number"));
  while (true) {
    UPGRAPH_ASSIGN(bool has_fact, fact.Step());
    if (!has_fact) {
      break;
    }
    info.facts.emplace_back(fact.Text(0), fact.Text(1));
  }
  return info;
}

// Events up to the first free row; after that every row must be free.
Status ReadEvents(Database* database, Contents* contents) {
  UPGRAPH_ASSIGN(Statement row,
                 database->Prepare("SELECT seq, kind, step, attempt, wall_ms, boot_ms, text, "
                                   "digest, hash FROM event ORDER BY seq"));
  bool is_over = false;
  uint64_t row_count = 0;
  while (true) {
    UPGRAPH_ASSIGN(bool has_row, row.Step());
    if (!has_row) {
      break;
    }
    uint64_t seq = static_cast<uint64_t>(row.Int(0));
    if (seq != ++row_count) {
      return Damaged("a row of the events is missing");
    }
    if (row.Int(1) == 0) {
      is_over = true;
      continue;
    }
    if (is_over || !history::IsRecordKind(row.Int(1)) || row.Int(2) < 0 ||
        row.Int(2) > contents->info.step_count || row.Int(3) < 0 || row.Int(3) > UINT32_MAX) {
      return Damaged(fmt::format("event {} is wrong", seq));
    }
    history::Record record;
    record.kind = static_cast<history::RecordKind>(row.Int(1));
    if (row.Int(2) != 0) {
      record.step_id = plan::StepId(static_cast<uint32_t>(row.Int(2) - 1));
    }
    record.attempt = static_cast<uint32_t>(row.Int(3));
    record.wall_ms = row.Int(4);
    record.boot_ms = row.Int(5);
    record.text = row.Text(6);
    Digest hash;
    if (!ReadDigest(row.Text(7), &record.digest) || !ReadDigest(row.Text(8), &hash) ||
        EventHash(contents->last_hash, seq, record) != hash) {
      return Damaged(fmt::format("the hash of event {} is wrong", seq));
    }
    Status folded = contents->history.Add(record);
    if (!folded.ok()) {
      return Damaged(fmt::format("event {}: {}", seq, folded.error().message));
    }
    contents->records.push_back(std::move(record));
    contents->last_seq = seq;
    contents->last_hash = hash;
  }
  if (contents->records.empty() || contents->records[0].kind != history::RecordKind::kRunOpen ||
      contents->records[0].digest != RunInfoDigest(contents->info)) {
    return Damaged("the first event does not belong to the run");
  }
  return OkStatus();
}

Status ReadUndo(Database* database, Contents* contents) {
  UPGRAPH_ASSIGN(Statement row, database->Prepare("SELECT step, bytes FROM undo"));
  while (true) {
    UPGRAPH_ASSIGN(bool has_row, row.Step());
    if (!has_row) {
      break;
    }
    if (row.Int(0) < 0 || row.Int(0) >= contents->info.step_count) {
      return Damaged("an undo belongs to no step");
    }
    contents->undo.emplace(plan::StepId(static_cast<uint32_t>(row.Int(0))), row.Text(1));
  }
  for (uint32_t i = 0; i < contents->info.step_count; ++i) {
    const history::StepHistory& step = contents->history.steps()[i];
    if (step.undo_digest == Digest()) {
      continue;
    }
    auto undo = contents->undo.find(plan::StepId(i));
    if (undo == contents->undo.end() && step.is_undo_removed) {
      continue;
    }
    if (undo == contents->undo.end() || Sha256(undo->second) != step.undo_digest) {
      return Damaged(fmt::format("the undo of step {} is missing or changed", i));
    }
  }
  return OkStatus();
}

Status ReadTimes(Database* database, Contents* contents) {
  UPGRAPH_ASSIGN(Statement row,
                 database->Prepare("SELECT path, mtime_ns, digest FROM directory_time"));
  while (true) {
    UPGRAPH_ASSIGN(bool has_row, row.Step());
    if (!has_row) {
      return OkStatus();
    }
    Digest digest;
    if (!ReadDigest(row.Text(2), &digest) ||
        digest != DirectoryTimeDigest(contents->info.run_id, row.Text(0), row.Int(1))) {
      return Damaged("the time of a folder is changed");
    }
    contents->directory_times_ns.emplace(row.Text(0), row.Int(1));
  }
}

Result<Contents> ReadAll(Database* database) {
  Contents contents;
  UPGRAPH_ASSIGN(contents.info, ReadInfo(database));
  contents.history = history::RunHistory(contents.info.step_count);
  UPGRAPH_TRY(ReadEvents(database, &contents));
  UPGRAPH_TRY(ReadUndo(database, &contents));
  UPGRAPH_TRY(ReadTimes(database, &contents));
  contents.info.window = contents.history.window().value_or(contents.info.window);
  return contents;
}

// The check puts a page that could not be read into words: "unable to get the page. error code=N".
bool IsReadError(const std::string& text) {
  const std::string mark = "error code=";
  const size_t at = text.find(mark);
  int code = 0;
  return at != std::string::npos &&
         std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), code).ec ==
             std::errc() &&
         IsReadErrorCode(code);
}

Status CheckIntegrity(Database* database) {
  UPGRAPH_ASSIGN(Statement check, database->Prepare("PRAGMA integrity_check(1)"));
  UPGRAPH_ASSIGN(bool has_row, check.Step());
  if (has_row && IsReadError(check.Text(0))) {
    return Error{ErrorKind::kIo, "journal: " + check.Text(0)};
  }
  if (!has_row || check.Text(0) != "ok") {
    return Damaged("integrity check: " + (has_row ? check.Text(0) : std::string("no answer")));
  }
  return OkStatus();
}

Status CheckHead(env::Files& files, const std::string& folder, const Contents& contents) {
  std::optional<HeadSlot> head = ReadHead(files, folder + "/head");
  if (!head.has_value()) {
    return OkStatus();
  }
  if (head->seq > contents.last_seq) {
    return Damaged(fmt::format("it ends at event {}, and event {} was durable: its end is lost",
                               contents.last_seq, head->seq));
  }
  if (head->seq == contents.last_seq && head->hash != contents.last_hash) {
    return Damaged("its last event is not the one that was written");
  }
  return OkStatus();
}

Status CopyFile(env::Env& env, const std::string& from, const std::string& to) {
  UPGRAPH_ASSIGN(env::FileStatus status, env.files.StatFollow(from));
  if (status.type != env::FileType::kRegular || status.size_bytes > kJournalBytesMax) {
    return Damaged(fmt::format("`{}` is no file of a journal", from));
  }
  return env.files.CopyNew(from, to, 0600);
}

// Whatever goes wrong on the copy says that the original cannot be believed, but for what the
// system did not give.
Error AsDamage(const Error& error) {
  return error.kind == ErrorKind::kUnsupported || IsOfTheSystem(error.kind)
             ? error
             : Error{ErrorKind::kDamaged, error.message};
}

Result<Contents> JudgeCopy(env::Env& env, const std::string& folder, const std::string& copy) {
  UPGRAPH_TRY(env.files.MakeDirectory(copy, 0700));
  UPGRAPH_TRY(CopyFile(env, folder + "/journal.db", copy + "/journal.db"));
  UPGRAPH_ASSIGN(bool has_wal, env.files.Exists(folder + "/journal.db-wal"));
  if (has_wal) {
    UPGRAPH_TRY(CopyFile(env, folder + "/journal.db-wal", copy + "/journal.db-wal"));
  }
  UPGRAPH_ASSIGN(std::string real_copy, env.files.RealPath(copy));
  auto database = Database::Open(real_copy + "/journal.db", Database::Mode::kReadWrite);
  if (!database.ok()) {
    return AsDamage(database.error());
  }
  Status integrity = CheckIntegrity(database->get());
  if (!integrity.ok()) {
    return AsDamage(integrity.error());
  }
  auto contents = ReadAll(database->get());
  if (!contents.ok()) {
    return AsDamage(contents.error());
  }
  UPGRAPH_TRY(CheckHead(env.files, folder, *contents));
  return contents;
}

}  // namespace

Result<Contents> Journal::Validate(env::Env& env, const std::string& folder) {
  std::string copy = folder + kCheckFolder;
  UPGRAPH_TRY(env.files.RemoveTree(copy));
  Result<Contents> contents = JudgeCopy(env, folder, copy);
  UPGRAPH_TRY(env.files.RemoveTree(copy));
  return contents;
}

Result<Contents> Journal::Look(env::Env& env, const std::string& folder) {
  UPGRAPH_ASSIGN(std::string real_folder, env.files.RealPath(folder));
  UPGRAPH_ASSIGN(auto database,
                 Database::Open(real_folder + "/journal.db", Database::Mode::kReadOnly));
  UPGRAPH_TRY(database->Execute("BEGIN"));
  return ReadAll(database.get());
}

}  // namespace upgraph::journal
