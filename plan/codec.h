#pragma once

// The plan as bytes: a FlatBuffer (plan.fbs), then the SHA-256 of it. FlatBuffers are owned by this
// folder and seen nowhere else.

#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "plan/plan.h"

namespace upgraph::plan {

// The same plan gives the same bytes, on any machine.
std::string Encode(const Plan& plan);

// Reads what Encode wrote. Bytes are never trusted: size, digest, identifier, format version and
// structure are checked, in this order, before a field is looked at. kDamaged when bytes are
// missing or changed; kUnsupported for another format. Whether the plan makes sense is the
// question of Verify().
Result<Plan> Decode(std::string_view bytes);

// The name of a plan: the digest over all its bytes.
Digest PlanDigest(std::string_view bytes);

}  // namespace upgraph::plan
