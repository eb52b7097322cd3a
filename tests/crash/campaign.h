#pragma once

// Many small scenarios, each killed before every system call between its first and its last record:
// on the way forward, on the way back, in the recovery from another kill and in the recovery from
// that; or disturbed there by an error of the call.

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/crash/host_state.h"
#include "tests/crash/io_faults.h"
#include "tests/crash/kill_points.h"

namespace upgraph::crash {

struct Tools {
  std::string upgraph;
  std::string make_host;
  std::string work;  // a folder of our own
};

// One command of a trial, and the call before which it is killed or which fails.
struct Command {
  // "apply", "resume", "rollback", "resolve", "tick"; "prepare": `apply --until prepare`; "mend":
  // what a person does by hand, which is no command of ours.
  std::string verb;
  bool is_killed = false;
  Point point;
  std::optional<Fault> fault = {};  // it is not killed, but this call meets it
};

// What may be done after a whole apply, and the calls that the last command of it makes.
struct WayBack {
  std::vector<Command> whole;
  std::string verb;
  std::vector<Point> points;
};

// What is known of a spec once it was carried out undisturbed.
struct Scenario {
  std::string name;
  std::string package;
  Snapshot old_host;
  Snapshot new_host;
  int exit_code = 0;           // of an undisturbed apply: done, rolled back or incomplete
  bool can_roll_back = true;   // once it is through; false below a point of no return
  std::vector<Point> forward;  // points of apply
  // A rollback after it; none when it turns back itself; where it is incomplete then, what settles
  // that and what ends it. Of a run that is not retained also the tick that removes its undo.
  std::vector<WayBack> backward;
  std::string folder;                // of the host `old`
  std::string mend;                  // a script that a person is: what is left over goes back
  std::vector<std::string> settles;  // the steps that they then settle
};

enum class Kind { kForward, kBack, kNested, kDeep, kErrors };
inline constexpr Kind kAllKinds[] = {Kind::kForward, Kind::kBack, Kind::kNested, Kind::kDeep,
                                     Kind::kErrors};
const char* KindName(Kind kind);

struct Job {
  Kind kind = Kind::kForward;
  const Scenario* scenario = nullptr;
  std::vector<Command> killed;  // or disturbed, in order; those before the last may be whole
  std::string recovery;         // the verb that follows
  bool is_asked_twice = true;   // for that, and the second time changes nothing
  std::string Text() const;     // the distinct point; the verb of the recovery is no part of it
};

// Carries the spec out, forward and back. Exits the program with a message when that fails.
std::unique_ptr<Scenario> LearnScenario(const Tools& tools, const std::string& spec,
                                        Snapshots* snapshots);

// Which calls the recovery `verb` makes after these kills, one in the recovery from the other.
std::vector<Point> LearnRecovery(const Tools& tools, const Scenario& scenario,
                                 const std::vector<Command>& killed, const std::string& verb);

inline constexpr const char* kUnreached = "unreached";

// Empty: passed. kUnreached: a command did not make its call. Else what went wrong.
std::string RunJob(const Tools& tools, const Job& job, const std::string& folder,
                   Snapshots* snapshots);

}  // namespace upgraph::crash
