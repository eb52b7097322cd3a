#include "runtime/history/window.h"

#include "tests/support/catch.h"

namespace upgraph::history {
namespace {

constexpr int64_t kWallMs = 1'767'225'600'000;

Record RecordAt(int64_t wall_ms, int64_t boot_ms, RecordKind kind = RecordKind::kApplied) {
  Record record;
  record.kind = kind;
  record.wall_ms = kWallMs + wall_ms;
  record.boot_ms = boot_ms;
  return record;
}

Record Fence(int64_t wall_ms, int64_t boot_ms, const std::string& boot,
             const std::string& text = "7") {
  Record record = RecordAt(wall_ms, boot_ms, RecordKind::kFence);
  record.digest = BootMark(boot);
  record.text = text;
  return record;
}

// Since the run was opened, in the boot "one".
RunTime Since(const std::vector<Record>& records, int64_t wall_ms, int64_t boot_ms,
              const std::string& boot, bool is_synchronised = true) {
  RunTime time = RunClock(BootMark("one"), records)
                     .At({kWallMs + wall_ms, boot_ms, BootMark(boot), is_synchronised});
  time.ms -= kWallMs;
  return time;
}

TEST_CASE("within a boot the boot clock counts, whatever the wall clock says") {
  const std::vector<Record> records = {RecordAt(0, 500, RecordKind::kRunOpen), Fence(1, 501, "one"),
                                       RecordAt(-9'000'000, 1'500)};
  CHECK(Since(records, 50'000'000, 3'500, "one").ms == 3'000);
  CHECK(Since(records, -50'000'000, 3'500, "one", false).ms == 3'000);
  CHECK(Since(records, 0, 3'500, "one").doubt.empty());
}

TEST_CASE("over a reboot the wall time since the last record is added") {
  std::vector<Record> records = {RecordAt(0, 500, RecordKind::kRunOpen), Fence(1, 501, "one"),
                                 RecordAt(4'000, 4'500)};
  // Still down, or about to go on: the boot clock began again.
  CHECK(Since(records, 64'000, 20, "two").ms == 64'000);
  records.push_back(Fence(64'000, 20, "two"));
  records.push_back(RecordAt(99'000'000, 1'020));
  CHECK(Since(records, 99'000'000, 2'020, "two").ms == 66'000);
  // A second outage counts from the last record, however wrong its wall time was.
  CHECK(Since(records, 99'005'000, 7, "three").ms == 70'000);
  CHECK(Since(records, 99'005'000, 7, "three").doubt.empty());
}

TEST_CASE("when a parked run goes on its time begins anew, by the wall clock of then") {
  std::vector<Record> records = {RecordAt(0, 500, RecordKind::kRunOpen), RecordAt(4'000, 4'500),
                                 Fence(-9'000, 30, "two"), RecordAt(-9'000, 40)};
  CHECK_FALSE(Since(records, 0, 50, "two").doubt.empty());
  records.back().kind = RecordKind::kUnparked;
  CHECK(Since(records, 0, 50, "two").doubt.empty());
  CHECK(Since(records, 0, 50, "two").ms == -9'000 + 10);
  Record unparked = records.back();
  unparked.text = WindowText({5, 9});
  CHECK(WindowOf(unparked) == Window{5, 9});
}

TEST_CASE("a wall clock that went backwards over a reboot is not believed, then or later") {
  std::vector<Record> records = {RecordAt(0, 500, RecordKind::kRunOpen), RecordAt(4'000, 4'500)};
  CHECK(Since(records, 4'000, 9, "two").doubt.empty());
  CHECK_FALSE(Since(records, 3'999, 9, "two").doubt.empty());
  records.push_back(Fence(3'999, 9, "two"));
  CHECK_FALSE(Since(records, 50'000, 46'000, "two").doubt.empty());
}

TEST_CASE(
    "a wall clock that nobody keeps right is not believed over a reboot, until somebody does") {
  std::vector<Record> records = {RecordAt(0, 500, RecordKind::kRunOpen),
                                 Fence(1, 501, "one", "1 unsynchronised"), RecordAt(4'000, 4'500)};
  CHECK(Since(records, 5'000, 5'500, "one", false).doubt.empty());
  CHECK(Since(records, 5'000, 9, "two", true).doubt.empty());
  CHECK_FALSE(Since(records, 5'000, 9, "two", false).doubt.empty());
  records.push_back(Fence(5'000, 9, "two", "2 unsynchronised"));
  CHECK_FALSE(Since(records, 6'000, 1'009, "two", false).doubt.empty());
  CHECK(Since(records, 66'000, 1'009, "two", true).doubt.empty());
  CHECK(Since(records, 66'000, 1'009, "two", true).ms == 66'000);
  SECTION("also a runner later in that boot, and in the next one") {
    records.push_back(RecordAt(7'000, 2'009));
    CHECK_FALSE(Since(records, 7'500, 2'509, "two", false).doubt.empty());
    records.push_back(Fence(66'000, 3'009, "two", "3"));
    CHECK(Since(records, 1, 4'009, "two", false).ms == 67'000);
    CHECK(Since(records, 76'000, 9, "three", true).ms == 76'000);
  }
  SECTION("but not one that is behind what was sure") {
    CHECK_FALSE(Since(records, 3'999, 1'009, "two", true).doubt.empty());
  }
}

TEST_CASE("a boot clock that went backwards within a boot is not believed") {
  const std::vector<Record> records = {RecordAt(0, 500, RecordKind::kRunOpen)};
  CHECK_FALSE(Since(records, 1'000, 499, "one").doubt.empty());
}

}  // namespace
}  // namespace upgraph::history
