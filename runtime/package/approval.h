#pragma once

// What somebody signs who approves: one package, one role, some hosts, and when the window begins.
// docs/signing.md. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace upgraph::package {

inline constexpr size_t kApprovalBytesMax = 64 << 10;
inline constexpr const char* kAnyHost = "*";

struct Approval {
  Digest package;
  std::string product;  // this and the next as the manifest of the package has them, for people
  std::string to;
  std::string role;
  std::vector<std::string> hosts;    // in byte order, each once; kAnyHost: whatever it is called
  int64_t window_begin_wall_ms = 0;  // 0: at any time
};

// The one spelling of it: JSON.
std::string ApprovalText(const Approval& approval);
// kInvalid: it is something else, or spelt in another way.
Result<Approval> ParseApproval(std::string_view text);

bool IsForHost(const Approval& approval, const std::string& host);

}  // namespace upgraph::package
