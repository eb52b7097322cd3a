#include <fmt/format.h>

#include <map>

#include "plan/arms.h"
#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kTemporaryEndsOnceExplanation;
const char* const kTemporaryEndsOnceExplanation =
    R"(Everything temporary ends exactly once, after its last use.

What a step issues for the time of the upgrade, a redirection or a credential, ends by itself: after
the commit its end runs first, and on the way back the step that issued it takes it back. `end` ends
one sooner, `keep` hands it over on purpose. Then nothing else may end it, and nothing may use it
afterwards: a second end would take away what somebody else has made since.

Bad:
    prepare { let redirect = net.redirect("billing.example.com", to: "127.0.0.1") }
    switch {
      end redirect
      end redirect
    }

Good:
    prepare { let redirect = net.redirect("billing.example.com", to: "127.0.0.1") }
    switch { end redirect }
or no `end` at all.
)";

namespace {

class EndsFinder {
 public:
  EndsFinder(const Plan& plan, std::vector<Finding>* findings)
      : plan_(plan), findings_(*findings) {}

  void Run() {
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      const Step& step = plan_.steps[i];
      if (!step.issues.empty()) {
        issuers_.emplace(step.path, StepId(i));
      }
      if (step.ends.has_value()) {
        ends_[step.ends].push_back(StepId(i));
      }
    }
    if (issuers_.empty()) {
      return;
    }
    for (const auto& [path, issuer] : issuers_) {
      JudgeEnds(issuer);
    }
    Reachability reachability(plan_);
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      for (const Field& argument : plan_.steps[i].arguments) {
        JudgeUses(argument.value, StepId(i), &reachability);
      }
      if (!plan_.steps[i].gate_id.has_value()) {
        continue;
      }
      for (const Condition& condition : plan_.gate(plan_.steps[i].gate_id).conditions) {
        for (const Field& argument : condition.signal.arguments) {
          JudgeUses(argument.value, StepId(i), &reachability);
        }
      }
    }
  }

 private:
  Finding& Find(StepId at, std::string message, StepId second, std::string second_message) {
    Finding finding;
    finding.check = "temporary-ends-once";
    finding.message = std::move(message);
    finding.position = plan_.step(at).position;
    finding.second_message = std::move(second_message);
    finding.second_position = plan_.step(second).position;
    findings_.push_back(std::move(finding));
    return findings_.back();
  }

  void JudgeEnds(StepId issuer) {
    const Step& step = plan_.step(issuer);
    const std::vector<StepId>& ends = ends_[issuer];
    for (size_t i = 1; i < ends.size(); ++i) {
      Find(ends[i], fmt::format("this ends what `{}` issues for a second time", step.title),
           ends[0], "the first end")
          .hint = plan_.step(ends[i]).position == plan_.step(ends[0]).position
                      ? "end it after the `for`"
                      : "take one of them away";
    }
    if (!step.kept.empty() && !ends.empty()) {
      Find(ends[0],
           fmt::format("this ends what `{}` issues, but it is kept: {}", step.title,
                       step.kept.str()),
           issuer, "issued here")
          .hint = "take `keep` or `end` away";
    }
    for (const StepId end : ends) {
      if (!IsSure(plan_, plan_.step(end).arm_id, step.arm_id)) {
        Find(end,
             fmt::format(
                 "this ends what `{}` issues on some hosts only, on the others it never ends",
                 step.title),
             issuer, "issued here")
            .hint = "end it after the `when`";
      }
    }
    if (step.kept.empty() && ends.empty()) {
      Find(issuer, fmt::format("what `{}` issues never ends", step.title), issuer, "");
    }
  }

  // Uses come before the end, by the edges of the graph.
  void JudgeUses(const Value& value, StepId user, Reachability* reachability) {
    for (const Field& field : value.fields) {
      JudgeUses(field.value, user, reachability);
    }
    const auto issuer = issuers_.find(value.text);
    if (value.kind != ValueKind::kTemporary || issuer == issuers_.end()) {
      return;
    }
    for (StepId end : ends_[issuer->second]) {
      if (end == user || reachability->Reaches(user, end)) {
        continue;
      }
      const bool is_after = reachability->Reaches(end, user);
      Find(user,
           fmt::format("`{}` uses what `{}` issues {}", plan_.step(user).name,
                       plan_.step(issuer->second).title,
                       is_after ? "after its end" : "in no order with its end"),
           end, "it ends here")
          .hint = is_after ? "end it after its last use, or leave its end to the cleanup"
                           : "put the end after the `parallel`";
    }
  }

  const Plan& plan_;
  std::vector<Finding>& findings_;
  std::map<std::string, StepId, std::less<>> issuers_;
  std::map<StepId, std::vector<StepId>> ends_;
};

}  // namespace

void RunTemporaryEndsOnce(const Plan& plan, std::vector<Finding>* findings) {
  EndsFinder(plan, findings).Run();
}

}  // namespace upgraph::plan
