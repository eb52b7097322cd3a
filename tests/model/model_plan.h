#pragma once

// Random step graphs, whole plans that a runtime accepts, drawn by a seed.

#include <cstdint>
#include <random>

#include "plan/plan.h"

namespace upgraph::model {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // 0 … below - 1.
  uint32_t Below(uint32_t below) { return static_cast<uint32_t>(engine_() % below); }
  bool OneIn(uint32_t count) { return Below(count) == 0; }

 private:
  std::mt19937_64 engine_;
};

// Steps of every phase with random edges, effects, ways back, attempts, locks and sometimes a point
// of no return. Steps that touch one resource are ordered; everything else may run side by side.
plan::Plan DrawPlan(Random* random);

// Whether there is a way of edges from one step to another; the model's own answer.
bool Reaches(const plan::Plan& plan, uint32_t from, uint32_t to);
// Whether `later` touches what `earlier` writes: by equal names, which is all a model has.
bool Touches(const plan::Plan& plan, uint32_t earlier, uint32_t later);

}  // namespace upgraph::model
