#pragma once

// Whom a host trusts: public keys of minisign, one file each, in the host's own tree.
//   /etc/upgraph/trust/packages/NAME.pub    may sign packages
//                      roles/ROLE/NAME.pub  may approve as ROLE
// Fail closed: a store that cannot be read whole, or that others than the owner of the host's root
// may write, is an error, never an empty store.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/minisign.h"
#include "base/result.h"
#include "runtime/env/files.h"

namespace upgraph::package {

inline constexpr const char* kTrustFolder = "/etc/upgraph/trust";
// Of one folder of keys, and of roles.
inline constexpr size_t kTrustedKeysMax = 1000;

struct TrustedKey {
  std::string name;  // of its file, without ".pub"
  minisign::PublicKey key;
};

struct TrustStore {
  std::vector<TrustedKey> packages;                      // by name
  std::map<std::string, std::vector<TrustedKey>> roles;  // by role, then name; each has a key
};

// None: the host has no such folder. Other names than those above are left alone.
Result<std::optional<TrustStore>> ReadTrustStore(env::Files& files);

// Which of the keys has signed these bytes; kPermission: none, and why.
Result<TrustedKey> FindSigner(const std::vector<TrustedKey>& keys,
                              const minisign::Signature& signature, std::string_view bytes);

}  // namespace upgraph::package
