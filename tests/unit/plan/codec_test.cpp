#include "plan/codec.h"

#include <rapidcheck/catch.h>

#include "plan/text.h"
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

TEST_CASE("bytes with a right digest that form no plan are refused") {
  std::string bytes = Encode(SmallPlan());
  for (size_t i = 8; i + 32 < bytes.size(); ++i) {
    std::string body = bytes.substr(0, bytes.size() - 32);
    body[i] = static_cast<char>(body[i] ^ 0xff);
    Digest digest = Sha256(body);
    body.append(reinterpret_cast<const char*>(digest.bytes.data()), 32);
    // Whatever it reads as, it must not crash; the sanitizers watch.
    (void)Decode(body).ok();
  }
}

}  // namespace
}  // namespace upgraph::plan
