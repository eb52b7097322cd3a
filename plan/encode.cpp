#include <flatbuffers/flatbuffers.h>

#include "plan/codec.h"
#include "plan/plan_generated.h"
#include "plan/turns.h"

namespace upgraph::plan {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using Arms = Offset<flatbuffers::Vector<Offset<wire::Arm>>>;
using Conditions = Offset<flatbuffers::Vector<Offset<wire::Condition>>>;
using Gates = Offset<flatbuffers::Vector<Offset<wire::Gate>>>;
using Inputs = Offset<flatbuffers::Vector<Offset<wire::SiteInput>>>;
using Strings = Offset<flatbuffers::Vector<Offset<flatbuffers::String>>>;

template <typename T>
uint32_t WireId(T id) {
  return id.has_value() ? id.index() : UINT32_MAX;
}

// Nested parts are written before what holds them, always in the order of the fields.
class Encoder {
 public:
  std::string Run(const Plan& plan) {
    auto product = WriteProduct(plan.product);
    auto upgrade = WriteUpgrade(plan.upgrade);
    auto facts = WriteAll(plan.facts, [this](const Fact& fact) { return WriteFact(fact); });
    auto configs = WriteAll(plan.configs, [this](const Config& c) { return WriteConfig(c); });
    auto resources =
        WriteAll(plan.resources, [this](const Resource& r) { return WriteResource(r); });
    auto scopes = WriteAll(plan.lock_scopes, [this](const LockScope& s) { return WriteScope(s); });
    auto steps = WriteAll(plan.steps, [this](const Step& step) { return WriteStep(step); });
    auto payload = WriteStrings(plan.payload);
    auto tool_version = Text(plan.tool_version);
    auto stdlib_digest = Text(plan.stdlib_digest);
    // What joined the format after its bytes were frozen is left out where there is nothing to say.
    Offset<flatbuffers::Vector<Offset<wire::Edge>>> edges;
    if (!plan.other_edges.empty()) {
      edges = WriteAll(plan.other_edges, [this](const StepGraph& edge) { return WriteEdge(edge); });
    }
    Offset<flatbuffers::Vector<Offset<wire::Hop>>> hops;
    if (!plan.hops.empty()) {
      hops = WriteAll(plan.hops, [this](const Hop& hop) {
        auto from = Text(hop.from);
        auto to = Text(hop.to);
        const Conditions up_when = WriteUpWhen(hop.up_when);
        return wire::CreateHop(builder_, from, to, hop.window_ms, hop.downtime_ms, up_when);
      });
    }
    const Gates gates = WriteGates(plan);
    const auto announcements = WriteAnnouncements(plan);
    const Strings people = plan.people.empty() ? Strings() : WriteStrings(plan.people);
    const Arms arms = WriteArms(plan);
    const Inputs inputs = WriteInputs(plan);
    const auto purpose = TextIfAny(plan.purpose);
    const auto meanings = WriteMeanings(plan);
    builder_.Finish(
        wire::CreatePlan(builder_, plan.format_version, tool_version, stdlib_digest, product,
                         upgrade, facts, configs, resources, scopes, steps, payload, edges, hops,
                         gates, people, announcements, arms, inputs, purpose, meanings),
        wire::PlanIdentifier());
    std::string bytes(reinterpret_cast<const char*>(builder_.GetBufferPointer()),
                      builder_.GetSize());
    Digest digest = Sha256(bytes);
    bytes.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
    return bytes;
  }

 private:
  Offset<flatbuffers::String> Text(const std::string& text) { return builder_.CreateString(text); }

  // Of what joined the format after its bytes were frozen.
  Offset<flatbuffers::String> TextIfAny(const std::string& text) {
    return text.empty() ? Offset<flatbuffers::String>() : Text(text);
  }

  Strings WriteStrings(const std::vector<std::string>& texts) {
    return builder_.CreateVectorOfStrings(texts);
  }

  template <typename T, typename Write>
  auto WriteAll(const std::vector<T>& items, Write write)
      -> Offset<flatbuffers::Vector<decltype(write(items[0]))>> {
    std::vector<decltype(write(items[0]))> offsets;
    offsets.reserve(items.size());
    for (const T& item : items) {
      offsets.push_back(write(item));
    }
    return builder_.CreateVector(offsets);
  }

  Offset<wire::Edge> WriteEdge(const StepGraph& edge) {
    auto upgrade = WriteUpgrade(edge.upgrade);
    auto resources =
        WriteAll(edge.resources, [this](const Resource& r) { return WriteResource(r); });
    auto scopes = WriteAll(edge.lock_scopes, [this](const LockScope& s) { return WriteScope(s); });
    auto steps = WriteAll(edge.steps, [this](const Step& step) { return WriteStep(step); });
    auto payload = WriteStrings(edge.payload);
    const Gates gates = WriteGates(edge);
    return wire::CreateEdge(builder_, upgrade, resources, scopes, steps, payload, gates,
                            WriteAnnouncements(edge), WriteArms(edge));
  }

  // Joined the format after its bytes were frozen: left out where there is nothing to say.
  Inputs WriteInputs(const Plan& plan) {
    if (plan.inputs.empty()) {
      return {};
    }
    return WriteAll(plan.inputs, [this](const SiteInput& input) {
      auto name = Text(input.name);
      auto value = WriteValue(input.value);
      auto position = WritePosition(input.position);
      const auto meaning = TextIfAny(input.meaning);
      return wire::CreateSiteInput(builder_, name, value, input.is_default, position, meaning);
    });
  }

  // The same.
  Offset<flatbuffers::Vector<Offset<wire::Meaning>>> WriteMeanings(const Plan& plan) {
    if (plan.meanings.empty()) {
      return {};
    }
    return WriteAll(plan.meanings, [this](const Meaning& meaning) {
      auto step_name = Text(meaning.step_name);
      auto text = Text(meaning.text);
      return wire::CreateMeaning(builder_, step_name, text);
    });
  }

  Gates WriteGates(const StepGraph& graph) {
    return graph.gates.empty()
               ? Gates()
               : WriteAll(graph.gates, [this](const Gate& gate) { return WriteGate(gate); });
  }

  Offset<flatbuffers::Vector<Offset<wire::Announcement>>> WriteAnnouncements(
      const StepGraph& graph) {
    if (graph.announcements.empty()) {
      return {};
    }
    return WriteAll(graph.announcements, [this](const Announcement& announcement) {
      auto to = Text(announcement.to);
      auto channel = WriteValue(announcement.channel);
      auto text = Text(announcement.text);
      auto position = WritePosition(announcement.position);
      return wire::CreateAnnouncement(builder_, to, channel,
                                      static_cast<uint8_t>(announcement.event), text, position);
    });
  }

  Arms WriteArms(const StepGraph& graph) {
    return graph.arms.empty() ? Arms() : WriteAll(graph.arms, [this](const Arm& arm) {
      auto title = Text(arm.title);
      auto condition = WritePredicate(arm.condition);
      auto position = WritePosition(arm.position);
      const bool is_turn = IsTurn(arm);
      auto element = is_turn ? WriteValue(arm.element) : Offset<wire::Value>();
      auto path = is_turn ? Text(arm.path) : Offset<flatbuffers::String>();
      return wire::CreateArm(builder_, title, condition, WireId(arm.before_id),
                             WireId(arm.parent_id), static_cast<uint8_t>(arm.state), position,
                             element, path);
    });
  }

  Offset<wire::Predicate> WritePredicate(const Predicate& predicate) {
    auto values = WriteValues(predicate.values);
    auto operands = WriteAll(predicate.operands,
                             [this](const Predicate& operand) { return WritePredicate(operand); });
    return wire::CreatePredicate(builder_, static_cast<uint8_t>(predicate.kind),
                                 static_cast<uint8_t>(predicate.comparison), values, operands);
  }

  Offset<wire::Gate> WriteGate(const Gate& gate) {
    auto name = Text(gate.name);
    auto conditions = WriteConditions(gate.conditions);
    auto position = WritePosition(gate.position);
    return wire::CreateGate(builder_, name, gate.settle_ms, gate.for_ms, gate.every_ms,
                            gate.baseline_ms, static_cast<uint8_t>(gate.missing), gate.tolerated,
                            conditions, position);
  }

  Conditions WriteUpWhen(const std::vector<Condition>& up_when) {
    return up_when.empty() ? Conditions() : WriteConditions(up_when);
  }

  Conditions WriteConditions(const std::vector<Condition>& conditions) {
    return WriteAll(conditions, [this](const Condition& condition) {
      auto signal = WriteSignal(condition.signal);
      auto bound = WriteValue(condition.bound);
      auto title = Text(condition.title);
      auto position = WritePosition(condition.position);
      return wire::CreateCondition(builder_, signal, static_cast<uint8_t>(condition.comparison),
                                   condition.baseline_factor, bound, title, position);
    });
  }

  Offset<wire::Signal> WriteSignal(const Signal& signal) {
    auto title = Text(signal.title);
    auto native = Text(signal.native);
    auto arguments = WriteFields(signal.arguments);
    auto command = WriteValues(signal.command);
    return wire::CreateSignal(builder_, title, native, arguments, command,
                              static_cast<uint8_t>(signal.type), signal.has_history);
  }

  Offset<wire::Value> WriteValue(const Value& value) {
    auto text = Text(value.text);
    auto fields = WriteFields(value.fields);
    return wire::CreateValue(builder_, static_cast<uint8_t>(value.kind), value.is_template,
                             value.number, value.real, text, fields);
  }

  Offset<flatbuffers::Vector<Offset<wire::Field>>> WriteFields(const std::vector<Field>& fields) {
    return WriteAll(fields, [this](const Field& field) {
      auto name = Text(field.name);
      auto value = WriteValue(field.value);
      return wire::CreateField(builder_, name, value);
    });
  }

  Offset<flatbuffers::Vector<Offset<wire::Value>>> WriteValues(const std::vector<Value>& values) {
    return WriteAll(values, [this](const Value& value) { return WriteValue(value); });
  }

  Offset<wire::Position> WritePosition(const SourcePosition& position) {
    auto path = Text(position.path);
    return wire::CreatePosition(builder_, path, position.line, position.column, position.length);
  }

  Offset<wire::Resource> WriteResource(const Resource& resource) {
    auto kind = Text(resource.kind);
    auto arguments = WriteStrings(resource.arguments);
    // Joined the format after its bytes were frozen: left out where there is nothing to say.
    Offset<flatbuffers::String> within;
    if (!resource.within.empty()) {
      within = Text(resource.within);
    }
    return wire::CreateResource(builder_, kind, arguments, resource.is_template,
                                resource.is_unknown, static_cast<uint8_t>(resource.overlap), within,
                                resource.within_count);
  }

  Offset<wire::Step> WriteStep(const Step& step) {
    auto path = Text(step.path);
    auto label = Text(step.label);
    auto name = Text(step.name);
    auto title = Text(step.title);
    auto native = Text(step.native);
    auto apply = WriteValues(step.apply_command);
    auto undo = WriteValues(step.undo_command);
    auto observe = WriteValues(step.observe_command);
    auto arguments = WriteFields(step.arguments);
    std::vector<wire::Effect> wire_effects;
    for (const Effect& effect : step.effects) {
      wire_effects.emplace_back(static_cast<uint8_t>(effect.kind), WireId(effect.resource_id));
    }
    auto effects = builder_.CreateVectorOfStructs(wire_effects);
    auto undo_reason = Text(step.undo_reason);
    std::vector<uint32_t> wire_after;
    for (StepId id : step.after) {
      wire_after.push_back(WireId(id));
    }
    auto after = builder_.CreateVector(wire_after);
    auto position = WritePosition(step.position);
    // Joined the format after its bytes were frozen: left out where there is nothing to say.
    Offset<flatbuffers::String> issues;
    Offset<flatbuffers::String> kept;
    if (!step.issues.empty()) {
      issues = Text(step.issues);
      kept = Text(step.kept);
    }
    wire::StepBuilder out(builder_);
    out.add_path(path);
    out.add_label(label);
    out.add_name(name);
    out.add_title(title);
    out.add_kind(static_cast<uint8_t>(step.kind));
    out.add_native(native);
    out.add_apply_command(apply);
    out.add_undo_command(undo);
    out.add_observe_command(observe);
    out.add_phase(static_cast<uint8_t>(step.phase));
    out.add_allowed_phases(step.allowed_phases);
    out.add_arguments(arguments);
    out.add_effects(effects);
    out.add_undo(static_cast<uint8_t>(step.undo));
    out.add_undo_reason(undo_reason);
    out.add_repeat(static_cast<uint8_t>(step.repeat));
    out.add_is_shared(step.is_shared);
    out.add_takes_ms(step.takes_ms);
    out.add_undo_takes_ms(step.undo_takes_ms);
    out.add_timeout_ms(step.timeout_ms);
    out.add_attempts_max(step.attempts_max);
    out.add_retry_wait_ms(step.retry_wait_ms);
    out.add_ends(WireId(step.ends));
    out.add_lock_scope(WireId(step.lock_scope_id));
    out.add_after(after);
    out.add_position(position);
    out.add_hop(step.hop);
    out.add_gate(WireId(step.gate_id));
    out.add_delay_ms(step.delay_ms);
    out.add_arm(WireId(step.arm_id));
    out.add_watch(WireId(step.watch_id));
    out.add_waits(step.waits);
    out.add_waits_for_retain(step.waits_for_retain);
    if (!step.issues.empty()) {
      out.add_issues(issues);
      out.add_kept(kept);
    }
    return out.Finish();
  }

  Offset<wire::LockScope> WriteScope(const LockScope& scope) {
    auto locks = WriteAll(scope.locks, [this](const Lock& lock) {
      auto name = Text(lock.name);
      auto native = Text(lock.native);
      auto arguments = WriteFields(lock.arguments);
      return wire::CreateLock(builder_, name, native, arguments);
    });
    auto position = WritePosition(scope.position);
    return wire::CreateLockScope(builder_, locks, scope.within_ms, scope.hold_ms,
                                 WireId(scope.parent_id), position);
  }

  Offset<wire::Config> WriteConfig(const Config& config) {
    auto name = Text(config.name);
    auto handle = WriteValue(config.handle);
    auto keys = WriteAll(config.keys, [this](const ConfigKey& key) { return WriteKey(key); });
    auto position = WritePosition(config.position);
    return wire::CreateConfig(builder_, name, handle, keys, position);
  }

  Offset<wire::ConfigKey> WriteKey(const ConfigKey& key) {
    auto name = Text(key.name);
    auto unit = Text(key.unit);
    auto default_value = WriteValue(key.default_value);
    auto since = Text(key.since);
    auto deprecated = Text(key.deprecated);
    auto removed = Text(key.removed);
    auto becomes = Text(key.becomes);
    auto reason = Text(key.reason);
    auto position = WritePosition(key.position);
    return wire::CreateConfigKey(builder_, name, static_cast<uint8_t>(key.type), unit,
                                 default_value, since, deprecated, removed, becomes, reason,
                                 position);
  }

  Offset<wire::Fact> WriteFact(const Fact& fact) {
    auto name = Text(fact.name);
    auto native = Text(fact.native);
    auto arguments = WriteFields(fact.arguments);
    auto position = WritePosition(fact.position);
    return wire::CreateFact(builder_, name, native, arguments, position, fact.elements_max);
  }

  Offset<wire::Product> WriteProduct(const Product& product) {
    auto name = Text(product.name);
    auto scheme = Text(product.scheme);
    auto releases = WriteStrings(product.releases);
    auto withdrawn = WriteAll(product.withdrawn, [this](const Withdrawn& item) {
      auto version = Text(item.version);
      auto reason = Text(item.reason);
      auto place = WritePosition(item.position);
      return wire::CreateWithdrawn(builder_, version, reason, place);
    });
    auto position = WritePosition(product.position);
    Strings ignored;
    if (!product.ignored_suffixes.empty()) {
      ignored = WriteStrings(product.ignored_suffixes);
    }
    Offset<flatbuffers::Vector<Offset<wire::Stop>>> stops;
    if (!product.stops.empty()) {
      stops = WriteAll(product.stops, [this](const Stop& item) {
        auto version = Text(item.version);
        auto reason = Text(item.reason);
        auto place = WritePosition(item.position);
        return wire::CreateStop(builder_, version, reason, place);
      });
    }
    return wire::CreateProduct(builder_, name, scheme, releases, withdrawn, position, ignored,
                               stops);
  }

  Offset<wire::Upgrade> WriteUpgrade(const Upgrade& upgrade) {
    auto from = WriteAll(upgrade.from, [this](const VersionRange& range) {
      auto lower = Text(range.lower);
      auto upper = Text(range.upper);
      return wire::CreateRange(builder_, lower, upper);
    });
    auto to = Text(upgrade.to);
    auto ticket = Text(upgrade.ticket);
    auto approvals = WriteStrings(upgrade.approvals);
    auto accepts_loss = WriteStrings(upgrade.accepts_loss);
    auto position = WritePosition(upgrade.position);
    auto window_position = WritePosition(upgrade.window_position);
    auto downtime_position = WritePosition(upgrade.downtime_position);
    // Joined the format after its bytes were frozen: left out where there is nothing to say.
    Offset<flatbuffers::Vector<Offset<wire::Allowance>>> allows;
    if (!upgrade.allows.empty()) {
      allows = WriteAll(upgrade.allows, [this](const Allowance& allowance) {
        auto check = Text(allowance.check);
        auto reason = Text(allowance.reason);
        auto place = WritePosition(allowance.position);
        return wire::CreateAllowance(builder_, check, reason, place);
      });
    }
    Offset<wire::Position> approvals_position;
    if (!upgrade.approvals_position.path.empty()) {
      approvals_position = WritePosition(upgrade.approvals_position);
    }
    Offset<wire::Position> retain_position;
    if (!upgrade.retain_position.path.empty()) {
      retain_position = WritePosition(upgrade.retain_position);
    }
    const Conditions up_when = WriteUpWhen(upgrade.up_when);
    const auto purpose = TextIfAny(upgrade.purpose);
    return wire::CreateUpgrade(builder_, from, to, ticket, upgrade.window_ms, upgrade.downtime_ms,
                               approvals, accepts_loss, position, window_position,
                               downtime_position, allows, upgrade.is_downgrade, approvals_position,
                               up_when, purpose, upgrade.retain_ms, retain_position);
  }

  FlatBufferBuilder builder_;
};

}  // namespace

std::string Encode(const Plan& plan) { return Encoder().Run(plan); }

Digest PlanDigest(std::string_view bytes) { return Sha256(bytes); }

}  // namespace upgraph::plan
