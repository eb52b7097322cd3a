#include <flatbuffers/flatbuffers.h>
#include <fmt/format.h>

#include "base/limits.h"
#include "plan/codec.h"
#include "plan/plan_generated.h"
#include "plan/verify.h"

namespace upgraph::plan {
namespace {

constexpr size_t kDigestBytes = 32;
// Plan, Edge, then Gate, Condition and Signal or an Arm and its Predicates, then a Field and a
// Value for each level, the outermost counted as well.
constexpr uint32_t kWireDepthMax = 3 + kPredicateDepthMax + 2 * (kValueDepthMax + 1);
static_assert(kPredicateDepthMax >= 2);
// What is written takes at least this many bytes for each table: its place in the table that holds
// it, and its own head. More tables than that are the same ones read again and again.
constexpr size_t kTableBytesMin = 8;
using WireStrings = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

// Fields that were left out read as their defaults; an enumeration that this program does not know
// makes the plan unreadable.
class Decoder {
 public:
  explicit Decoder(size_t bytes_max) : bytes_left_(bytes_max) {}

  Result<Plan> Run(const wire::Plan& in) {
    uint64_t step_count = in.steps() != nullptr ? in.steps()->size() : 0;
    for (uint32_t i = 0; in.other_edges() != nullptr && i < in.other_edges()->size(); ++i) {
      const wire::Edge* edge = in.other_edges()->Get(i);
      step_count += edge->steps() != nullptr ? edge->steps()->size() : 0;
    }
    if (step_count > kPlanStepsMax) {
      return Error{ErrorKind::kInvalid, fmt::format("a plan of {} steps; at most {} are read",
                                                    step_count, kPlanStepsMax)};
    }
    Plan plan;
    plan.format_version = in.format_version();
    plan.tool_version = Text(in.tool_version());
    plan.stdlib_digest = Text(in.stdlib_digest());
    if (in.product() != nullptr) plan.product = ReadProduct(*in.product());
    ReadAll(in.facts(), &plan.facts, [this](const wire::Fact& fact) { return ReadFact(fact); });
    ReadAll(in.configs(), &plan.configs, [this](const wire::Config& c) { return ReadConfig(c); });
    plan.people = Strings(in.people());
    ReadAll(in.inputs(), &plan.inputs, [this](const wire::SiteInput& input) {
      return SiteInput{Text(input.name()), ReadValue(input.value()), input.is_default(),
                       ReadPosition(input.position()), Text(input.meaning())};
    });
    plan.purpose = Text(in.purpose());
    ReadAll(in.meanings(), &plan.meanings, [this](const wire::Meaning& meaning) {
      return Meaning{Text(meaning.step_name()), Text(meaning.text())};
    });
    ReadGraph(in, &plan);
    ReadAll(in.other_edges(), &plan.other_edges, [this](const wire::Edge& edge) {
      StepGraph graph;
      ReadGraph(edge, &graph);
      return graph;
    });
    ReadAll(in.hops(), &plan.hops, [this](const wire::Hop& hop) {
      Hop out{Text(hop.from()), Text(hop.to()), hop.window_ms(), hop.downtime_ms(), {}};
      ReadConditions(hop.up_when(), &out.up_when);
      return out;
    });
    if (is_shared_) {
      return Error{ErrorKind::kDamaged,
                   "the plan's bytes do not form a plan: parts stand in it twice"};
    }
    if (!unknown_.empty()) {
      return Error{ErrorKind::kUnsupported, "the plan holds an unknown " + unknown_};
    }
    return plan;
  }

 private:
  // What is written stands once for each use, so that all that is read cannot be longer than the
  // bytes of the plan. False from the first part on that makes it so.
  bool Take(uint64_t bytes) {
    is_shared_ = is_shared_ || bytes > bytes_left_;
    bytes_left_ -= is_shared_ ? 0 : bytes;
    return !is_shared_;
  }

  std::string Text(const flatbuffers::String* text) {
    return text != nullptr && Take(sizeof(uint32_t) + text->size()) ? text->str() : std::string();
  }

  std::vector<std::string> Strings(const WireStrings* texts) {
    std::vector<std::string> result;
    if (texts != nullptr) {
      for (const flatbuffers::String* text : *texts) {
        if (is_shared_) break;
        result.push_back(Text(text));
      }
    }
    return result;
  }

  template <typename Wire, typename T, typename Read>
  static void ReadAll(const flatbuffers::Vector<flatbuffers::Offset<Wire>>* in, std::vector<T>* out,
                      Read read) {
    if (in == nullptr) {
      return;
    }
    out->reserve(in->size());
    for (const Wire* item : *in) {
      out->push_back(read(*item));
    }
  }

  template <typename Enum>
  Enum Kind(uint8_t number, Enum last, const char* what) {
    if (number > static_cast<uint8_t>(last)) {
      unknown_ = fmt::format("{} ({})", what, number);
      return last;
    }
    return static_cast<Enum>(number);
  }

  template <typename IdType>
  static IdType ReadId(uint32_t number) {
    return number == UINT32_MAX ? IdType() : IdType(number);
  }

  // A plan and an edge have the same parts.
  template <typename Wire>
  void ReadGraph(const Wire& in, StepGraph* graph) {
    if (in.upgrade() != nullptr) graph->upgrade = ReadUpgrade(*in.upgrade());
    ReadAll(in.resources(), &graph->resources,
            [this](const wire::Resource& r) { return ReadResource(r); });
    ReadAll(in.lock_scopes(), &graph->lock_scopes,
            [this](const wire::LockScope& s) { return ReadScope(s); });
    ReadAll(in.steps(), &graph->steps, [this](const wire::Step& step) { return ReadStep(step); });
    graph->payload = Strings(in.payload());
    ReadAll(in.announcements(), &graph->announcements, [this](const wire::Announcement& item) {
      return Announcement{Text(item.to()), ReadValue(item.channel()),
                          Kind(item.event(), AnnouncedEvent::kInterrupted, "event"),
                          Text(item.text()), ReadPosition(item.position())};
    });
    ReadAll(in.gates(), &graph->gates, [this](const wire::Gate& gate) { return ReadGate(gate); });
    ReadAll(in.arms(), &graph->arms, [this](const wire::Arm& arm) { return ReadArm(arm); });
  }

  Value ReadValue(const wire::Value* in) {
    Value value;
    if (in == nullptr) {
      return value;
    }
    value.kind = Kind(in->kind(), ValueKind::kTemporary, "kind of value");
    value.is_template = in->is_template();
    value.number = in->number();
    value.real = in->real();
    value.text = Text(in->text());
    ReadFields(in->fields(), &value.fields);
    return value;
  }

  void ReadFields(const flatbuffers::Vector<flatbuffers::Offset<wire::Field>>* in,
                  std::vector<Field>* out) {
    ReadAll(in, out, [this](const wire::Field& field) {
      return Field{Text(field.name()), ReadValue(field.value())};
    });
  }

  std::vector<Value> ReadValues(const flatbuffers::Vector<flatbuffers::Offset<wire::Value>>* in) {
    std::vector<Value> values;
    ReadAll(in, &values, [this](const wire::Value& value) { return ReadValue(&value); });
    return values;
  }

  SourcePosition ReadPosition(const wire::Position* in) {
    if (in == nullptr) {
      return {};
    }
    return {Text(in->path()), in->line(), in->column(), in->length()};
  }

  Resource ReadResource(const wire::Resource& in) {
    return {Text(in.kind()),
            Strings(in.arguments()),
            in.is_template(),
            in.is_unknown(),
            Kind(in.overlap(), Overlap::kPath, "overlap rule"),
            Text(in.within()),
            in.within_count()};
  }

  Step ReadStep(const wire::Step& in) {
    Step step;
    step.path = Text(in.path());
    step.label = Text(in.label());
    step.name = Text(in.name());
    step.title = Text(in.title());
    step.kind = Kind(in.kind(), StepKind::kWatch, "kind of step");
    step.native = Text(in.native());
    step.apply_command = ReadValues(in.apply_command());
    step.undo_command = ReadValues(in.undo_command());
    step.observe_command = ReadValues(in.observe_command());
    step.phase = Kind(in.phase(), Phase::kCleanup, "phase");
    step.allowed_phases = in.allowed_phases();
    ReadFields(in.arguments(), &step.arguments);
    if (in.effects() != nullptr && Take(in.effects()->size() * sizeof(wire::Effect))) {
      for (const wire::Effect* effect : *in.effects()) {
        step.effects.push_back({Kind(effect->kind(), EffectKind::kStops, "kind of effect"),
                                ReadId<ResourceId>(effect->resource())});
      }
    }
    step.undo = Kind(in.undo(), UndoClass::kNever, "undo class");
    step.undo_reason = Text(in.undo_reason());
    step.repeat = Kind(in.repeat(), Repeat::kOnce, "repeat rule");
    step.is_shared = in.is_shared();
    step.waits = in.waits();
    step.takes_ms = in.takes_ms();
    step.undo_takes_ms = in.undo_takes_ms();
    step.timeout_ms = in.timeout_ms();
    step.attempts_max = in.attempts_max();
    step.retry_wait_ms = in.retry_wait_ms();
    step.ends = ReadId<StepId>(in.ends());
    step.issues = Text(in.issues());
    step.kept = Text(in.kept());
    step.lock_scope_id = ReadId<LockScopeId>(in.lock_scope());
    if (in.after() != nullptr && Take(in.after()->size() * sizeof(uint32_t))) {
      for (uint32_t id : *in.after()) {
        step.after.push_back(ReadId<StepId>(id));
      }
    }
    step.position = ReadPosition(in.position());
    step.hop = in.hop();
    step.gate_id = ReadId<GateId>(in.gate());
    step.delay_ms = in.delay_ms();
    step.waits_for_retain = in.waits_for_retain();
    step.arm_id = ReadId<ArmId>(in.arm());
    step.watch_id = ReadId<StepId>(in.watch());
    return step;
  }

  Arm ReadArm(const wire::Arm& in) {
    Arm arm;
    arm.title = Text(in.title());
    if (in.condition() != nullptr) arm.condition = ReadPredicate(*in.condition());
    arm.before_id = ReadId<ArmId>(in.before());
    arm.parent_id = ReadId<ArmId>(in.parent());
    arm.state = Kind(in.state(), ArmState::kLeftOut, "state of an arm");
    arm.position = ReadPosition(in.position());
    arm.element = ReadValue(in.element());
    arm.path = Text(in.path());
    return arm;
  }

  // The reader of the bytes bounds how deep they nest.
  Predicate ReadPredicate(const wire::Predicate& in) {
    Predicate predicate;
    predicate.kind = Kind(in.kind(), PredicateKind::kNot, "kind of condition");
    predicate.comparison = Kind(in.comparison(), Comparison::kGreaterEqual, "comparison");
    predicate.values = ReadValues(in.values());
    ReadAll(in.operands(), &predicate.operands,
            [this](const wire::Predicate& operand) { return ReadPredicate(operand); });
    return predicate;
  }

  Gate ReadGate(const wire::Gate& in) {
    Gate gate;
    gate.name = Text(in.name());
    gate.settle_ms = in.settle_ms();
    gate.for_ms = in.for_ms();
    gate.every_ms = in.every_ms();
    gate.baseline_ms = in.baseline_ms();
    gate.missing = Kind(in.missing(), Missing::kPasses, "rule of missing samples");
    gate.tolerated = in.tolerated();
    ReadConditions(in.conditions(), &gate.conditions);
    gate.position = ReadPosition(in.position());
    return gate;
  }

  void ReadConditions(const flatbuffers::Vector<flatbuffers::Offset<wire::Condition>>* in,
                      std::vector<Condition>* out) {
    ReadAll(in, out, [this](const wire::Condition& condition) { return ReadCondition(condition); });
  }

  Condition ReadCondition(const wire::Condition& in) {
    Condition condition;
    if (in.signal() != nullptr) {
      Signal& signal = condition.signal;
      signal.title = Text(in.signal()->title());
      signal.native = Text(in.signal()->native());
      ReadFields(in.signal()->arguments(), &signal.arguments);
      signal.command = ReadValues(in.signal()->command());
      signal.type = Kind(in.signal()->type(), ValueKind::kSecret, "type of signal");
      signal.has_history = in.signal()->has_history();
    }
    condition.comparison = Kind(in.comparison(), Comparison::kGreaterEqual, "comparison");
    condition.baseline_factor = in.baseline_factor();
    condition.bound = ReadValue(in.bound());
    condition.title = Text(in.title());
    condition.position = ReadPosition(in.position());
    return condition;
  }

  LockScope ReadScope(const wire::LockScope& in) {
    LockScope scope;
    ReadAll(in.locks(), &scope.locks, [this](const wire::Lock& wire_lock) {
      Lock lock{Text(wire_lock.name()), Text(wire_lock.native()), {}};
      ReadFields(wire_lock.arguments(), &lock.arguments);
      return lock;
    });
    scope.within_ms = in.within_ms();
    scope.hold_ms = in.hold_ms();
    scope.parent_id = ReadId<LockScopeId>(in.parent());
    scope.position = ReadPosition(in.position());
    return scope;
  }

  Config ReadConfig(const wire::Config& in) {
    Config config{Text(in.name()), ReadValue(in.handle()), {}, ReadPosition(in.position())};
    ReadAll(in.keys(), &config.keys, [this](const wire::ConfigKey& key) { return ReadKey(key); });
    return config;
  }

  ConfigKey ReadKey(const wire::ConfigKey& in) {
    return {Text(in.name()),    Kind(in.type(), ValueKind::kTemporary, "type of key"),
            Text(in.unit()),    ReadValue(in.default_value()),
            Text(in.since()),   Text(in.deprecated_in()),
            Text(in.removed()), Text(in.becomes()),
            Text(in.reason()),  ReadPosition(in.position())};
  }

  Fact ReadFact(const wire::Fact& in) {
    Fact fact{
        Text(in.name()), Text(in.native()), {}, ReadPosition(in.position()), in.elements_max()};
    ReadFields(in.arguments(), &fact.arguments);
    return fact;
  }

  Product ReadProduct(const wire::Product& in) {
    Product product;
    product.name = Text(in.name());
    product.scheme = Text(in.scheme());
    product.releases = Strings(in.releases());
    ReadAll(in.withdrawn(), &product.withdrawn, [this](const wire::Withdrawn& item) {
      return Withdrawn{Text(item.version()), Text(item.reason()), ReadPosition(item.position())};
    });
    product.ignored_suffixes = Strings(in.ignored_suffixes());
    ReadAll(in.stops(), &product.stops, [this](const wire::Stop& item) {
      return Stop{Text(item.version()), Text(item.reason()), ReadPosition(item.position())};
    });
    product.position = ReadPosition(in.position());
    return product;
  }

  Upgrade ReadUpgrade(const wire::Upgrade& in) {
    Upgrade upgrade;
    ReadAll(in.from(), &upgrade.from, [this](const wire::Range& range) {
      return VersionRange{Text(range.lower()), Text(range.upper())};
    });
    upgrade.to = Text(in.to());
    upgrade.is_downgrade = in.is_downgrade();
    upgrade.ticket = Text(in.ticket());
    upgrade.window_ms = in.window_ms();
    upgrade.downtime_ms = in.downtime_ms();
    upgrade.approvals = Strings(in.approvals());
    upgrade.accepts_loss = Strings(in.accepts_loss());
    ReadAll(in.allows(), &upgrade.allows, [this](const wire::Allowance& allowance) {
      return Allowance{Text(allowance.check()), Text(allowance.reason()),
                       ReadPosition(allowance.position())};
    });
    upgrade.position = ReadPosition(in.position());
    upgrade.window_position = ReadPosition(in.window_position());
    upgrade.downtime_position = ReadPosition(in.downtime_position());
    upgrade.approvals_position = ReadPosition(in.approvals_position());
    upgrade.retain_ms = in.retain_ms();
    upgrade.retain_position = ReadPosition(in.retain_position());
    ReadConditions(in.up_when(), &upgrade.up_when);
    upgrade.purpose = Text(in.purpose());
    return upgrade;
  }

  uint64_t bytes_left_;
  bool is_shared_ = false;
  std::string unknown_;  // the last enumeration that was out of range
};

// The format's number, looked up before the rest is held against this format's structure: another
// format may differ in all but the place of this number. 0 when it cannot be read.
uint32_t ReadFormatVersion(const uint8_t* data, flatbuffers::Verifier* verifier) {
  const flatbuffers::uoffset_t offset = verifier->VerifyOffset(size_t{0});
  if (offset == 0 || !verifier->VerifyTableStart(data + offset)) {
    return 0;
  }
  const auto* root = reinterpret_cast<const flatbuffers::Table*>(data + offset);
  if (!root->VerifyField<uint32_t>(*verifier, wire::Plan::VT_FORMAT_VERSION, sizeof(uint32_t))) {
    return 0;
  }
  return root->GetField<uint32_t>(wire::Plan::VT_FORMAT_VERSION, 0);
}

// Of bytes whose digest is right.
Result<Plan> DecodeBody(const uint8_t* data, size_t size) {
  const auto tables_max = static_cast<uint32_t>(size / kTableBytesMin + 1);
  flatbuffers::Verifier head(data, size, kWireDepthMax, tables_max);
  const uint32_t format_version = ReadFormatVersion(data, &head);
  if (format_version != 0 && format_version != kPlanFormatVersion) {
    return Error{
        ErrorKind::kUnsupported,
        fmt::format("a plan of format {}; this program reads format {}: pack it again with "
                    "a matching version",
                    format_version, kPlanFormatVersion)};
  }
  flatbuffers::Verifier verifier(data, size, kWireDepthMax, tables_max);
  if (format_version == 0 || !wire::VerifyPlanBuffer(verifier)) {
    return Error{ErrorKind::kDamaged, "the plan's bytes do not form a plan"};
  }
  return Decoder(size).Run(*wire::GetPlan(data));
}

}  // namespace

Result<Plan> Decode(std::string_view bytes) {
  if (bytes.size() > kPlanBytesMax) {
    return Error{ErrorKind::kInvalid, fmt::format("a plan of {} bytes; at most {} are read",
                                                  bytes.size(), kPlanBytesMax)};
  }
  if (bytes.size() < kDigestBytes + 8) {
    return Error{
        ErrorKind::kDamaged,
        fmt::format("the plan is cut off: {} bytes are fewer than any plan has", bytes.size())};
  }
  std::string_view body = bytes.substr(0, bytes.size() - kDigestBytes);
  if (!wire::PlanBufferHasIdentifier(body.data())) {
    return Error{ErrorKind::kDamaged, "these bytes are not a plan: the mark `UPGP` is missing"};
  }
  Digest digest = Sha256(body);
  if (bytes.substr(body.size()) !=
      std::string_view(reinterpret_cast<const char*>(digest.bytes.data()), kDigestBytes)) {
    return Error{ErrorKind::kDamaged,
                 "the plan is cut off or changed: its digest does not match its bytes"};
  }
  // FlatBuffers reads in place and wants its alignment, which bytes have that begin a block of
  // memory: they are as many as the plan has, and are not copied without need.
  const auto* data = reinterpret_cast<const uint8_t*>(body.data());
  if (reinterpret_cast<uintptr_t>(data) % alignof(uint64_t) == 0) {
    return DecodeBody(data, body.size());
  }
  std::vector<uint64_t> aligned((body.size() + 7) / 8);
  std::copy(body.begin(), body.end(), reinterpret_cast<char*>(aligned.data()));
  return DecodeBody(reinterpret_cast<const uint8_t*>(aligned.data()), body.size());
}

}  // namespace upgraph::plan
