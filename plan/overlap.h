#pragma once

// Which resources are the same thing, or one part of the other.

#include <string>

#include "plan/plan.h"

namespace upgraph::plan {

// The resource as a row of parts, so that two overlap exactly when one row begins with the other:
// file(/opt/dten) and file(/opt) do, key(settings, *) and key(settings, tls.chain) do. The row is
// written as one text: one row begins with another exactly when its text does, and texts stand in
// the order of their rows. Arguments are taken as they are, templates too.
std::string OverlapKey(const Resource& resource);
// The same behind what stands in `key`.
void AppendOverlapKey(const Resource& resource, std::string* key);

}  // namespace upgraph::plan
