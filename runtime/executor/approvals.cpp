#include "runtime/executor/approvals.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/env/clock.h"
#include "runtime/executor/runner.h"
#include "runtime/package/approval.h"
#include "runtime/package/extract_policy.h"
#include "runtime/package/trust_store.h"

namespace upgraph::executor {
namespace {

constexpr uint64_t kHostNameBytesMax = 1 << 10;

Error Denied(const std::string& why) { return {ErrorKind::kPermission, why}; }

class Judge {
 public:
  Judge(const RunOptions& options, const package::Package& package, const plan::Plan& plan,
        std::string host, package::TrustStore store)
      : options_(options),
        package_(package),
        plan_(plan),
        host_(std::move(host)),
        store_(std::move(store)) {}

  Result<std::vector<Approval>> All() const {
    std::vector<Approval> given;
    for (const Approval& typed : options_.approvals) {
      UPGRAPH_TRY(CheckKnown(typed.role));
      if (HasKey(typed.role)) {
        return Denied(
            fmt::format("a name proves nothing for `{}`, who has a key in {}: "
                        "`--approval FILE` gives what was signed",
                        typed.role, KeysOf(typed.role)));
      }
      given.push_back(typed);
    }
    for (const SignedApproval& one : options_.signed_approvals) {
      UPGRAPH_ASSIGN(Approval approval, JudgeSigned(one));
      given.push_back(std::move(approval));
    }
    UPGRAPH_TRY(CheckMissing(given));
    return given;
  }

 private:
  static std::string KeysOf(const std::string& role) {
    return fmt::format("{}/roles/{}", package::kTrustFolder, role);
  }
  bool HasKey(const std::string& role) const { return store_.roles.count(role) != 0; }

  Status CheckKnown(const std::string& role) const {
    if (std::find(plan_.people.begin(), plan_.people.end(), role) != plan_.people.end()) {
      return OkStatus();
    }
    return Denied(fmt::format(
        "the approval of `{}` is given, who is not among the people of the spec", role));
  }

  Result<Approval> JudgeSigned(const SignedApproval& one) const {
    UPGRAPH_ASSIGN(const package::Approval terms, package::ParseApproval(one.text));
    UPGRAPH_ASSIGN(const minisign::Signature signature, minisign::ParseSignature(one.signature));
    const std::string what = fmt::format("the approval as `{}`", package::Printable(terms.role));
    UPGRAPH_TRY(CheckKnown(terms.role));
    if (!HasKey(terms.role)) {
      return Denied(
          fmt::format("{} cannot be judged: there is no key in {}", what, KeysOf(terms.role)));
    }
    const auto signer = package::FindSigner(store_.roles.at(terms.role), signature, one.text);
    if (!signer.ok()) {
      return Denied(fmt::format("{}: {} ({})", what, signer.error().message, KeysOf(terms.role)));
    }
    UPGRAPH_TRY(CheckTerms(what, terms));
    return Approval{terms.role,
                    fmt::format("signed by `{}` with the key {}", package::Printable(signer->name),
                                minisign::KeyIdText(signer->key.id))};
  }

  Status CheckTerms(const std::string& what, const package::Approval& terms) const {
    if (terms.package != package_.digest || terms.product != package_.manifest.product ||
        terms.to != package_.manifest.to) {
      return Denied(fmt::format("{} is for another package: {} to v{}, sha-256 {}", what,
                                package::Printable(terms.product), package::Printable(terms.to),
                                terms.package.Hex()));
    }
    if (!package::IsForHost(terms, host_)) {
      return Denied(fmt::format(
          "{} is not for this host: {}", what,
          host_.empty() ? "it has no name in /etc/hostname"
                        : "/etc/hostname calls it `" + package::Printable(host_) + "`"));
    }
    const int64_t begin_ms = terms.window_begin_wall_ms;
    // A run that is parked has its window when it goes on, and is judged again then.
    if (begin_ms != 0 && !options_.until_prepare && begin_ms != options_.window_begin_wall_ms) {
      return Denied(fmt::format("{} is for the window that begins at {}, and this one begins {}",
                                what, env::FormatWallTime(begin_ms),
                                options_.window_begin_wall_ms == 0
                                    ? "with the run"
                                    : "at " + env::FormatWallTime(options_.window_begin_wall_ms)));
    }
    return OkStatus();
  }

  Status CheckMissing(const std::vector<Approval>& given) const {
    std::string missing;
    std::string how = "`--approve ROLE=NAME` says who has approved";
    for (const std::string& role : plan_.upgrade.approvals) {
      if (std::none_of(given.begin(), given.end(),
                       [&](const Approval& approval) { return approval.role == role; })) {
        missing += (missing.empty() ? "`" : ", `") + role + "`";
        how = HasKey(role) ? "`upgraph approve` writes what is to be signed" : how;
      }
    }
    return missing.empty() ? OkStatus()
                           : Status(Denied(fmt::format("not approved by {}; {}", missing, how)));
  }

  const RunOptions& options_;
  const package::Package& package_;
  const plan::Plan& plan_;
  const std::string host_;
  const package::TrustStore store_;
};

}  // namespace

std::string ApprovedText(const Approval& approval) { return approval.role + ": " + approval.by; }

std::string HostName(env::Files& files) {
  const auto text = files.Read("/etc/hostname", kHostNameBytesMax);
  return text.ok() ? text->substr(0, text->find('\n')) : "";
}

Result<std::vector<Approval>> JudgeApprovals(const RunOptions& options, env::Files& files,
                                             const package::Package& package,
                                             const plan::Plan& plan) {
  UPGRAPH_ASSIGN(const auto store, package::ReadTrustStore(files));
  return Judge(options, package, plan, HostName(files), store.value_or(package::TrustStore()))
      .All();
}

void Runner::RecordApprovals(const std::vector<Approval>& approvals) {
  for (const Approval& approval : approvals) {
    Record(history::RecordKind::kApproved, plan::StepId(), ApprovedText(approval));
  }
}

}  // namespace upgraph::executor
