#include "runtime/package/approval.h"

#include "tests/support/catch.h"

namespace upgraph {
namespace {

using package::Approval;
using package::ApprovalText;
using package::ParseApproval;

Approval Sample() {
  return {Sha256("a package"), "box", "2.0.0", "support", {"web1", "web2"}, 1'796'000'400'000};
}

TEST_CASE("an approval is read as it was written") {
  for (const int64_t begin_ms : {int64_t{0}, Sample().window_begin_wall_ms}) {
    Approval approval = Sample();
    approval.window_begin_wall_ms = begin_ms;
    const auto parsed = ParseApproval(ApprovalText(approval));
    REQUIRE(parsed.ok());
    CHECK(parsed->package == approval.package);
    CHECK(parsed->product == "box");
    CHECK(parsed->to == "2.0.0");
    CHECK(parsed->role == "support");
    CHECK(parsed->hosts == approval.hosts);
    CHECK(parsed->window_begin_wall_ms == begin_ms);
  }
}

TEST_CASE("an approval has one spelling") {
  const std::string good = ApprovalText(Sample());
  REQUIRE(ParseApproval(good).ok());
  for (size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto parsed = ParseApproval(changed);
    // What is read at all is what another approval says.
    CHECK((!parsed.ok() || ApprovalText(*parsed) == changed));
    CHECK_FALSE(ParseApproval(good.substr(0, at)).ok());
  }
  CHECK_FALSE(ParseApproval(good + "\n").ok());
  CHECK_FALSE(ParseApproval(" " + good).ok());
  CHECK_FALSE(ParseApproval("[]").ok());
  CHECK_FALSE(ParseApproval("null").ok());
}

TEST_CASE("an approval has 64 KiB at most") {
  Approval approval = Sample();
  approval.hosts = {""};
  approval.hosts[0].assign(package::kApprovalBytesMax - ApprovalText(approval).size(), 'x');
  CHECK(ApprovalText(approval).size() == package::kApprovalBytesMax);
  CHECK(ParseApproval(ApprovalText(approval)).ok());
  approval.hosts[0] += 'x';
  CHECK_FALSE(ParseApproval(ApprovalText(approval)).ok());
}

TEST_CASE("an approval is for the hosts that it names") {
  Approval approval = Sample();
  CHECK(package::IsForHost(approval, "web2"));
  CHECK_FALSE(package::IsForHost(approval, "web"));
  CHECK_FALSE(package::IsForHost(approval, ""));
  approval.hosts = {package::kAnyHost};
  CHECK(package::IsForHost(approval, "web3"));
  CHECK(package::IsForHost(approval, ""));
}

}  // namespace
}  // namespace upgraph
