#pragma once

// A journal with a little history.

#include "runtime/journal/journal.h"
#include "tests/support/scratch_host.h"

namespace upgraph::test {

inline constexpr const char* kRunFolder = "/run";

inline journal::RunInfo SampleInfo(uint32_t step_count = 2) {
  journal::RunInfo info;
  info.run_id = "20260101t000000000-00000001";
  info.product = "box";
  info.from = "1.0.0";
  info.to = "2.0.0";
  info.package_digest = Sha256("package");
  info.plan_digest = Sha256("plan");
  info.step_count = step_count;
  info.opened_wall_ms = 1'767'225'600'000;
  info.boot_id = "boot";
  info.window = {1'767'225'600'000, 1'767'229'200'000};
  return info;
}

inline journal::Entry About(history::RecordKind kind, plan::StepId step_id = plan::StepId(),
                            const std::string& text = "") {
  journal::Entry entry;
  entry.record.kind = kind;
  entry.record.step_id = step_id;
  entry.record.text = text;
  entry.record.wall_ms = 1'767'225'600'001;
  return entry;
}

inline journal::Entry Captured(plan::StepId step_id, const std::string& undo) {
  journal::Entry entry = About(history::RecordKind::kCaptured, step_id);
  entry.undo = undo;
  entry.record.digest = Sha256(undo);
  entry.directory_times_ns = {{"/etc", 17}};
  return entry;
}

// A journal in which step 0 is applied and step 1 captured; not closed by its writer in order, as
// after a kill: the events are still in the WAL.
class SampleRun : public ScratchHost {
 public:
  explicit SampleRun(const journal::RunInfo& info = SampleInfo()) {
    using K = history::RecordKind;
    REQUIRE(files().MakeDirectory(kRunFolder, 0700).ok());
    REQUIRE(journal::Journal::Create(env(), kRunFolder, info).ok());
    auto contents = journal::Journal::Validate(env(), kRunFolder);
    REQUIRE(contents.ok());
    auto journal = journal::Journal::Open(env(), kRunFolder, *contents);
    REQUIRE(journal.ok());
    journal_ = std::move(*journal);
    REQUIRE(journal_->Commit({About(K::kFence, {}, "1")}).ok());
    REQUIRE(journal_->Commit({Captured(plan::StepId(0), "undo of 0")}).ok());
    REQUIRE(
        journal_
            ->Commit({About(K::kApplied, plan::StepId(0)), Captured(plan::StepId(1), "undo of 1")})
            .ok());
  }
  journal::Journal& journal() { return *journal_; }

 private:
  std::unique_ptr<journal::Journal> journal_;
};

}  // namespace upgraph::test
