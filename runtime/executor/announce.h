#pragma once

// Announcements: told once their event is durable, at least once each, with a mark by which a
// reader sees what it has already. They never stop a run.

#include <string>
#include <vector>

#include "runtime/executor/run_folder.h"

namespace upgraph::executor {

// Whether this program can tell the channel that the library calls so anything.
bool HasChannel(std::string_view native);

// What was to be told of a run, in the order of its plan.
struct AnnouncementView {
  std::string to;     // as the spec calls the channel
  std::string event;  // "rolled_back"
  bool has_happened = false;
  bool was_told = false;
};
std::vector<AnnouncementView> AnnouncementsOf(env::Env& env, const std::string& run_id,
                                              const plan::Plan& plan,
                                              const history::RunHistory& history);

// Tells what has happened by `history` and was not told yet; what is told is written down in the
// run's folder. Returns what could not be told, and why: `upgraph tick` tries it again.
std::vector<std::string> SendAnnouncements(env::Env& env, const LoadedRun& run,
                                           const history::RunHistory& history);

}  // namespace upgraph::executor
