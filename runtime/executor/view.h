#pragma once

// Looking at runs without disturbing them: short read-only transactions, no lock, no write.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/executor/announce.h"
#include "runtime/executor/run.h"
#include "runtime/executor/samples.h"
#include "runtime/history/run_history.h"
#include "runtime/history/window.h"

namespace upgraph::executor {

struct StepView {
  std::string path;
  std::string title;
  std::string phase;
  bool does_nothing = false;  // branches meet there, or this host leaves it out
  // Of a cleanup that waits after the commit, and the end of a watch; 0: of no other.
  int64_t due_wall_ms = 0;
  history::StepHistory history;
  bool is_watch = false;
  int64_t watch_every_ms = 0;  // of a watch: its interval
  std::string watch;           // the path of the watch that it answers, if any
};

// Whether `rollback` can turn back what was committed.
struct WayBack {
  bool is_there = false;
  int64_t until_wall_ms = 0;    // 0: without end
  std::string until_what;       // the step that ends it then; empty: `retain` does
  std::string why_not;          // of a committed run that has none
  int64_t removed_wall_ms = 0;  // when what it needs was removed; 0: that was not yet
};

// A condition of `verify` that held before the run, and is asked again when it was turned back.
struct HeldView {
  std::string step_path;
  std::string condition;            // as the spec has it, on one line
  std::optional<bool> holds_again;  // none: it was not asked again, or is to be
  std::string seen;                 // what was seen where it does not hold again
  bool is_accepted = false;         // a person lets that be so
};

struct RunView {
  std::string run_id;
  std::string product;
  std::string from;
  std::string to;
  std::string package_digest;  // hex
  int64_t opened_wall_ms = 0;
  bool parks = false;          // it is to be parked when prepare is done, or is
  int64_t parked_wall_ms = 0;  // when it was; 0: never
  std::string how_to_go_on;    // of a parked run: what a person can do
  history::RunState state = history::RunState::kOpen;
  WayBack way_back;
  std::string signer;  // of the package, as it was trusted; empty: nobody was asked for
  // On what its state lies, where a reboot or a power cut takes that away; mostly empty.
  std::string not_durable;
  bool is_finished = false;  // nothing of it is left to do
  bool has_later = false;    // but by `upgraph tick`, when its time has come
  history::Window window;
  int64_t turn_back_wall_ms = 0;  // the last moment to turn back, while it may; 0: it does not
  std::string no_time;            // why a runner that goes on would turn back; empty: it would not
  history::RunTime now;           // where the run stands in its window
  int64_t late_wall_ms = 0;       // when the window was over and the run was not; 0: never seen
  int64_t downtime_ms = 0;        // as it was: runtime/history/downtime.h
  bool is_up_unseen = false;      // `up when` did not hold, and a person is to be told so
  int64_t downtime_promised_ms = 0;  // by the spec; 0: not said
  std::vector<StepView> steps;
  std::vector<HeldView> held;
  std::vector<Leftover> leftovers;       // what of it needs a person, while nobody works on it
  std::vector<history::Record> records;  // everything that happened, in order
  std::string damage;                    // why it cannot be believed; empty: it can
};

struct HostView {
  bool is_running = false;              // a runner is alive
  bool has_tick_timer = false;          // a timer of this system does what is due later
  bool has_boot_unit = false;           // a boot of this system goes on with an unfinished run
  std::vector<std::string> held_units;  // and does not start these by itself meanwhile
  std::vector<RunView> runs;            // oldest first
};

// An error when the root does not exist. A host without runs is an empty view.
Result<HostView> ViewHost(const std::string& root);

// One run with all that a report about it says. Nothing is left over while a runner is at work.
struct RunDetails {
  RunView run;
  bool is_running = false;  // a runner is alive on the host
  // Of a damaged run what follows is empty.
  plan::Plan plan;                        // of this host
  std::vector<int64_t> times_ms;          // of the records, by the time of the run
  std::string journal_head;               // hex: the hash of its last record, over all before it
  std::vector<SampledCondition> samples;  // of gates and watches
  std::vector<AnnouncementView> announcements;
};

// An error when the root does not exist or has no such run.
Result<RunDetails> ViewRunDetails(const std::string& root, const std::string& run_id);

}  // namespace upgraph::executor
