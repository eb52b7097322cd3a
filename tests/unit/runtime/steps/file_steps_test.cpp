// The file steps through their whole life, cut at every change: forward, back, and back again.

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "runtime/steps/change_set.h"
#include "runtime/steps/registry.h"
#include "tests/unit/runtime/steps/step_host.h"

namespace upgraph::steps {
namespace {

using Snapshot = std::map<std::string, std::string>;
using test::StepHost;

void AddPackage(StepHost* on) {
  on->payload.AddFile("new.conf", "new\n", 0640);
  on->payload.AddFolder("tree");
  on->payload.AddFile("tree/bin", "#!/bin/sh\n", 0755);
  on->payload.AddFolder("tree/sub");
  on->payload.AddLink("tree/sub/link", "../bin");
}

struct Case {
  std::string name;
  const NativeStep& step;
  std::vector<std::pair<std::string, std::string>> arguments;
};

std::vector<Case> Cases() {
  return {
      {"a file over a file", FilesInstallStep(), {{"source", "new.conf"}, {"to", "/etc/conf"}}},
      {"a tree over a tree", FilesInstallStep(), {{"source", "tree"}, {"to", "/opt/app"}}},
      {"a tree over a file", FilesInstallStep(), {{"source", "tree"}, {"to", "/etc/conf"}}},
      {"a file over a link", FilesInstallStep(), {{"source", "new.conf"}, {"to", "/etc/link"}}},
      {"a file where nothing is", FilesInstallStep(), {{"source", "new.conf"}, {"to", "/etc/n"}}},
      {"a file below no folders", FilesInstallStep(), {{"source", "new.conf"}, {"to", "/a/b/c"}}},
      {"a link over a link", FilesLinkStep(), {{"path", "/etc/link"}, {"to", "other"}}},
      {"a link over a tree", FilesLinkStep(), {{"path", "/opt/app"}, {"to", "app-2"}}},
      {"a file removed", FilesRemoveStep(), {{"path", "/etc/conf"}}},
      {"a tree removed", FilesRemoveStep(), {{"path", "/opt/app"}}},
      {"nothing removed", FilesRemoveStep(), {{"path", "/etc/none"}}},
  };
}

void Furnish(StepHost* on, const Case& which) {
  AddPackage(on);
  on->host.Write("/etc/conf", "old\n", 0604);
  on->host.Write("/opt/app/bin", "old binary", 0755);
  on->host.Write("/opt/app/data/note", "kept");
  REQUIRE(on->files.MakeSymlink("conf", "/etc/link").ok());
  REQUIRE(on->files.SetXattr("/etc/conf", "user.origin", "by hand").ok());
  REQUIRE(on->files.SetMtime("/etc/conf", 1'000'000'000'000'000'001).ok());
  for (const auto& [name, text] : which.arguments) {
    on->SetArgument(name, text);
  }
}

// Without cuts: what the host is before and after.
std::pair<Snapshot, Snapshot> Ends(const Case& which) {
  StepHost on;
  Furnish(&on, which);
  Snapshot before = on.host.Snapshot();
  auto captured = which.step.Capture(on.Context());
  REQUIRE(captured.ok());
  CHECK(on.host.Snapshot() == before);
  auto applied = which.step.Apply(on.Context(), *captured);
  REQUIRE(applied.ok());
  on.RestoreTimes(*captured);
  return {before, on.host.Snapshot()};
}

// Snapshots of two hosts differ in the times at which they were furnished.
Snapshot Timeless(Snapshot snapshot) {
  for (auto& [path, line] : snapshot) {
    size_t time = line.find(' ', line.find(' ', line.find(' ') + 1) + 1);
    line.erase(time, line.find(' ', time + 1) - time);
  }
  return snapshot;
}

TEST_CASE("a file step leaves what it says, and back comes what was, object by object") {
  for (const Case& which : Cases()) {
    INFO(which.name);
    StepHost on;
    Furnish(&on, which);
    Snapshot before = on.host.Snapshot();
    REQUIRE(which.step.EstimateCost(on.Context()).ok());
    bool is_found = which.step.Observe(on.Context(), nullptr, nullptr).world == World::kAfter;
    CHECK(is_found == (which.name == "nothing removed"));
    auto captured = which.step.Capture(on.Context());
    REQUIRE(captured.ok());
    auto applied = which.step.Apply(on.Context(), *captured);
    REQUIRE(applied.ok());
    CHECK(which.step.Observe(on.Context(), &*captured, &*applied).world == World::kAfter);
    CHECK(which.step.Observe(on.Context(), nullptr, nullptr).world == World::kAfter);
    Snapshot after = on.host.Snapshot();
    CHECK((after == before) == is_found);
    REQUIRE(which.step.Apply(on.Context(), *captured).ok());
    CHECK(on.host.Snapshot() == after);
    REQUIRE(which.step.Revert(on.Context(), *captured).ok());
    on.RestoreTimes(*captured);
    CHECK(on.host.Snapshot() == before);
    REQUIRE(which.step.Revert(on.Context(), *captured).ok());
    on.RestoreTimes(*captured);
    CHECK(on.host.Snapshot() == before);
  }
}

// One life in which `act` is cut after `changes` changes. False when it came to its end before.
template <typename Act>
bool Cut(StepHost* on, int changes, Act act) {
  on->files.changes_left = changes;
  bool is_done = act().ok();
  // An error of its own would come again and again.
  REQUIRE((is_done || on->files.changes_left == 0));
  on->files.changes_left = test::FailingFiles::kNever;
  return !is_done;
}

struct FileSystem {
  const char* name;
  bool can_exchange;
  bool touches_moved_folders;
  bool halves_renames;
};
constexpr FileSystem kFileSystems[] = {
    {"", true, false, false},
    {", no exchange", false, false, false},
    {", moved folders are touched", true, true, false},
    {", both names after a cut", true, false, true},
    {", both names after a cut, no exchange", false, false, true}};

TEST_CASE("cut at any change, a file step can go on, or back, or be cut again and go back") {
  for (const FileSystem& file_system : kFileSystems) {
    for (const Case& which : Cases()) {
      auto [first_before, after] = Ends(which);
      for (int cut = 0, was_cut = 1; was_cut != 0; ++cut) {
        INFO(which.name << ", cut after " << cut << file_system.name);
        StepHost on;
        Furnish(&on, which);
        on.files.can_exchange = file_system.can_exchange;
        on.files.touches_moved_folders = file_system.touches_moved_folders;
        on.files.halves_renames = file_system.halves_renames;
        Snapshot before = on.host.Snapshot();
        CHECK(Timeless(before) == Timeless(first_before));
        auto captured = which.step.Capture(on.Context());
        REQUIRE(captured.ok());
        was_cut = Cut(&on, cut, [&] { return which.step.Apply(on.Context(), *captured); });
        if (cut % 2 == 0) {  // on to the end first, then back from there, cut again
          auto applied = which.step.Apply(on.Context(), *captured);
          REQUIRE(applied.ok());
          CHECK(which.step.Observe(on.Context(), &*captured, &*applied).world == World::kAfter);
          on.RestoreTimes(*captured);
          CHECK(Timeless(on.host.Snapshot()) == Timeless(after));
        }
        for (int back = 0;
             Cut(&on, back, [&] { return which.step.Revert(on.Context(), *captured); }); ++back) {
        }
        on.RestoreTimes(*captured);
        CHECK(on.host.Snapshot() == before);
        CHECK(which.step.Observe(on.Context(), &*captured, nullptr).world ==
              (which.name == "nothing removed" ? World::kAfter : World::kBefore));
      }
    }
  }
}

TEST_CASE("a capture that was cut is done anew, and its stale staging is replaced") {
  const Case which = Cases()[1];
  for (int cut = 0, was_cut = 1; was_cut != 0; ++cut) {
    StepHost on;
    Furnish(&on, which);
    Snapshot before = on.host.Snapshot();
    was_cut = Cut(&on, cut, [&] { return which.step.Capture(on.Context()); });
    CHECK(on.host.Snapshot() == before);
    auto captured = which.step.Capture(on.Context());
    REQUIRE(captured.ok());
    REQUIRE(which.step.Apply(on.Context(), *captured).ok());
    CHECK(on.host.Read("/opt/app/bin") == "#!/bin/sh\n");
    CHECK_FALSE(on.host.Exists("/opt/app/data"));
  }
}

TEST_CASE("a host that already is as wanted is found, but not one that differs in anything") {
  const Case which = Cases()[1];
  auto observe = [&](const std::function<void(StepHost*)>& change) {
    StepHost on;
    AddPackage(&on);
    for (const auto& [name, text] : which.arguments) {
      on.SetArgument(name, text);
    }
    on.host.Write("/opt/app/bin", "#!/bin/sh\n", 0755);
    REQUIRE(on.files.MakeDirectory("/opt/app/sub", 0755).ok());
    REQUIRE(on.files.MakeSymlink("../bin", "/opt/app/sub/link").ok());
    REQUIRE(on.files.SetMode("/opt/app", 0755).ok());
    change(&on);
    return which.step.Observe(on.Context(), nullptr, nullptr).world;
  };
  CHECK(observe([](StepHost*) {}) == World::kAfter);
  CHECK(observe([](StepHost* on) { on->host.Write("/opt/app/bin", "#!/bin/no\n", 0755); }) ==
        World::kBefore);
  CHECK(observe([](StepHost* on) { on->host.Write("/opt/app/bin", "#!/bin/sh\n", 0700); }) ==
        World::kBefore);
  CHECK(observe([](StepHost* on) { on->host.Write("/opt/app/sub/more", ""); }) == World::kBefore);
  CHECK(observe([](StepHost* on) {
          REQUIRE(on->files.RemoveFile("/opt/app/sub/link").ok());
          REQUIRE(on->files.MakeSymlink("../else", "/opt/app/sub/link").ok());
        }) == World::kBefore);
  CHECK(observe([](StepHost* on) { REQUIRE(on->files.RemoveTree("/opt/app").ok()); }) ==
        World::kBefore);
}

TEST_CASE("what somebody changed after the step is drift: seen, set aside, and then replaced") {
  const Case which = Cases()[0];
  StepHost on;
  Furnish(&on, which);
  Snapshot before = on.host.Snapshot();
  auto captured = which.step.Capture(on.Context());
  REQUIRE(captured.ok());
  auto applied = which.step.Apply(on.Context(), *captured);
  REQUIRE(applied.ok());
  on.host.Write("/etc/conf", "edited at night\n", 0640);
  Observation seen = which.step.Observe(on.Context(), &*captured, &*applied);
  CHECK(seen.world == World::kNeither);
  CHECK(seen.detail == "`/etc/conf` is neither the old nor the new one");
  auto place = which.step.SaveDrift(on.Context(), *captured);
  REQUIRE(place.ok());
  REQUIRE(place->starts_with("/etc/conf -> "));
  CHECK(on.host.Read(place->substr(std::string("/etc/conf -> ").size())) == "edited at night\n");
  REQUIRE(which.step.Revert(on.Context(), *captured).ok());
  on.RestoreTimes(*captured);
  CHECK(on.host.Snapshot() == before);
}

TEST_CASE("a revert never claims an object that somebody else put there") {
  const Case which = Cases()[0];
  StepHost on;
  Furnish(&on, which);
  auto captured = which.step.Capture(on.Context());
  REQUIRE(captured.ok());
  REQUIRE(which.step.Apply(on.Context(), *captured).ok());
  on.host.Write("/etc/other", "theirs\n");
  REQUIRE(on.files.RenameOver("/etc/other", "/etc/conf").ok());
  Status reverted = which.step.Revert(on.Context(), *captured);
  REQUIRE_FALSE(reverted.ok());
  CHECK(reverted.error().message == "`/etc/conf` was changed by somebody else");
  CHECK(on.host.Read("/etc/conf") == "theirs\n");
}

TEST_CASE("a target that cannot be renamed over is refused before anything is captured") {
  StepHost on;
  AddPackage(&on);
  auto refusal = [&](const std::string& target) {
    on.step.arguments.clear();
    on.SetArgument("source", "tree");
    on.SetArgument("to", target);
    auto estimate = FilesInstallStep().EstimateCost(on.Context());
    return estimate.ok() ? std::string() : estimate.error().message;
  };
  const std::string& root = on.host.root();
  on.host.Write("/srv/one", "1");
  CHECK(refusal("/srv/one").empty());
  REQUIRE(::link((root + "/srv/one").c_str(), (root + "/srv/two").c_str()) == 0);
  CHECK(refusal("/srv/one") ==
        "`/srv/one` has 2 hard links; replacing it would part it from the others");
  REQUIRE(::mkfifo((root + "/srv/pipe").c_str(), 0600) == 0);
  CHECK(refusal("/srv/pipe") ==
        "`/srv/pipe` is a pipe; only files, links and folders are replaced");
  CHECK(refusal("/srv/one/below") == "`/srv/one` is not a folder");
  on.host.Write("/opt/app/deep/file", "");
  on.files.immutable = {"/opt/app/deep/file"};
  CHECK(refusal("/opt/app") ==
        "`/opt/app/deep/file` is immutable or append-only (chattr); it cannot be replaced");
  on.files.immutable = {"/opt"};
  CHECK(refusal("/opt/app") == "the folder of `/opt/app` is immutable (chattr)");
}

TEST_CASE("a mount, or a tree with one inside, is refused") {
  // A mount namespace of our own; without root in a user namespace of our own.
  INFO("needs root or user namespaces");
  REQUIRE(::unshare(CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER)) == 0);
  REQUIRE(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  StepHost on;
  on.host.Write("/opt/app/data/note", "");
  const std::string place = on.host.root() + "/opt/app/data";
  REQUIRE(::mount("none", place.c_str(), "tmpfs", 0, nullptr) == 0);
  for (const char* target : {"/opt/app/data", "/opt/app"}) {
    on.step.arguments.clear();
    on.SetArgument("path", target);
    auto estimate = FilesRemoveStep().EstimateCost(on.Context());
    REQUIRE_FALSE(estimate.ok());
    CHECK(estimate.error().message ==
          "`/opt/app/data` is a mount point; it cannot be renamed over");
  }
  REQUIRE(::umount(place.c_str()) == 0);
  CHECK(FilesRemoveStep().EstimateCost(on.Context()).ok());
}

TEST_CASE("a fingerprint tells apart all that a user could") {
  StepHost on;
  auto print = [&](const char* path) { return *Fingerprint(on.files, path); };
  on.host.Write("/d/f", "x", 0644);
  REQUIRE(on.files.SetMtime("/d/f", 5).ok());
  REQUIRE(on.files.SetMtime("/d", 5).ok());
  Digest first = print("/d");
  CHECK(first == print("/d"));
  auto changes = [&](auto act, auto undo) {
    REQUIRE(act().ok());
    REQUIRE(on.files.SetMtime("/d", 5).ok());
    CHECK_FALSE(print("/d") == first);
    REQUIRE(undo().ok());
    REQUIRE(on.files.SetMtime("/d", 5).ok());
    CHECK(print("/d") == first);
  };
  env::Files& files = on.files;
  changes([&] { return files.SetMode("/d/f", 0600); }, [&] { return files.SetMode("/d/f", 0644); });
  changes([&] { return files.SetMtime("/d/f", 6); }, [&] { return files.SetMtime("/d/f", 5); });
  changes([&] { return files.SetXattr("/d/f", "user.a", "1"); },
          [&] { return files.RemoveXattr("/d/f", "user.a"); });
  changes([&] { return files.MakeSymlink("f", "/d/g"); }, [&] { return files.RemoveFile("/d/g"); });
  changes([&] { return files.RenameNew("/d/f", "/d/g"); },
          [&] { return files.RenameNew("/d/g", "/d/f"); });
  changes([&] { return files.SetMode("/d", 01777); }, [&] { return files.SetMode("/d", 0755); });
  if (::geteuid() == 0) {
    changes([&] { return files.SetOwner("/d/f", 1, 2); },
            [&] { return files.SetOwner("/d/f", 0, 0); });
  }
  on.host.Write("/d/f", "y", 0644);
  REQUIRE(on.files.SetMtime("/d/f", 5).ok());
  CHECK_FALSE(print("/d") == first);
  CHECK(*Fingerprint(files, "/none") == *Fingerprint(files, "/nowhere"));
}

}  // namespace
}  // namespace upgraph::steps
