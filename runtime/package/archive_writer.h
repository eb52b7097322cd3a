#pragma once

// Makes a package: docs/formats/package.md. The same plan and payload give the same bytes, whatever
// the time, the time zone, the locale, the owner of the files or their times are.

#include <string>
#include <string_view>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/package/payload.h"

namespace upgraph::package {

struct PackInput {
  const plan::Plan& plan;
  std::string_view plan_bytes;  // plan::Encode of it
  const Payload& payload;       // holds every path in plan.payload
  std::string tool_version;
};

// The bytes of the package: everything that the plan's payload names, and what is below it. The
// result was opened again and found whole. kNotFound when a payload path is missing, kInvalid when
// one may not stand in a package.
Result<std::string> Pack(const PackInput& input);

// Full-upgrade-package-<product>.zip
std::string PackageFileName(const std::string& product);

}  // namespace upgraph::package
