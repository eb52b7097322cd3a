#include "runtime/executor/host_access.h"

#include "runtime/facts/facts.h"

namespace upgraph::executor {
namespace {

class RealHostAccess : public HostAccess {
 public:
  env::Processes& processes() const override { return env::SystemProcesses(); }
  env::Clock& clock() const override { return env::SystemClock(); }
  Result<std::string> AskFact(env::Env& env, const plan::Fact& fact) const override {
    return facts::AskFact(env, fact);
  }
  const steps::NativeStep* FindStep(const plan::Step& step) const override {
    return steps::FindStep(step);
  }
  Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(
      env::Env& env, const plan::LockScope& scope, const std::atomic<bool>& cancel) const override {
    return locks::TakeLocks(env, scope, cancel);
  }
};

}  // namespace

Result<std::unique_ptr<env::Files>> HostAccess::OpenFiles(const std::string& root) const {
  return env::OpenFiles(root);
}

const HostAccess& RealHost() {
  static const auto* const kHost = new RealHostAccess();
  return *kHost;
}

}  // namespace upgraph::executor
