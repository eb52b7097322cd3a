#pragma once

// The steps of a plan without their edges' shape being known to anybody else: a walk over the
// statements of one program, in the order of the text.

#include <string>
#include <utility>
#include <vector>

#include "llvm/ADT/SmallVector.h"

#include "compiler/lower/resource_table.h"
#include "compiler/sema/program.h"
#include "compiler/source/source_manager.h"
#include "plan/plan.h"

namespace upgraph::lower {

// Ends of what has been built so far: what the next step comes after. Ascending, each once.
using Frontier = llvm::SmallVector<plan::StepId, 4>;

class StepBuilder {
 public:
  // Takes the statements of `edge` apart. `graph` gains steps and lock scopes; what the
  // declarations say of the steps, and the resources, are filled in by Finish(). `path_start`
  // stands before the path of every step.
  StepBuilder(const sema::Program& program, sema::Edge* edge, const source::SourceManager& sources,
              std::string path_start, plan::StepGraph* graph)
      : program_(program),
        edge_(*edge),
        sources_(sources),
        path_start_(std::move(path_start)),
        plan_(*graph),
        issuers_(edge->temporaries.size()) {
    ReserveSteps();
  }

  void AddPhase(plan::Phase phase);
  // `cleanup after 7d { … }`, by their delays, after the phase of cleanup.
  void AddDeferred();
  // What is looked at after the commit, after all cleanups.
  void AddWatches();
  // Fills in what takes no order, on several cores, and numbers the resources; nothing may be added
  // afterwards.
  void Finish();

 private:
  // Where a statement stands: the path of its parent, and the lock scope and the arm around it.
  struct Place {
    std::string path;
    plan::LockScopeId lock_scope_id;
    plan::ArmId arm_id;
  };

  // Room for all that may come of the edge: steps are large, and many to move.
  void ReserveSteps();
  // Each takes out of the statements what the plan needs, and leaves the rest.
  Frontier AddSequence(std::vector<sema::Statement>* statements, const Place& place,
                       Frontier frontier);
  Frontier AddStatement(sema::Statement* statement, const Place& parent, const std::string& path,
                        const Frontier& frontier);
  Frontier AddParallel(sema::Statement* statement, const Place& place, const Frontier& frontier);
  Frontier AddWhen(sema::Statement* statement, const Place& place, const Frontier& frontier);
  // The arm of a statement; `place` is its own, inside the arm around it.
  plan::ArmId AddArm(sema::Statement* statement, const Place& place, plan::ArmId before_id);
  Frontier AddStep(sema::Statement* statement, const Place& place, const Frontier& frontier);
  Frontier AddCommit(sema::Statement* statement, const Place& place, const Frontier& frontier);
  Frontier AddWatch(sema::Watch* watch, const Place& place, const Frontier& frontier);
  void NameTemporaries(plan::Gate* gate) const;
  Frontier AddGate(sema::Statement* statement, const Place& place, const Frontier& frontier);
  // A cleanup's own statements, and the ends of what is temporary: before them, newest first, or
  // right after the last statement that uses it. What the deferred cleanups from `first_later` on
  // use ends there.
  Frontier AddCleanup(std::vector<sema::Statement>* statements, size_t first_later,
                      const Place& place, Frontier frontier);
  // The derived ends that belong after the statement of that index; -1: before the first.
  Frontier AddEnds(const std::vector<int64_t>& last_uses, int64_t index, const Place& place,
                   Frontier frontier);
  // Values name a temporary by its step from here on.
  void NameTemporaries(plan::Value* value) const;
  Frontier AddJoin(const sema::Statement& parallel, const Place& place, const Frontier& frontier);
  plan::LockScopeId AddLockScope(sema::Statement* statement, plan::LockScopeId parent_id);
  // What the declarations of the steps from `begin` to before `end` say of them.
  void FillTraits(size_t begin, size_t end, ResourceTable* resources);
  void FillTraits(const sema::Declaration& declaration, plan::Step* step,
                  ResourceTable* resources) const;

  const sema::Program& program_;
  sema::Edge& edge_;
  const source::SourceManager& sources_;
  std::string path_start_;
  plan::StepGraph& plan_;
  plan::Phase phase_ = plan::Phase::kPreflight;
  int64_t delay_ms_ = 0;  // of the cleanup at hand
  bool waits_for_retain_ = false;
  plan::StepId watch_id_;  // the watch whose `else` is at hand
  Frontier frontier_;
  std::vector<plan::StepId> issuers_;  // beside edge_.temporaries
  // Beside the steps, up to the last that has one; joins, gates and the like have none.
  std::vector<sema::DeclarationId> declarations_;
};

}  // namespace upgraph::lower
