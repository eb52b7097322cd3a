#include "runtime/executor/trust.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "runtime/package/extract_policy.h"
#include "runtime/package/trust_store.h"

namespace upgraph::executor {
namespace {

std::string CommentOf(const package::Package& package) {
  return package::Printable(package.signature->trusted_comment);
}

// Of a root where nobody is trusted, and which is not this system.
Trust TakeUntrusted(const std::string& root, const package::Package& package) {
  const std::string why = "trusted because it acts below " + root;
  if (!package.signature.has_value()) {
    return {"", "not signed; " + why};
  }
  return {"", fmt::format("signed with the key {} (\"{}\"), which is not checked: there is no {} "
                          "there; {}",
                          minisign::KeyIdText(package.signature->key_id), CommentOf(package),
                          package::kTrustFolder, why)};
}

}  // namespace

Result<Trust> JudgePackage(env::Files& files, const std::string& root,
                           const package::Package& package) {
  const auto store = package::ReadTrustStore(files);
  if (!store.ok()) {
    return store.error().Within("the trust store cannot be used, so nothing is taken");
  }
  if (!store->has_value() && root != "/") {
    return TakeUntrusted(root, package);
  }
  const std::string folder = std::string(package::kTrustFolder) + "/packages";
  if (!package.signature.has_value()) {
    return Error{
        ErrorKind::kPermission,
        fmt::format("it is not signed, and {} takes only packages that a key in {} has "
                    "signed; `upgraph sign` signs one{}",
                    root == "/" ? "this system" : root, folder,
                    root == "/" ? ", and a `--root` without such a folder takes any" : "")};
  }
  if (!store->has_value() || (*store)->packages.empty()) {
    return Error{ErrorKind::kPermission,
                 fmt::format("nobody is trusted to sign packages: there is no key in {}; a public "
                             "key goes there, as NAME.pub",
                             folder)};
  }
  const auto signer = package::FindSigner((*store)->packages, *package.signature, *package.bytes);
  if (!signer.ok()) {
    return Error{signer.error().kind, fmt::format("{} ({})", signer.error().message, folder)};
  }
  const std::string name = package::Printable(signer->name);
  const std::string key_id = minisign::KeyIdText(signer->key.id);
  return Trust{fmt::format("{} {}: {}", name, key_id, CommentOf(package)),
               fmt::format("signed by `{}` (\"{}\")", name, CommentOf(package))};
}

Result<Trust> JudgePackageFor(const std::string& root, const package::Package& package) {
  UPGRAPH_ASSIGN(const std::unique_ptr<env::Files> files, env::OpenFiles(root));
  return JudgePackage(*files, root, package);
}

}  // namespace upgraph::executor
