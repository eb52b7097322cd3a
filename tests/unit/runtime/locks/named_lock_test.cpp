#include "runtime/locks/named_lock.h"

#include <thread>

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"
#include "tests/support/scratch_host.h"

namespace upgraph::locks {
namespace {

plan::LockScope Scope(const std::vector<std::string>& paths, int64_t within_ms) {
  test::PlanBuilder builder;
  plan::LockScope scope;
  for (const std::string& path : paths) {
    builder.Lock(path, within_ms, 1000);
    scope.locks.push_back(builder.plan().lock_scopes.back().locks[0]);
  }
  scope.within_ms = within_ms;
  return scope;
}

std::atomic<bool> never{false};

TEST_CASE("a lock is held until it is let go, and leaves nothing behind") {
  test::ScratchHost host;
  host.Write("/data/db", "content");
  auto before = host.Snapshot();
  {
    auto held = TakeLocks(host.env(), Scope({"/data"}, 1000), never);
    REQUIRE(held.ok());
    auto second = TakeLocks(host.env(), Scope({"/data"}, 20), never);
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().kind == ErrorKind::kTimeout);
    CHECK(second.error().message.find("files.lock(/data)") != std::string::npos);
  }
  CHECK(TakeLocks(host.env(), Scope({"/data"}, 20), never).ok());
  CHECK(host.Snapshot() == before);
}

TEST_CASE("all locks of a scope are taken or none") {
  test::ScratchHost host;
  host.Write("/a", "");
  host.Write("/b", "");
  auto held = TakeLocks(host.env(), Scope({"/b"}, 1000), never);
  REQUIRE(held.ok());
  CHECK_FALSE(TakeLocks(host.env(), Scope({"/a", "/b"}, 20), never).ok());
  CHECK(TakeLocks(host.env(), Scope({"/a"}, 20), never).ok());
}

TEST_CASE("a wait ends when the lock is freed or when somebody asks to stop") {
  test::ScratchHost host;
  host.Write("/a", "");
  auto held = TakeLocks(host.env(), Scope({"/a"}, 1000), never);
  REQUIRE(held.ok());
  std::atomic<bool> cancel{false};
  std::thread stopper([&] {
    env::SystemClock().SleepMs(30);
    cancel = true;
  });
  auto stopped = TakeLocks(host.env(), Scope({"/a"}, 60'000), cancel);
  stopper.join();
  REQUIRE_FALSE(stopped.ok());
  CHECK(stopped.error().kind == ErrorKind::kInterrupted);
  std::thread freer([&] {
    env::SystemClock().SleepMs(30);
    *held = nullptr;
  });
  CHECK(TakeLocks(host.env(), Scope({"/a"}, 60'000), never).ok());
  freer.join();
}

TEST_CASE("what should be locked must be there") {
  test::ScratchHost host;
  auto missing = TakeLocks(host.env(), Scope({"/nowhere"}, 20), never);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::kNotFound);
}

}  // namespace
}  // namespace upgraph::locks
