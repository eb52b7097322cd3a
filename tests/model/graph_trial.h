#pragma once

// One random graph, carried out on a model host by the real executor, with its journal on a real
// disk: some commands that meet faults, then some that meet none. What comes of it is held against
// what the graph and the faults say must come of it.

#include <cstdint>
#include <string>

namespace upgraph::model {

struct TrialReport {
  std::string broken;  // which rule, and where; empty: all held
  int commands = 0;
  int steps = 0;
  bool was_rolled_back = false;
  bool was_incomplete = false;
  bool was_interrupted = false;
  bool was_committed = false;
  bool was_settled = false;  // a person said what became of something stuck
};

// The same seed gives the same trial, but for the order of threads where the draw uses some.
TrialReport RunTrial(uint64_t seed, bool is_told);

}  // namespace upgraph::model
