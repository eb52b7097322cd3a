#include "plan/codec.h"

#include <rapidcheck/catch.h>

#include <cstring>

#include "plan/checks/check.h"
#include "plan/text.h"
#include "plan/verify.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

Plan SmallPlan() {
  test::PlanBuilder builder;
  StepId look = builder.Add(Phase::kPreflight, "look");
  StepId write = builder.Write(Phase::kPrepare, "write", "/etc/a");
  builder.step(write).after = {look};
  builder.step(write).lock_scope_id = builder.Lock("/etc", 1000, 60'000);
  builder.step(write).arguments = {{"path", {ValueKind::kPath, true, 7, 0.5, "/opt/${from}", {}}}};
  Config config;
  config.name = "settings";
  config.keys.resize(1);
  config.keys[0].name = "a.b";
  config.keys[0].removed = "2.0.0";
  builder.plan().configs.push_back(config);
  builder.plan().payload = {"payload/a"};
  return builder.plan();
}

TEST_CASE("a plan reads back as it was written, and always gives the same bytes") {
  Plan plan = SmallPlan();
  std::string bytes = Encode(plan);
  auto read = Decode(bytes);
  REQUIRE(read.ok());
  CHECK(*read == plan);
  CHECK(Encode(*read) == bytes);
  CHECK(CompactJson(ToJson(*read)) == CompactJson(ToJson(plan)));
}

TEST_CASE("gates read back as they were written") {
  test::PlanBuilder builder;
  StepId gate = builder.Add(Phase::kVerify, "edge");
  builder.step(gate).kind = StepKind::kGate;
  builder.step(gate).native = "";
  builder.step(gate).gate_id = GateId(0);
  Condition condition;
  condition.signal = {
      "a()", "http.number",       {{"url", {ValueKind::kUrl, true, 0, 0, "http://${from}/", {}}}},
      {},    ValueKind::kPercent, true};
  condition.comparison = Comparison::kLessEqual;
  condition.baseline_factor = 1.5;
  condition.bound = {ValueKind::kPercent, false, 0, 2, "", {}};
  condition.title = "a() <= 1.5 * baseline + 2%";
  builder.plan().gates = {
      {"edge", 1, 600'000, 15'000, 3'600'000, Missing::kWaits, 2, {condition}, {"a", 1, 2, 3}}};
  condition.baseline_factor = 0;
  builder.plan().upgrade.up_when = {condition};
  auto read = Decode(Encode(builder.plan()));
  REQUIRE(read.ok());
  CHECK(*read == builder.plan());
  CHECK(Verify(*read).ok());
  const std::string json = CompactJson(ToJson(*read));
  for (const char* word : {"\"waits\"", "\"<=\"", "http.number", "\"baseline_factor\":1.5"}) {
    CHECK_THAT(json, Catch::Matchers::Contains(word));
  }
}

TEST_CASE("what a spec says for people reads back as it was written") {
  Plan plan = SmallPlan();
  plan.purpose = "Of all.";
  plan.upgrade.purpose = "Of one\nedge.";
  plan.inputs = {{"domain", {ValueKind::kString, false, 0, 0, "x", {}}, true, {}, "Where."}};
  plan.meanings = {{"a.b", "Looks."}, {"c.d", "Writes."}};
  const auto read = Decode(Encode(plan));
  REQUIRE(read.ok());
  CHECK(*read == plan);
  CHECK(Verify(*read).ok());
  const std::string json = CompactJson(ToJson(*read));
  for (const char* word : {"Of all.", "Of one\\nedge.", "Where.", "\"step_name\":\"c.d\""}) {
    CHECK_THAT(json, Catch::Matchers::Contains(word));
  }
}

TEST_CASE("random plans read back as they were written") {
  rc::prop("decode(encode(plan)) == plan", [] {
    test::PlanBuilder builder;
    auto count = *rc::gen::inRange(0, 20);
    for (int i = 0; i < count; ++i) {
      StepId id =
          builder.Write(static_cast<Phase>(*rc::gen::inRange(0, 5)),
                        *rc::gen::arbitrary<std::string>(), *rc::gen::arbitrary<std::string>());
      Step& step = builder.step(id);
      step.takes_ms = *rc::gen::arbitrary<int64_t>();
      step.undo = static_cast<UndoClass>(*rc::gen::inRange(0, 5));
      step.arguments = {{*rc::gen::arbitrary<std::string>(),
                         {static_cast<ValueKind>(*rc::gen::inRange(0, 19)),
                          false,
                          *rc::gen::arbitrary<int64_t>(),
                          1.5,
                          *rc::gen::arbitrary<std::string>(),
                          {}}}};
    }
    auto read = Decode(Encode(builder.plan()));
    RC_ASSERT(read.ok());
    RC_ASSERT(*read == builder.plan());
  });
}

TEST_CASE("no changed byte and no truncation of a plan is read") {
  std::string bytes = Encode(SmallPlan());
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    auto read = Decode(changed);
    INFO("byte " << i);
    REQUIRE_FALSE(read.ok());
    REQUIRE(read.error().kind == ErrorKind::kDamaged);
    REQUIRE_FALSE(Decode(std::string_view(bytes).substr(0, i)).ok());
  }
  CHECK_FALSE(Decode(bytes + "x").ok());
}

TEST_CASE("a plan of another format is named as such") {
  Plan plan = SmallPlan();
  plan.format_version = 2;
  auto read = Decode(Encode(plan));
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().kind == ErrorKind::kUnsupported);
  CHECK(read.error().message.find("format 2") != std::string::npos);
}

// The bytes with a digest that fits them.
std::string Sealed(std::string body) {
  const Digest digest = Sha256(body);
  body.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
  return body;
}

TEST_CASE("the deepest value that verifies is read wherever a value may stand") {
  Value deep;
  for (int i = 0; i < kValueDepthMax; ++i) {
    deep = Value{ValueKind::kList, false, 0, 0, "", {{"", deep}}};
  }
  Plan plan = SmallPlan();
  plan.payload.clear();
  plan.steps[1].arguments = {{"deep", deep}};
  plan.steps[1].lock_scope_id = LockScopeId();
  plan.lock_scopes[0].locks[0].arguments = {{"deep", deep}};
  plan.configs[0].keys[0].type = deep.kind;
  plan.configs[0].keys[0].default_value = deep;
  plan.configs[0].handle = deep;
  plan.facts[0].arguments = {{"deep", deep}};
  REQUIRE(Verify(plan).ok());
  const auto read = Decode(Encode(plan));
  REQUIRE(read.ok());
  CHECK(*read == plan);
}

TEST_CASE("a plan of another format is named as such whatever else it holds") {
  Plan plan = SmallPlan();
  plan.format_version = 7;
  std::string bytes = Encode(plan);
  // Another format may write other things everywhere but in the head and the table of the plan,
  // which stands before the parts that it holds.
  std::string body = bytes.substr(0, bytes.size() - 32);
  for (size_t i = 120; i < body.size(); ++i) {
    body[i] = static_cast<char>(0xff);
  }
  const auto read = Decode(Sealed(body));
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().kind == ErrorKind::kUnsupported);
  CHECK(read.error().message.find("format 7") != std::string::npos);
}

TEST_CASE("a text that is read a hundred times over is refused") {
  constexpr uint32_t kCount = 100;
  test::PlanBuilder builder;
  for (uint32_t i = 0; i < kCount; ++i) {
    builder.plan().payload.push_back("payload/" + std::string(i == 0 ? 5'000 : 1, 'a'));
  }
  const std::string bytes = Encode(builder.plan());
  REQUIRE(Decode(bytes).ok());
  // The vector of the payload: its length, then for each text how far away that begins.
  std::string body = bytes.substr(0, bytes.size() - 32);
  const auto number = [&](size_t at) {
    uint32_t value = 0;
    std::memcpy(&value, body.data() + at, sizeof value);
    return value;
  };
  const size_t text = body.find("payload/aaaa") - sizeof(uint32_t);
  size_t vector = 0;
  while (number(vector) != kCount || vector + 4 + number(vector + 4) != text) {
    vector += 4;
    REQUIRE(vector + 8 < body.size());
  }
  for (uint32_t i = 0; i < kCount; ++i) {
    const size_t at = vector + 4 + 4 * static_cast<size_t>(i);
    const auto distance = static_cast<uint32_t>(text - at);
    std::memcpy(body.data() + at, &distance, sizeof distance);
  }
  const auto read = Decode(Sealed(body));
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().kind == ErrorKind::kDamaged);
  CHECK_THAT(read.error().message, Catch::Matchers::Contains("twice"));
}

// Hosts keep plans on disk. When this fails, the format has changed: docs/formats/plan.md says what
// may change without a new number of the format.
TEST_CASE("the bytes of a plan are frozen") {
  CHECK(PlanDigest(Encode(SmallPlan())).Hex() ==
        "291737e8e5599795bb373d53d67e2d55e992141205b272f20414ed9de0df3690");
}

TEST_CASE("bytes with a right digest that form no plan are refused") {
  std::string bytes = Encode(SmallPlan());
  for (size_t i = 8; i + 32 < bytes.size(); ++i) {
    std::string body = bytes.substr(0, bytes.size() - 32);
    body[i] = static_cast<char>(body[i] ^ 0xff);
    // Whatever it reads as, nothing may crash; the sanitizers watch.
    const auto read = Decode(Sealed(body));
    if (read.ok() && Verify(*read).ok()) {
      (void)RunChecks(*read);
      (void)CompactJson(ToJson(*read));
      (void)Dump(*read);
    }
  }
}

TEST_CASE("how long it is retained reads back, and nothing said is without an end") {
  test::PlanBuilder builder;
  CHECK(Decode(Encode(builder.plan()))->upgrade.retain_ms == kRetainWithoutEnd);
  const StepId late = builder.Write(Phase::kCleanup, "drop", "/srv/old");
  builder.step(late).waits_for_retain = true;
  builder.step(late).delay_ms = 7'000;
  builder.plan().upgrade.retain_ms = 7'000;
  builder.plan().upgrade.retain_position = {"a", 1, 2, 3};
  auto read = Decode(Encode(builder.plan()));
  REQUIRE(read.ok());
  CHECK(*read == builder.plan());
  CHECK(Verify(*read).ok());
  const std::string json = CompactJson(ToJson(*read));
  CHECK_THAT(json, Catch::Matchers::Contains("\"retain_ms\":7000"));
  CHECK_THAT(json, Catch::Matchers::Contains("\"waits_for_retain\":true"));
}

}  // namespace
}  // namespace upgraph::plan
