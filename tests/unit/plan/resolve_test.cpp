#include "plan/resolve.h"

#include "plan/graph.h"
#include "plan/verify.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

Plan Templated() {
  test::PlanBuilder builder;
  builder.plan().product.releases = {"1.0.0", "1.5.0", "1.7.0", "2.0.0", "0.9.0"};
  builder.plan().product.withdrawn = {{"1.7.0", "loses sessions"}};
  StepId id = builder.Write(Phase::kPrepare, "write", "/opt/box-${from}");
  builder.plan().resources[0].is_template = true;
  Step& step = builder.step(id);
  step.title = "write(\"/opt/box-${from}\")";
  step.arguments = {{"path", {ValueKind::kPath, true, 0, 0, "/opt/box-${from}-${to}-$$", {}}}};
  step.kind = StepKind::kCommand;
  step.undo = UndoClass::kByCompensation;
  step.native = "";
  step.apply_command = {{ValueKind::kString, true, 0, 0, "x${from}", {}}};
  StepId other = builder.Write(Phase::kPrepare, "other", "/opt/box-1.5.0");
  builder.step(other).undo = UndoClass::kExactly;
  return builder.plan();
}

TEST_CASE("the installed version fills every template") {
  auto resolved = Resolve(Templated(), {"v1.5.0"});
  REQUIRE(resolved.ok());
  REQUIRE(resolved->applicability == Applicability::kApplies);
  const Step& step = resolved->plan.steps[0];
  CHECK(step.arguments[0].value.text == "/opt/box-1.5.0-2.0.0-$");
  CHECK_FALSE(step.arguments[0].value.is_template);
  CHECK(step.apply_command[0].text == "x1.5.0");
  CHECK(step.title == "write(\"/opt/box-1.5.0\")");
  // What became the same resource is one: a conflict would be seen.
  REQUIRE(resolved->plan.resources.size() == 1);
  CHECK(step.effects[0] == resolved->plan.steps[1].effects[0]);
}

TEST_CASE("locks, payload and configurations are filled as well") {
  test::PlanBuilder builder;
  StepId id = builder.Write(Phase::kPrepare, "write", "/etc/a");
  builder.step(id).lock_scope_id = builder.Lock("/b", 1, 1);
  LockScope& scope = builder.plan().lock_scopes[0];
  scope.locks.push_back({"files.lock(/z-${from}$$)",
                         "files.lock",
                         {{"path", {ValueKind::kPath, true, 0, 0, "/z-${from}$$", {}}}}});
  scope.locks[0].name = "files.lock(/z-1.5.1)";
  builder.step(id).arguments = {{"a", {ValueKind::kPayload, true, 0, 0, "payload/${from}", {}}},
                                {"b", {ValueKind::kPayload, false, 0, 0, "payload/$$", {}}}};
  builder.plan().payload = {"payload/$$", "payload/${from}"};
  Config config;
  config.name = "settings";
  config.handle = {ValueKind::kHandle, false, 0, 0, "config.ini", {}};
  config.handle.fields = {{"path", {ValueKind::kPath, true, 0, 0, "/etc/${from}.ini", {}}}};
  builder.plan().configs = {config};

  auto resolved = Resolve(builder.plan(), {" v1.5.0\n"});
  REQUIRE(resolved.ok());
  CHECK(resolved->from == "1.5.0");
  const Plan& plan = resolved->plan;
  // Sorted again: the filled name comes before the plain one.
  CHECK(plan.lock_scopes[0].locks[0].name == "files.lock(/z-1.5.0$)");
  CHECK(plan.lock_scopes[0].locks[0].arguments[0].value.text == "/z-1.5.0$");
  CHECK(plan.lock_scopes[0].locks[1].name == "files.lock(/z-1.5.1)");
  CHECK(plan.payload == std::vector<std::string>{"payload/$$", "payload/1.5.0"});
  CHECK(plan.configs[0].handle.fields[0].value.text == "/etc/1.5.0.ini");
  const Status status = Verify(plan);
  INFO((status.ok() ? "" : status.error().message));
  CHECK(status.ok());
}

TEST_CASE("the answers of other facts fill templates, and titles keep plain dollar signs") {
  Plan plan = Templated();
  plan.steps[0].arguments[0].value.text = "/srv/${site}/${to}";
  plan.steps[0].title = "write(\"/srv/${site}\", \"\\${from}\", \"${nobody}\")";
  CHECK_FALSE(Resolve(plan, {"1.5.0"}).ok());
  auto resolved = Resolve(plan, {"1.5.0", {{"site", "graz"}}});
  REQUIRE(resolved.ok());
  CHECK(resolved->plan.steps[0].arguments[0].value.text == "/srv/graz/2.0.0");
  CHECK(resolved->plan.steps[0].title == "write(\"/srv/graz\", \"\\${from}\", \"${nobody}\")");
}

TEST_CASE("what is installed decides whether the upgrade applies") {
  auto outcome = [](const std::string& installed) {
    auto resolved = Resolve(Templated(), {installed});
    return resolved.ok() ? std::pair(resolved->applicability, resolved->reason)
                         : std::pair(Applicability::kNotFrom, "error: " + resolved.error().message);
  };
  CHECK(outcome("2.0.0").first == Applicability::kAtTarget);
  CHECK(outcome("1.0").first == Applicability::kApplies);
  CHECK_THAT(outcome("1.7.0").second, Catch::Matchers::Contains("withdrawn: loses sessions"));
  CHECK_THAT(outcome("1.2.0").second, Catch::Matchers::Contains("not among the releases"));
  CHECK_THAT(outcome("0.9.0").second, Catch::Matchers::Contains("leads from v1.0.0 ..< v2.0.0"));
  CHECK_THAT(outcome("oops").second, Catch::Matchers::Contains("error: the installed version"));
}

TEST_CASE("a template that names nothing known is an error") {
  Plan plan = Templated();
  plan.steps[0].arguments[0].value.text = "${hostname}";
  CHECK_FALSE(Resolve(plan, {"1.5.0"}).ok());
  plan.steps[0].arguments[0].value.text = "${from";
  CHECK_FALSE(Resolve(plan, {"1.5.0"}).ok());
}

// 1 -> 2 -> 3: each hop looks, writes /opt/box-N and /etc/release, looks again and cleans up.
// `from` is where the hop leads from.
StepGraph Edge(const std::string& from, const std::string& upper, const std::string& to) {
  test::PlanBuilder builder;
  builder.plan().upgrade.from = {{from, upper}};
  builder.plan().upgrade.to = to;
  builder.plan().upgrade.window_ms = 60'000;
  builder.plan().upgrade.downtime_ms = 10'000;
  builder.plan().upgrade.ticket = "T-" + to;
  Condition up;
  up.signal = {
      "up()", "files.exists",   {{"path", {ValueKind::kPath, true, 0, 0, "/run/${to}", {}}}},
      {},     ValueKind::kBool, false};
  up.bound = {ValueKind::kBool, false, 1, 0, "", {}};
  up.title = "up() == true";
  builder.plan().upgrade.up_when = {up};
  builder.plan().upgrade.approvals = {"product", "to-" + to};
  builder.Effect(builder.Add(Phase::kPreflight, "space"), EffectKind::kReads, "/var");
  const StepId look = builder.Add(Phase::kPreflight, "release");
  builder.After(look, {});
  builder.Effect(look, EffectKind::kReads, "/etc/release");
  const StepId install = builder.Write(Phase::kPrepare, "install", "/opt/box-" + to);
  builder.After(install, {StepId(0), look});
  builder.step(install).arguments = {
      {"from", {ValueKind::kString, true, 0, 0, "${from}-${to}", {}}}};
  const StepId change = builder.Write(Phase::kSwitch, "change", "/etc/release");
  builder.step(change).lock_scope_id = builder.Lock("/etc/" + to, 1'000, 60'000);
  builder.Add(Phase::kVerify, "look");
  builder.Write(Phase::kCleanup, "clean", "/opt/old");
  for (Step& step : builder.plan().steps) {
    step.path = "v" + to + "/" + step.path;
  }
  return builder.plan();
}

Plan ThreeHops() {
  Plan plan;
  plan.product.name = "box";
  plan.product.releases = {"1.0.0", "1.5.0", "2.0.0", "3.0.0", "4.0.0"};
  plan.facts = {{"installed", "files.first_line", {}, {}}};
  static_cast<StepGraph&>(plan) = Edge("1.0", "2.0", "2.0.0");
  plan.other_edges = {Edge("2.0", "3.0", "3.0.0"), Edge("3.0", "4.0", "4.0.0")};
  return plan;
}

std::vector<std::string> Paths(const Plan& plan) {
  std::vector<std::string> paths;
  for (const Step& step : plan.steps) {
    paths.push_back(step.path);
  }
  return paths;
}

TEST_CASE("hops run one after another up to verify, with one commit and the cleanups after it") {
  const Plan spec = ThreeHops();
  REQUIRE(Verify(spec).ok());
  const auto resolved = Resolve(spec, {"1.5.0"});
  REQUIRE(resolved.ok());
  const Plan& plan = resolved->plan;
  // What reads /etc/release in a later hop looks when the hops before have written it.
  CHECK(Paths(plan) == std::vector<std::string>{
                           "v2.0.0/preflight/space", "v2.0.0/preflight/release",
                           "v3.0.0/preflight/space", "v4.0.0/preflight/space",
                           "v2.0.0/prepare/install", "v2.0.0/switch/change", "v2.0.0/verify/look",
                           "v3.0.0/preflight/release", "v3.0.0/prepare/install",
                           "v3.0.0/switch/change", "v3.0.0/verify/look", "v4.0.0/preflight/release",
                           "v4.0.0/prepare/install", "v4.0.0/switch/change", "v4.0.0/verify/look",
                           "v2.0.0/cleanup/clean", "v3.0.0/cleanup/clean", "v4.0.0/cleanup/clean"});
  CHECK(plan.steps[4].after == std::vector<StepId>{StepId(0), StepId(1), StepId(2), StepId(3)});
  CHECK(plan.steps[7].phase == Phase::kPrepare);
  CHECK(plan.steps[7].after == std::vector<StepId>{StepId(6)});
  // Each hop has its own versions.
  CHECK(plan.steps[4].arguments[0].value.text == "1.5.0-2.0.0");
  CHECK(plan.steps[8].arguments[0].value.text == "2.0.0-3.0.0");
  CHECK(TargetOf(plan, plan.steps[8]) == "3.0.0");
  CHECK(plan.step(StepId(13)).lock_scope_id == LockScopeId(2));
  CHECK(plan.resource(plan.steps[12].effects[0].resource_id).Name() == "file(/opt/box-4.0.0)");
  // The head is that of the whole way.
  CHECK(plan.upgrade.from == std::vector<VersionRange>{{"1.5.0", ""}});
  CHECK(plan.upgrade.to == "4.0.0");
  CHECK(plan.upgrade.window_ms == 180'000);
  CHECK(plan.upgrade.downtime_ms == 30'000);
  // What a downtime ends with is the hop's own.
  CHECK(plan.upgrade.up_when.empty());
  CHECK(UpWhenOf(plan, 1).front().signal.arguments[0].value.text == "/run/3.0.0");
  CHECK(plan.upgrade.ticket == "T-2.0.0, T-3.0.0, T-4.0.0");
  CHECK(plan.upgrade.approvals ==
        std::vector<std::string>{"product", "to-2.0.0", "to-3.0.0", "to-4.0.0"});
  // Switch of one hop comes after that of the other: 1 s each, and 1 s for each lock.
  CHECK(CriticalPath(plan, Phase::kSwitch, Phase::kSwitch).forward_ms == 6'000);
  CHECK(CriticalPath(plan, Phase::kSwitch, Phase::kSwitch).back_ms == 6'000);
  CHECK(CriticalPath(plan, Phase::kPreflight, Phase::kPreflight).forward_ms == 1'000);
}

TEST_CASE("a window that one hop does not say is not said") {
  Plan plan = ThreeHops();
  plan.other_edges[0].upgrade.window_ms = 0;
  CHECK(Resolve(plan, {"1.5.0"})->plan.upgrade.window_ms == 0);
  CHECK(Resolve(plan, {"3.0.0"})->plan.upgrade.window_ms == 60'000);
}

TEST_CASE("of several hops the longest time counts for which one is retained") {
  Plan plan = ThreeHops();
  plan.upgrade.retain_ms = 3'000;
  plan.other_edges[0].upgrade.retain_ms = 9'000;
  plan.other_edges[1].upgrade.retain_ms = 0;
  for (Step& step : plan.steps) {
    if (step.phase == Phase::kCleanup) {
      step.waits_for_retain = true;
      step.delay_ms = 3'000;
    }
  }
  const auto resolved = Resolve(plan, {"1.5.0"});
  REQUIRE(resolved.ok());
  CHECK(resolved->plan.upgrade.retain_ms == 9'000);
  int64_t late_count = 0;
  for (const Step& step : resolved->plan.steps) {
    CHECK(step.delay_ms == (step.waits_for_retain ? 9'000 : 0));
    late_count += step.waits_for_retain;
  }
  CHECK(late_count == 1);
  // What an older compiler made has no end.
  plan.other_edges[1].upgrade.retain_ms = kRetainWithoutEnd;
  for (Step& step : plan.steps) {
    step.waits_for_retain = false;
  }
  CHECK(Resolve(plan, {"1.5.0"})->plan.upgrade.retain_ms == kRetainWithoutEnd);
}

TEST_CASE("a run ends at a stop, and the way to it is the same when it is asked for alone") {
  Plan plan = ThreeHops();
  plan.product.stops = {{"3.0.0", "the data is rewritten for a day", {}}};
  const auto to_stop = Resolve(plan, {"1.0.0"});
  REQUIRE(to_stop.ok());
  CHECK(to_stop->plan.upgrade.to == "3.0.0");
  CHECK(to_stop->plan.hops.size() == 2);
  CHECK(to_stop->path.target == "4.0.0");
  CHECK(Resolve(plan, {"1.0.0", {}, "3.0.0"})->plan == to_stop->plan);
  CHECK(Resolve(plan, {"3.0.0"})->plan.upgrade.to == "4.0.0");
}

TEST_CASE("several ends before several beginnings meet in a join") {
  Plan plan = ThreeHops();
  // The first hop's prepare begins with two steps.
  Step second = plan.steps[2];
  second.path = "v2.0.0/prepare/other";
  plan.steps.insert(plan.steps.begin() + 3, second);
  for (size_t i = 4; i < plan.steps.size(); ++i) {
    plan.steps[i].after = {StepId(static_cast<uint32_t>(i - 1))};
  }
  plan.steps[4].after = {StepId(2), StepId(3)};
  REQUIRE(Verify(plan).ok());
  const auto resolved = Resolve(plan, {"1.0.0"});
  REQUIRE(resolved.ok());
  CHECK(resolved->plan.steps[4].path == "v2.0.0/prepare/in");
  CHECK(resolved->plan.steps[4].kind == StepKind::kJoin);
  CHECK(resolved->plan.steps[5].after == std::vector<StepId>{StepId(4)});
  CHECK(resolved->plan.steps[6].after == std::vector<StepId>{StepId(4)});
}

TEST_CASE("late preflights and the prepare after them may both begin with a join") {
  // Two looks at once at each end: verify of the first hop, then what waits in the second, then its
  // prepare.
  Plan plan;
  plan.product.name = "box";
  plan.product.releases = {"1.0.0", "2.0.0", "3.0.0"};
  plan.facts = {{"installed", "files.first_line", {}, {}}};
  test::PlanBuilder first;
  first.plan().upgrade = {{{"1.0.0", ""}}, "2.0.0"};
  const StepId change = first.Write(Phase::kSwitch, "change", "/etc/release");
  for (const char* name : {"a", "b"}) {
    first.After(first.Add(Phase::kVerify, name), {change});
  }
  test::PlanBuilder second;
  second.plan().upgrade = {{{"2.0.0", ""}}, "3.0.0"};
  for (const char* name : {"c", "d"}) {
    const StepId look = second.Add(Phase::kPreflight, name);
    second.After(look, {});
    second.Effect(look, EffectKind::kReads, "/etc/release");
  }
  for (const char* name : {"e", "f"}) {
    second.After(second.Write(Phase::kPrepare, name, std::string("/opt/") + name),
                 {StepId(0), StepId(1)});
  }
  for (Step& step : second.plan().steps) {
    step.path = "v3/" + step.path;
  }
  static_cast<StepGraph&>(plan) = first.plan();
  plan.other_edges = {second.plan()};
  REQUIRE(Verify(plan).ok());
  const auto resolved = Resolve(plan, {"1.0.0"});
  REQUIRE(resolved.ok());
  CHECK(Paths(resolved->plan) == std::vector<std::string>{"switch/change", "verify/a", "verify/b",
                                                          "v3.0.0/preflight/in", "v3/preflight/c",
                                                          "v3/preflight/d", "v3.0.0/prepare/in",
                                                          "v3/prepare/e", "v3/prepare/f"});
}

TEST_CASE("a plan of one edge keeps its steps, and knows its hop") {
  const auto resolved = Resolve(Templated(), {"1.5.0"});
  CHECK(resolved->plan.hops == std::vector<Hop>{{"1.5.0", "2.0.0", 0, 0}});
  CHECK(resolved->plan.steps[0].path == "prepare/write");
  CHECK(resolved->plan.upgrade.from == Templated().upgrade.from);
}

}  // namespace
}  // namespace upgraph::plan
