#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "plan/arms.h"
#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kCertBeforeUseExplanation;
const char* const kCertBeforeUseExplanation =
    R"(A certificate is there before anything names it.

A service that starts, or reloads its configuration, with a path of a chain or a key that is not there
yet does not come up, often only at the next restart. So the step that installs a certificate stands
before each step that reads it, needs it or writes its path into a configuration. A certificate is
what a step of `std.certs` installs, and a file called `.pem`, `.crt`, `.cer`, `.key`, `.p12`, `.pfx`
or `.jks`. One that was on the host before and is only renewed may be named first: `allow` says so.

Bad:
    config.set(settings.tls.chain, "/etc/dten/chain.pem")
    files.install("payload/chain.pem", to: "/etc/dten/chain.pem")

Good:
    files.install("payload/chain.pem", to: "/etc/dten/chain.pem")
    config.set(settings.tls.chain, "/etc/dten/chain.pem")
)";

namespace {

bool IsCertificate(const Step& step, std::string_view path) {
  constexpr std::array<std::string_view, 7> kEndings = {".pem", ".crt", ".cer", ".key",
                                                        ".p12", ".pfx", ".jks"};
  return step.name.starts_with("certs.") ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

// The first step that writes each certificate, by its path.
using Certificates = std::unordered_map<std::string_view, StepId>;

Certificates FindCertificates(const Plan& plan) {
  Certificates certificates;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    // Cleanup takes old ones away; that is no installation.
    if (step.phase != Phase::kPrepare && step.phase != Phase::kSwitch) {
      continue;
    }
    for (const Effect& effect : step.effects) {
      const Resource& resource = plan.resource(effect.resource_id);
      if (effect.kind == EffectKind::kWrites && resource.kind == "file" &&
          resource.arguments.size() == 1 && step.native != "files.remove" &&
          IsCertificate(step, resource.arguments[0])) {
        certificates.emplace(resource.arguments[0], StepId(i));
      }
    }
  }
  return certificates;
}

const std::string* FindNamed(const Value& value, const Certificates& certificates, StepId user) {
  const auto found = certificates.find(value.text);
  if (found != certificates.end() && found->second > user) {
    return &value.text;
  }
  for (const Field& field : value.fields) {
    if (const std::string* named = FindNamed(field.value, certificates, user)) {
      return named;
    }
  }
  return nullptr;
}

// The certificate that the step names, reads or needs before it is there; null when there is none.
const std::string* FindUse(const Plan& plan, StepId id, const Certificates& certificates) {
  const Step& step = plan.step(id);
  for (const Field& argument : step.arguments) {
    if (const std::string* named = FindNamed(argument.value, certificates, id)) {
      return named;
    }
  }
  for (const Effect& effect : step.effects) {
    const Resource& resource = plan.resource(effect.resource_id);
    if (resource.kind != "file" || resource.arguments.size() != 1) {
      continue;
    }
    const auto found = certificates.find(resource.arguments[0]);
    if (found != certificates.end() && found->second > id) {
      return &resource.arguments[0];
    }
  }
  return nullptr;
}

}  // namespace

void RunCertBeforeUse(const Plan& plan, std::vector<Finding>* findings) {
  const Certificates certificates = FindCertificates(plan);
  if (certificates.empty()) {
    return;
  }
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const bool uses = step.phase == Phase::kPrepare || step.phase == Phase::kSwitch;
    const bool removes = step.native == "files.remove";
    const std::string* path = uses && !removes ? FindUse(plan, StepId(i), certificates) : nullptr;
    if (path == nullptr || Exclude(plan, step.arm_id, plan.step(certificates.at(*path)).arm_id)) {
      continue;
    }
    const Step& install = plan.step(certificates.at(*path));
    findings->push_back(
        {"cert-before-use", FindingSeverity::kError,
         fmt::format("`{}` names the certificate `{}`, which is installed only after it", step.name,
                     *path),
         step.position, fmt::format("`{}` installs it here", install.name), install.position,
         "install it first; `prepare` is a good place"});
  }
}

}  // namespace upgraph::plan
