#include "runtime/package/trust_store.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/env/writers.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::package {
namespace {

constexpr std::string_view kKeySuffix = ".pub";

// Nobody but the owner of the host's root may have put anything there.
class Store {
 public:
  static Result<Store> Open(env::Files& files) {
    UPGRAPH_ASSIGN(const env::FileStatus root, files.Stat("/"));
    return Store(files, root.uid);
  }

  // The names in a folder; none: there is no such folder.
  Result<std::optional<std::vector<std::string>>> List(const std::string& path) const {
    const Status fits = CheckOwner(path, env::FileType::kDirectory);
    if (!fits.ok() && fits.error().kind == ErrorKind::kNotFound) {
      return std::optional<std::vector<std::string>>();
    }
    UPGRAPH_TRY(fits);
    UPGRAPH_ASSIGN(std::vector<std::string> names, files_.List(path));
    if (names.size() > kTrustedKeysMax) {
      return Error{ErrorKind::kInvalid, fmt::format("{} has {} names; at most {} are allowed", path,
                                                    names.size(), kTrustedKeysMax)};
    }
    return std::optional(std::move(names));
  }

  Result<std::vector<TrustedKey>> ReadKeys(const std::string& folder) const {
    std::vector<TrustedKey> keys;
    UPGRAPH_ASSIGN(const auto names, List(folder));
    for (const std::string& name : names.value_or(std::vector<std::string>())) {
      if (!name.ends_with(kKeySuffix) || name.size() == kKeySuffix.size()) {
        continue;
      }
      const std::string path = folder + "/" + name;
      UPGRAPH_TRY(CheckOwner(path, env::FileType::kRegular));
      UPGRAPH_ASSIGN(const std::string text, files_.Read(path, minisign::kPublicKeyBytesMax));
      const auto key = minisign::ParsePublicKey(text);
      if (!key.ok()) {
        return key.error().Within(path);
      }
      keys.push_back({name.substr(0, name.size() - kKeySuffix.size()), *key});
    }
    return keys;
  }

 private:
  Store(env::Files& files, uint32_t owner) : files_(files), owner_(owner) {}

  Status CheckOwner(const std::string& path, env::FileType type) const {
    UPGRAPH_ASSIGN(const env::FileStatus status, files_.Stat(path));
    if (status.type != type) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("{} is a {}; what is trusted is a {}", path,
                               env::FileTypeName(status.type), env::FileTypeName(type))};
    }
    return env::CheckWriters(path, status, owner_);
  }

  env::Files& files_;
  const uint32_t owner_;
};

}  // namespace

Result<std::optional<TrustStore>> ReadTrustStore(env::Files& files) {
  UPGRAPH_ASSIGN(const Store store, Store::Open(files));
  const std::string folder = kTrustFolder;
  UPGRAPH_ASSIGN(const auto names, store.List(folder));
  if (!names.has_value()) {
    return std::optional<TrustStore>();
  }
  TrustStore trust;
  UPGRAPH_ASSIGN(trust.packages, store.ReadKeys(folder + "/packages"));
  UPGRAPH_ASSIGN(const auto roles, store.List(folder + "/roles"));
  for (const std::string& role : roles.value_or(std::vector<std::string>())) {
    UPGRAPH_ASSIGN(std::vector<TrustedKey> keys, store.ReadKeys(folder + "/roles/" + role));
    if (!keys.empty()) {
      trust.roles[role] = std::move(keys);
    }
  }
  return std::optional(std::move(trust));
}

Result<TrustedKey> FindSigner(const std::vector<TrustedKey>& keys,
                              const minisign::Signature& signature, std::string_view bytes) {
  std::string changed;
  for (const TrustedKey& key : keys) {
    if (minisign::IsSignedBy(key.key, signature, bytes)) {
      return key;
    }
    if (key.key.id == signature.key_id) {
      changed = key.name;
    }
  }
  if (!changed.empty()) {
    return Error{ErrorKind::kPermission,
                 fmt::format("it bears the name of the key `{}`, whose signature does not fit it: "
                             "one of both was changed, or another key took that name",
                             Printable(changed))};
  }
  return Error{ErrorKind::kPermission,
               fmt::format("it was signed with the key {}, which is not among those that are "
                           "trusted here",
                           minisign::KeyIdText(signature.key_id))};
}

}  // namespace upgraph::package
