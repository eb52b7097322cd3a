// Packages with a signature in them, and whom a host trusts to make one.

#include "runtime/package/signature.h"

#include "runtime/package/trust_store.h"
#include "tests/support/scratch_host.h"
#include "tests/support/signer.h"
#include "tests/unit/runtime/package/sample.h"

namespace upgraph {
namespace {

using package::FindSigner;
using package::OpenPackage;
using package::Package;
using package::ReadTrustStore;
using package::TrustedKey;
using package::WholePackage;
using package::WithSignature;

std::vector<TrustedKey> Trusting(const test::Signer& signer) {
  return {{"release", *minisign::ParsePublicKey(signer.PublicKeyText())}};
}

std::string Signed(const test::Signer& signer) {
  Result<Package> package = OpenPackage(test::SamplePackage());
  REQUIRE(package.ok());
  const std::string text = signer.Sign(*package->bytes);
  return WholePackage(*WithSignature(std::move(*package), text));
}

bool IsTaken(const std::string& bytes, const test::Signer& signer) {
  const Result<Package> package = OpenPackage(bytes);
  return package.ok() && package->signature.has_value() &&
         FindSigner(Trusting(signer), *package->signature, *package->bytes).ok();
}

TEST_CASE("a signed package is the package that was signed, and its signature") {
  const test::Signer signer;
  const Result<Package> bare = OpenPackage(test::SamplePackage());
  REQUIRE(bare.ok());
  CHECK_FALSE(bare->signature.has_value());
  CHECK(WholePackage(*bare) == test::SamplePackage());
  const Result<Package> package = OpenPackage(Signed(signer));
  REQUIRE(package.ok());
  REQUIRE(package->signature.has_value());
  CHECK(*package->bytes == *bare->bytes);
  CHECK(package->digest == bare->digest);
  CHECK(package->payload->Read("payload/release").value() == "2.0.0\n");
  CHECK(WholePackage(*package) == Signed(signer));
  CHECK(FindSigner(Trusting(signer), *package->signature, *package->bytes)->name == "release");
}

TEST_CASE("a signed package is written as it was read") {
  const test::Signer signer;
  test::ScratchHost host;
  const Result<Package> package = OpenPackage(Signed(signer));
  REQUIRE(package::WriteNewPackage(host.files(), "/signed.zip", *package, 0600).ok());
  CHECK(host.files().Read("/signed.zip", 1 << 20).value() == Signed(signer));
  const Result<Package> bare = OpenPackage(test::SamplePackage());
  REQUIRE(package::WriteNewPackage(host.files(), "/bare.zip", *bare, 0600).ok());
  CHECK(host.files().Read("/bare.zip", 1 << 20).value() == test::SamplePackage());
}

TEST_CASE("no byte of a signed package can be changed, but those that nobody signs") {
  const test::Signer signer;
  const std::string good = Signed(signer);
  REQUIRE(IsTaken(good, signer));
  // The first line of a signature, and how long it is, are the one thing without a seal.
  const size_t seal = test::SamplePackage().size();
  const size_t untrusted_end = good.find('\n', seal);
  for (size_t at = 0; at < good.size(); ++at) {
    if (at >= seal && at < untrusted_end) {
      continue;
    }
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK_FALSE(IsTaken(changed, signer));
  }
  for (size_t size = 0; size + 1 < good.size(); ++size) {
    CHECK_FALSE(IsTaken(good.substr(0, size), signer));
  }
}

TEST_CASE("a signature over less, over more, or of another package does not fit") {
  const test::Signer signer;
  Result<Package> package = OpenPackage(test::SamplePackage());
  const auto with = [&](const std::string& over) {
    return WholePackage(*WithSignature(*package, signer.Sign(over)));
  };
  const std::string& zip = *package->bytes;
  CHECK(IsTaken(with(zip), signer));
  CHECK_FALSE(IsTaken(with(zip.substr(0, zip.size() - 1)), signer));
  CHECK_FALSE(IsTaken(with(zip + "x"), signer));
  CHECK_FALSE(IsTaken(with(Signed(signer)), signer));
  CHECK_FALSE(IsTaken(with(""), signer));
}

TEST_CASE("a comment that is no signature, and a second one, are refused") {
  const test::Signer signer;
  const auto with_comment = [](const std::string& bytes, const std::string& comment) {
    return bytes.substr(0, bytes.size() - 2) + static_cast<char>(comment.size() & 0xff) +
           static_cast<char>(comment.size() >> 8) + comment;
  };
  const std::string bare = test::SamplePackage();
  CHECK_FALSE(OpenPackage(with_comment(bare, "a comment")).ok());
  const Error cut = test::RefusalOf(with_comment(bare, "untrusted comment: x\nand no more"));
  CHECK(cut.message.find("no signature of minisign") != std::string::npos);
  CHECK_FALSE(OpenPackage(Signed(signer) + "x").ok());
  CHECK_FALSE(OpenPackage(Signed(signer) + signer.Sign(bare)).ok());
  const std::string second = signer.Sign(Signed(signer));
  CHECK_FALSE(OpenPackage(Signed(signer) + std::string(20, 'P') + "\0\0" + second).ok());
}

TEST_CASE("who signed is found among many, and why nobody is said") {
  const test::Signer first("aaaaaaaa");
  const test::Signer second("bbbbbbbb");
  const test::Signer usurper("aaaaaaaa");
  std::vector<TrustedKey> keys = Trusting(first);
  keys.push_back({"other", *minisign::ParsePublicKey(second.PublicKeyText())});
  const auto find = [&](const test::Signer& signer) {
    return FindSigner(keys, *minisign::ParseSignature(signer.Sign("bytes")), "bytes");
  };
  CHECK(find(first)->name == "release");
  CHECK(find(second)->name == "other");
  CHECK(find(usurper).error().message.find("does not fit") != std::string::npos);
  CHECK(find(test::Signer("cccccccc")).error().message.find("6363636363636363") !=
        std::string::npos);
  CHECK_FALSE(FindSigner({}, *minisign::ParseSignature(first.Sign("bytes")), "bytes").ok());
}

// A store with one key of a packer and one of a role.
struct TrustHost {
  test::ScratchHost host;
  test::Signer signer;

  TrustHost() {
    REQUIRE(host.files().MakeDirectories("/etc/upgraph/trust/packages", 0755).ok());
    REQUIRE(host.files().MakeDirectories("/etc/upgraph/trust/roles/support", 0755).ok());
    Put("/etc/upgraph/trust/packages/release.pub");
    Put("/etc/upgraph/trust/roles/support/anna.pub");
  }
  void Put(const std::string& path, uint32_t mode = 0644) {
    REQUIRE(host.files().WriteNew(path, signer.PublicKeyText(), mode).ok());
  }
  std::string Fault() {
    const auto store = ReadTrustStore(host.files());
    return store.ok() ? "" : store.error().message;
  }
};

TEST_CASE("a host trusts whose keys lie in its store") {
  TrustHost trust;
  trust.Put("/etc/upgraph/trust/packages/README");
  const auto store = ReadTrustStore(trust.host.files());
  REQUIRE(store.ok());
  REQUIRE(store->has_value());
  REQUIRE((*store)->packages.size() == 1);
  CHECK((*store)->packages[0].name == "release");
  REQUIRE((*store)->roles.size() == 1);
  CHECK((*store)->roles.at("support")[0].name == "anna");
  test::ScratchHost bare;
  CHECK_FALSE(ReadTrustStore(bare.files())->has_value());
}

TEST_CASE("a folder of the store has 1,000 names at most") {
  TrustHost trust;
  for (size_t i = 1; i < package::kTrustedKeysMax; ++i) {
    trust.Put("/etc/upgraph/trust/packages/" + std::to_string(i) + ".pub");
  }
  CHECK(trust.Fault().empty());
  trust.Put("/etc/upgraph/trust/packages/0.pub");
  CHECK(trust.Fault().find("1001 names; at most 1000") != std::string::npos);
}

TEST_CASE("a store that others could write, or that cannot be read whole, is no store") {
  TrustHost trust;
  env::Files& files = trust.host.files();
  REQUIRE(trust.Fault().empty());
  for (const char* path : {"/etc/upgraph/trust", "/etc/upgraph/trust/packages",
                           "/etc/upgraph/trust/roles", "/etc/upgraph/trust/roles/support"}) {
    REQUIRE(files.SetMode(path, 0775).ok());
    CHECK(trust.Fault().find(path) == 0);
    REQUIRE(files.SetMode(path, 0755).ok());
  }
  const std::string key = "/etc/upgraph/trust/packages/release.pub";
  REQUIRE(files.SetMode(key, 0666).ok());
  CHECK(trust.Fault().find("may be changed by others") != std::string::npos);
  REQUIRE(files.SetMode(key, 0644).ok());
  REQUIRE(files.MakeSymlink("release.pub", "/etc/upgraph/trust/packages/link.pub").ok());
  CHECK(trust.Fault().find("link.pub is a ") != std::string::npos);
  REQUIRE(files.RemoveFile("/etc/upgraph/trust/packages/link.pub").ok());
  REQUIRE(files.WriteNew("/etc/upgraph/trust/packages/empty.pub", "", 0644).ok());
  CHECK(trust.Fault().find("empty.pub: this is no public key") != std::string::npos);
}

}  // namespace
}  // namespace upgraph
