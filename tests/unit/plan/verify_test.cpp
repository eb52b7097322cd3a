#include "plan/verify.h"

#include <cmath>
#include <functional>
#include <map>

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

test::PlanBuilder Good() {
  test::PlanBuilder builder;
  builder.Add(Phase::kPreflight, "look");
  StepId write = builder.Write(Phase::kPrepare, "write", "/etc/a");
  builder.step(write).lock_scope_id = builder.Lock("/a", 1, 1);
  builder.Write(Phase::kSwitch, "more", "/etc/b");
  return builder;
}

// Applies one change to a good plan and returns what Verify says of it.
std::string Violation(const std::function<void(Plan&)>& change) {
  test::PlanBuilder builder = Good();
  change(builder.plan());
  Status status = Verify(builder.plan());
  return status.ok() ? "" : status.error().message;
}

TEST_CASE("a good plan verifies") {
  CHECK(Violation([](Plan&) {}) == "");
}

TEST_CASE("each rule of a plan has a violation") {
  auto contains = [](const std::string& text) { return Catch::Matchers::Contains(text); };
  CHECK_THAT(Violation([](Plan& p) { p.product.name = ""; }), contains("product"));
  CHECK_THAT(Violation([](Plan& p) { p.product.name = "a/b"; }), contains("`/`"));
  CHECK_THAT(Violation([](Plan& p) { p.facts.clear(); }), contains("installed"));
  CHECK_THAT(Violation([](Plan& p) { p.payload = {"etc/passwd"}; }), contains("outside"));
  CHECK_THAT(Violation([](Plan& p) { p.upgrade.window_ms = -1; }), contains("window"));
  CHECK_THAT(Violation([](Plan& p) { p.upgrade.retain_ms = -2; }), contains("retained"));
  CHECK_THAT(Violation([](Plan& p) { p.upgrade.retain_ms = kTimeMsMax + 1; }),
             contains("retained"));
  for (const int64_t good_ms : {kRetainWithoutEnd, int64_t{0}, kTimeMsMax}) {
    CHECK(Violation([&](Plan& p) { p.upgrade.retain_ms = good_ms; }) == "");
  }
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].waits_for_retain = true; }),
             contains("waits for the end"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].path = p.steps[0].path; }), contains("two steps"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].after = {StepId(1)}; }), contains("after itself"));
  CHECK_THAT(Violation([](Plan& p) {
               p.steps[2].after = {StepId(1), StepId(0)};
             }),
             contains("not in order"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].phase = Phase::kPreflight; }),
             contains("comes after"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].effects[0].resource_id = ResourceId(99); }),
             contains("not there"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].lock_scope_id = LockScopeId(9); }),
             contains("lock scope"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].undo = UndoClass::kObserves; }),
             contains("how it reverses"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[0].undo = UndoClass::kExactly; }),
             contains("changes things in preflight"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].native = ""; }), contains("without a name"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].kind = StepKind::kCommand; }),
             contains("without a command"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].timeout_ms = 0; }), contains("timeout"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].takes_ms = kTimeMsMax + 1; }),
             contains("estimate"));
  CHECK(Violation([](Plan& p) { p.steps[1].takes_ms = kTimeMsMax; }) == "");
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].title = std::string(kPlanTextBytesMax + 1, 'a'); }),
             contains("title"));
  CHECK(Violation([](Plan& p) { p.steps[1].title = std::string(kPlanTextBytesMax, 'a'); }) == "");
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].title = std::string("a\0b", 3); }),
             contains("zero"));
  CHECK_THAT(Violation([](Plan& p) { p.purpose = std::string("a\0b", 3); }), contains("purpose"));
  CHECK_THAT(
      Violation([](Plan& p) { p.upgrade.purpose = std::string(kPlanTextBytesMax + 1, 'a'); }),
      contains("purpose of an upgrade"));
  CHECK_THAT(Violation([](Plan& p) {
               p.meanings = {{"b", ""}, {"a", ""}};
             }),
             contains("not in order"));
  CHECK_THAT(Violation([](Plan& p) {
               p.meanings = {{"a", ""}, {"a", ""}};
             }),
             contains("not in order"));
  CHECK_THAT(Violation([](Plan& p) { p.meanings = {{"", "x"}}; }), contains("name of a step"));
  CHECK_THAT(Violation([](Plan& p) { p.lock_scopes[0].locks.clear(); }), contains("takes no lock"));
  CHECK_THAT(Violation([](Plan& p) { p.lock_scopes[0].parent_id = LockScopeId(0); }),
             contains("before the one around"));
}

Value Simple(ValueKind kind, const std::string& text) { return {kind, false, 0, 0, text, {}}; }

// What Verify says when a step has this argument.
std::string OfArgument(const Value& value) {
  return Violation([&](Plan& p) { p.steps[1].arguments = {{"a", value}}; });
}

TEST_CASE("numbers that no enumeration has are refused") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].phase = static_cast<Phase>(9); }),
             contains("unknown phase"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].kind = static_cast<StepKind>(9); }),
             contains("unknown kind of step"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].undo = static_cast<UndoClass>(9); }),
             contains("unknown undo class"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].repeat = static_cast<Repeat>(9); }),
             contains("unknown rule of repeating"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].effects[0].kind = static_cast<EffectKind>(9); }),
             contains("unknown kind of effect"));
  CHECK_THAT(Violation([](Plan& p) { p.resources[0].overlap = static_cast<Overlap>(9); }),
             contains("unknown rule of overlap"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].ends = StepId(0); }),
             contains("ends what is not temporary"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[0].kept = "why"; }),
             contains("keeps what is not temporary"));
  CHECK_THAT(Violation([](Plan& p) {
               p.steps[0].arguments.push_back(
                   {"token", {ValueKind::kTemporary, false, 0, 0, p.steps[1].path, {}}});
             }),
             contains("a temporary that no earlier step makes"));
  CHECK_THAT(Violation([](Plan& p) {
               p.resources[0].within = "whole";
               p.resources[0].within_count = 2;
             }),
             contains("no part of what it says"));
  CHECK_THAT(OfArgument({static_cast<ValueKind>(99), false, 0, 0, "", {}}),
             contains("value of an unknown kind"));
}

TEST_CASE("versions and origins are versions") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  CHECK_THAT(Violation([](Plan& p) { p.upgrade.to = "new"; }), contains("the target"));
  CHECK_THAT(Violation([](Plan& p) { p.upgrade.from.clear(); }), contains("without an origin"));
  CHECK_THAT(Violation([](Plan& p) {
               p.upgrade.from = {{"2.0.0", "1.0.0"}};
             }),
             contains("holds no version"));
  CHECK_THAT(Violation([](Plan& p) {
               p.upgrade.from = {{"2.0.0", "2.0.0"}};
             }),
             contains("holds no version"));
  CHECK(Violation([](Plan& p) { p.upgrade.from = {{"1.9.9", ""}}; }) == "");
  CHECK_THAT(Violation([](Plan& p) {
               p.product.releases = {"1.0.0", "x"};
             }),
             contains("a release"));
  CHECK_THAT(Violation([](Plan& p) { p.product.withdrawn = {{"x", ""}}; }), contains("withdrawn"));
  CHECK_THAT(Violation([](Plan& p) { p.product.scheme = "calver"; }), contains("scheme"));
  CHECK_THAT(Violation([](Plan& p) { p.format_version = 2; }), contains("format 2"));
}

TEST_CASE("facts and configurations have names of their own") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  CHECK_THAT(Violation([](Plan& p) { p.facts.push_back(p.facts[0]); }), contains("two facts"));
  CHECK_THAT(Violation([](Plan& p) {
               p.facts[0].arguments = {{"path", {ValueKind::kPath, true, 0, 0, "/${to}", {}}}};
             }),
             contains("waits for another fact"));
  const auto with_key = [](const std::function<void(Config&)>& change) {
    return Violation([&](Plan& p) {
      Config config;
      config.name = "settings";
      config.keys.resize(2);
      config.keys[0].name = "a";
      config.keys[1].name = "b";
      change(config);
      p.configs = {config};
    });
  };
  CHECK(with_key([](Config& c) { c.keys[0].becomes = "b"; }) == "");
  CHECK_THAT(with_key([](Config& c) { c.keys[1].name = "a"; }), contains("stands twice"));
  CHECK_THAT(with_key([](Config& c) { c.keys[0].becomes = "c"; }), contains("is not there"));
  CHECK_THAT(with_key([](Config& c) {
               c.keys[0].becomes = "b";
               c.keys[0].type = ValueKind::kInt;
             }),
             contains("becomes one of another type"));
  CHECK_THAT(with_key([](Config& c) { c.keys[0].default_value = Simple(ValueKind::kPath, "/a"); }),
             contains("a default of another type"));
  CHECK_THAT(with_key([](Config& c) { c.keys[0].since = "soon"; }), contains("a key's release"));
  CHECK_THAT(with_key([](Config& c) { c.keys[0].type = static_cast<ValueKind>(77); }),
             contains("unknown type"));
}

TEST_CASE("values hold what their kind says") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  CHECK(OfArgument(Simple(ValueKind::kPath, "/opt/..dten/a..")) == "");
  CHECK(OfArgument({ValueKind::kPath, true, 0, 0, "${home}/x", {}}) == "");
  CHECK_THAT(OfArgument(Simple(ValueKind::kPath, "opt")), contains("no absolute path"));
  CHECK_THAT(OfArgument(Simple(ValueKind::kPath, "/opt/../etc")), contains("no absolute path"));
  CHECK_THAT(OfArgument(Simple(ValueKind::kPath, "/" + std::string(4095, 'a'))),
             contains("no absolute path"));
  CHECK_THAT(OfArgument({ValueKind::kBool, false, 2, 0, "", {}}), contains("Bool of 2"));
  CHECK_THAT(OfArgument({ValueKind::kFloat, false, 0, NAN, "", {}}), contains("not finite"));
  CHECK_THAT(OfArgument(Simple(ValueKind::kConfig, "settings")), contains("is not there"));
  CHECK_THAT(OfArgument(Simple(ValueKind::kKey, "a")), contains("without the name"));
  const Value a = Simple(ValueKind::kString, "");
  CHECK(OfArgument({ValueKind::kMap, false, 0, 0, "", {{"a", a}, {"b", a}}}) == "");
  CHECK_THAT(OfArgument({ValueKind::kMap, false, 0, 0, "", {{"b", a}, {"a", a}}}),
             contains("not in order"));
  CHECK_THAT(OfArgument(Simple(ValueKind::kPayload, "payload/a")), contains("not among"));
  CHECK(Violation([](Plan& p) {
          p.payload = {"payload/a"};
          p.steps[1].arguments = {{"a", Simple(ValueKind::kPayload, "payload/a")}};
        }) == "");
  CHECK_THAT(Violation([](Plan& p) { p.payload = {"payload/../etc"}; }), contains("outside"));
  CHECK_THAT(Violation([](Plan& p) {
               p.payload = {"payload/b", "payload/a"};
             }),
             contains("not in order"));
}

TEST_CASE("resources stand in the order of their names, each once") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  CHECK_THAT(Violation([](Plan& p) { std::swap(p.resources[0], p.resources[1]); }),
             contains("not in order"));
  CHECK_THAT(Violation([](Plan& p) { p.resources[1] = p.resources[0]; }), contains("not in order"));
  CHECK(Violation([](Plan& p) {
          p.resources[1] = p.resources[0];
          p.resources[1].is_template = true;
        }) == "");
  CHECK_THAT(Violation([](Plan& p) { p.resources[0].kind = ""; }), contains("kind"));
}

TEST_CASE("steps do what their kind and phase allow") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].undo = UndoClass::kNever; }),
             contains("without a way back in switch"));
  CHECK(Violation([](Plan& p) {
          p.steps[2].undo = UndoClass::kNever;
          p.steps[2].phase = Phase::kCleanup;
        }) == "");
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].kind = StepKind::kJoin; }),
             contains("a join that does something"));
  const std::vector<Value> command = {Simple(ValueKind::kString, "tool")};
  CHECK_THAT(Violation([&](Plan& p) { p.steps[2].apply_command = command; }),
             contains("native step with a command"));
  CHECK_THAT(Violation([&](Plan& p) {
               p.steps[2].kind = StepKind::kCommand;
               p.steps[2].apply_command = {Simple(ValueKind::kString, "")};
             }),
             contains("without a program"));
  CHECK(Violation([&](Plan& p) {
          p.steps[2].kind = StepKind::kCommand;
          p.steps[2].native = "";
          p.steps[2].apply_command = command;
          p.steps[2].undo = UndoClass::kByCompensation;
        }) == "");
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].path = "a\nb"; }), contains("several lines"));
}

TEST_CASE("what is started is written, and a command captures nothing") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  const auto start = [](Plan& p) {
    p.steps[2].effects.push_back({EffectKind::kStarts, p.steps[2].effects[0].resource_id});
  };
  CHECK(Violation(start).empty());
  CHECK_THAT(Violation([&](Plan& p) {
               start(p);
               p.steps[2].effects.erase(p.steps[2].effects.begin());
             }),
             contains("starts or stops what it does not write"));
  CHECK_THAT(Violation([](Plan& p) {
               p.steps[2].kind = StepKind::kCommand;
               p.steps[2].native.clear();
               p.steps[2].apply_command = {{ValueKind::kString, false, 0, 0, "do", {}}};
             }),
             contains("reverses exactly"));
}

TEST_CASE("phases are barriers, and the edges say so") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].after = {}; }), contains("phases before"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].after = {StepId(0)}; }), contains("phases before"));
  CHECK(Violation([](Plan& p) { p.steps[2].after = {StepId(0), StepId(1)}; }) == "");

  // Two looks, then two writes after both, then one after the first write alone.
  const auto wide = [](std::vector<StepId> second_write, Phase last_phase) {
    test::PlanBuilder builder;
    StepId a = builder.Add(Phase::kPreflight, "a");
    StepId b = builder.Add(Phase::kPreflight, "b");
    StepId c = builder.Write(Phase::kPrepare, "c", "/c");
    StepId d = builder.Write(Phase::kPrepare, "d", "/d");
    StepId e = builder.Write(last_phase, "e", "/e");
    builder.After(b, {}).After(c, {a, b}).After(d, std::move(second_write)).After(e, {c});
    const Status status = Verify(builder.plan());
    return status.ok() ? std::string() : status.error().message;
  };
  CHECK(wide({StepId(0), StepId(1)}, Phase::kPrepare) == "");
  CHECK_THAT(wide({StepId(0)}, Phase::kPrepare), contains("prepare/d"));
  CHECK_THAT(wide({StepId(0), StepId(1)}, Phase::kSwitch), contains("switch/e"));
}

TEST_CASE("a lock does not outlast its phase, and locks nest to the limit") {
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].lock_scope_id = LockScopeId(0); }),
             Catch::Matchers::Contains("over the end of a phase"));
  const auto nested = [](uint32_t depth) {
    return Violation([&](Plan& p) {
      const LockScope scope = p.lock_scopes[0];
      p.lock_scopes.clear();
      for (uint32_t i = 0; i < depth; ++i) {
        p.lock_scopes.push_back(scope);
        p.lock_scopes[i].locks[0].name = std::string(i + 1, 'a');
        p.lock_scopes[i].parent_id = i == 0 ? LockScopeId() : LockScopeId(i - 1);
      }
    });
  };
  CHECK(nested(kLockDepthMax) == "");
  CHECK_THAT(nested(kLockDepthMax + 1), Catch::Matchers::Contains("nest deeper"));
}

TEST_CASE(
    "no step outside a lock stands between its steps, nor do two locks between each other's") {
  // Steps 0 … 3, each after those given; the lock of each step, by letter, '-' for none.
  const auto verify = [](const std::vector<std::vector<StepId>>& after, const std::string& scopes) {
    test::PlanBuilder builder;
    std::map<char, LockScopeId> ids;
    for (uint32_t i = 0; i < after.size(); ++i) {
      StepId id = builder.Write(Phase::kSwitch, std::to_string(i), "/" + std::to_string(i));
      builder.After(id, after[i]);
      if (scopes[i] != '-') {
        auto [scope, is_new] = ids.emplace(scopes[i], LockScopeId());
        scope->second = is_new ? builder.Lock("/l", 1, 1) : scope->second;
        builder.step(id).lock_scope_id = scope->second;
      }
    }
    const Status status = Verify(builder.plan());
    return status.ok() ? std::string() : status.error().message;
  };
  const auto refused = Catch::Matchers::Contains("`files.lock(/l)` waits for a step outside it");
  const StepId s0(0), s1(1), s2(2);
  CHECK_THAT(verify({{}, {s0}, {s1}}, "a-a"), refused);
  CHECK(verify({{}, {s0}, {s0}}, "a-a") == "");
  CHECK(verify({{}, {}, {s0, s1}}, "a-a") == "");
  CHECK_THAT(verify({{}, {}, {s0}, {s1}}, "abba"), refused);
  CHECK(verify({{}, {}, {s0}, {s1}}, "abab") == "");
  CHECK(verify({{}, {}, {s0}, {s0, s2}}, "aabb") == "");
}

TEST_CASE("a nested lock sorts after the one around it") {
  auto nest = [](const std::string& outer, const std::string& inner) {
    return Violation([&](Plan& p) {
      LockScope scope = p.lock_scopes[0];
      p.lock_scopes[0].locks[0].name = outer;
      scope.locks[0].name = inner;
      scope.parent_id = LockScopeId(0);
      p.lock_scopes.push_back(scope);
    });
  };
  CHECK(nest("a", "b") == "");
  CHECK_THAT(nest("b", "a"), Catch::Matchers::Contains("must sort after"));
  CHECK_THAT(nest("a", "a"), Catch::Matchers::Contains("must sort after"));
}

TEST_CASE("values nest to the limit and no deeper") {
  auto nested = [](int depth) {
    Value value;
    for (int i = 0; i < depth; ++i) {
      value = Value{ValueKind::kList, false, 0, 0, "", {{"", value}}};
    }
    return value;
  };
  auto with = [&](int depth) {
    return Violation([&](Plan& p) { p.steps[1].arguments = {{"a", nested(depth)}}; });
  };
  CHECK(with(kValueDepthMax) == "");
  CHECK_THAT(with(kValueDepthMax + 1), Catch::Matchers::Contains("nests deeper"));
}

// A good plan with a gate, and what Verify says after the change.
std::string GateViolation(const std::function<void(Plan&)>& change) {
  return Violation([&](Plan& plan) {
    Step step = plan.steps[0];
    step.path = "verify/edge";
    step.phase = Phase::kVerify;
    step.kind = StepKind::kGate;
    step.native = "";
    step.gate_id = GateId(0);
    step.after = {StepId(2)};
    plan.steps.push_back(step);
    Condition condition;
    condition.signal = {"a()", "http.number", {}, {}, ValueKind::kFloat, false};
    condition.bound.kind = ValueKind::kFloat;
    plan.gates = {{"edge", 0, 1000, 100, 0, Missing::kFails, 0, {condition}, {}}};
    change(plan);
  });
}

// The same of a watch with a step that waits for it; both stand at the end.
std::string WatchViolation(const std::function<void(Plan&, Step&, Step&)>& change) {
  return GateViolation([&](Plan& plan) {
    Step& watch = plan.steps.emplace_back();
    watch.path = "cleanup/watch/1";
    watch.name = watch.title = "watch";
    watch.kind = StepKind::kWatch;
    watch.phase = Phase::kCleanup;
    watch.gate_id = GateId(1);
    watch.delay_ms = 100;
    watch.timeout_ms = 1000;
    const auto watch_id = StepId(static_cast<uint32_t>(plan.steps.size() - 1));
    for (uint32_t i = 0; i + 1 < plan.steps.size(); ++i) {
      watch.after.push_back(StepId(i));
    }
    plan.gates.push_back(plan.gates[0]);
    Step answer = plan.steps.back();
    answer.path = "cleanup/watch/1/else/1";
    answer.kind = StepKind::kNative;
    answer.native = "files.link";
    answer.gate_id = GateId();
    answer.watch_id = watch_id;
    answer.after = {watch_id};
    answer.undo = UndoClass::kExactly;
    plan.steps.push_back(answer);
    change(plan, plan.steps[watch_id.index()], plan.steps.back());
  });
}

TEST_CASE("each rule of a watch has a violation") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  CHECK(WatchViolation([](Plan&, Step&, Step&) {}) == "");
  CHECK_THAT(WatchViolation([](Plan&, Step& watch, Step&) { watch.kind = StepKind::kNative; }),
             contains("without a gate"));
  CHECK_THAT(WatchViolation([](Plan&, Step& watch, Step&) { watch.delay_ms = 0; }),
             contains("before the commit"));
  CHECK_THAT(WatchViolation([](Plan&, Step& watch, Step&) { watch.native = "x"; }),
             contains("more than look"));
  CHECK_THAT(WatchViolation([](Plan&, Step&, Step& answer) { answer.watch_id = StepId(0); }),
             contains("waits for no watch"));
  CHECK_THAT(WatchViolation([](Plan&, Step&, Step& answer) { answer.watch_id = StepId(900); }),
             contains("waits for no watch"));
  CHECK_THAT(WatchViolation([](Plan&, Step&, Step& answer) { answer.delay_ms = 0; }),
             contains("waits for no watch"));
  CHECK_THAT(WatchViolation([](Plan&, Step&, Step& answer) {
               answer.undo = UndoClass::kNever;
               answer.undo_reason = "it is gone";
             }),
             contains("no way back"));
}

TEST_CASE("each rule of a gate has a violation") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  CHECK(GateViolation([](Plan&) {}) == "");
  CHECK_THAT(GateViolation([](Plan& p) { p.steps[3].kind = StepKind::kNative; }),
             contains("without"));
  const auto of_downtime = [](const std::function<void(std::vector<Condition>*)>& change) {
    return GateViolation([&](Plan& p) {
      p.upgrade.up_when = {p.gates[0].conditions[0]};
      change(&p.upgrade.up_when);
    });
  };
  CHECK(of_downtime([](std::vector<Condition>*) {}) == "");
  CHECK_THAT(of_downtime([](std::vector<Condition>* up) { up->push_back(up->front()); }),
             contains("several"));
  CHECK_THAT(of_downtime([](std::vector<Condition>* up) { up->front().baseline_factor = 1; }),
             contains("baseline"));
  CHECK_THAT(of_downtime([](std::vector<Condition>* up) { up->front().signal.native = ""; }),
             contains("one of them"));
  CHECK_THAT(GateViolation([](Plan& p) { p.steps[3].gate_id = GateId(1); }), contains("not there"));
  CHECK_THAT(GateViolation([](Plan& p) { p.gates.push_back(p.gates[0]); }), contains("no step"));
  CHECK_THAT(GateViolation([](Plan& p) { p.steps[3].native = "x"; }), contains("more than look"));
  CHECK_THAT(GateViolation([](Plan& p) { p.gates[0].every_ms = 0; }), contains("interval"));
  CHECK_THAT(GateViolation([](Plan& p) { p.gates[0].for_ms = 99; }), contains("interval"));
  CHECK_THAT(GateViolation([](Plan& p) { p.gates[0].settle_ms = -1; }), contains("settle"));
  CHECK_THAT(GateViolation([](Plan& p) { p.gates[0].missing = static_cast<Missing>(4); }),
             contains("missing"));
  const auto of_condition = [](const std::function<void(Condition&)>& change) {
    return GateViolation([&](Plan& p) { change(p.gates[0].conditions[0]); });
  };
  CHECK_THAT(of_condition([](Condition& c) { c.bound.kind = ValueKind::kInt; }),
             contains("cannot be"));
  CHECK_THAT(of_condition([](Condition& c) { c.signal.native = ""; }), contains("one of them"));
  CHECK_THAT(of_condition([](Condition& c) { c.signal.type = c.bound.kind = ValueKind::kSize; }),
             contains("such a type"));
  CHECK_THAT(of_condition([](Condition& c) { c.comparison = static_cast<Comparison>(6); }),
             contains("comparison"));
  CHECK_THAT(of_condition([](Condition& c) { c.baseline_factor = INFINITY; }), contains("factor"));
  CHECK_THAT(of_condition([](Condition& c) {
               c.signal.type = c.bound.kind = ValueKind::kString;
               c.comparison = Comparison::kLess;
             }),
             contains("size"));
}

TEST_CASE("a point of no return divides all steps, and only below it there is none back") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  test::PlanBuilder builder;
  builder.Write(Phase::kSwitch, "before", "/a");
  StepId commit = builder.Add(Phase::kSwitch, "commit");
  builder.step(commit).kind = StepKind::kCommit;
  builder.step(commit).native = "";
  StepId after = builder.Write(Phase::kSwitch, "after", "/b");
  builder.step(after).undo = UndoClass::kNever;
  const auto says = [&](const std::function<void(Plan&)>& change) {
    Plan plan = builder.plan();
    change(plan);
    Status status = Verify(plan);
    return status.ok() ? std::string() : status.error().message;
  };
  CHECK(says([](Plan&) {}) == "");
  CHECK_THAT(says([](Plan& p) { p.steps[0].undo = UndoClass::kNever; }),
             contains("without a way back in switch"));
  CHECK_THAT(says([](Plan& p) { p.steps[2].after = {StepId(0)}; }), contains("goes by"));
  CHECK_THAT(says([](Plan& p) { p.steps[2].after = {}; }), contains("goes by"));
  CHECK_THAT(says([](Plan& p) { p.steps[1].after = {}; }), contains("beside other steps"));
  CHECK_THAT(says([](Plan& p) { p.steps[1].native = "x"; }), contains("does something"));
  CHECK_THAT(says([](Plan& p) { p.steps[2].delay_ms = 1; }), contains("only a cleanup"));
}

TEST_CASE("an announcement has an event, a channel, and a text of the package") {
  const auto contains = [](const char* text) { return Catch::Matchers::Contains(text); };
  const auto says = [](const std::function<void(Announcement&)>& change) {
    return Violation([&](Plan& p) {
      p.payload = {"payload/a"};
      p.announcements = {{"page",
                          Simple(ValueKind::kHandle, "channels.file"),
                          AnnouncedEvent::kDone,
                          "payload/a",
                          {}}};
      change(p.announcements[0]);
    });
  };
  CHECK(says([](Announcement&) {}) == "");
  CHECK_THAT(says([](Announcement& a) { a.text = "payload/b"; }), contains("not in the package"));
  CHECK_THAT(says([](Announcement& a) { a.event = static_cast<AnnouncedEvent>(7); }),
             contains("unknown event"));
  CHECK_THAT(says([](Announcement& a) { a.channel.kind = ValueKind::kString; }),
             contains("no channel"));
  CHECK_THAT(says([](Announcement& a) { a.to = ""; }), contains("name"));
}

}  // namespace
}  // namespace upgraph::plan
