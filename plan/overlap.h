#pragma once

// Which resources are the same thing, or one part of the other.

#include <set>
#include <string>

#include "plan/plan.h"

namespace upgraph::plan {

// The kind that the resource is, or is a part of. Those of different ones never overlap.
const std::string& WholeOf(const Resource& resource);

// The resource as a row of parts, so that two overlap exactly when one row begins with the other:
// file(/opt/dten) and file(/opt) do, key(settings, *) and key(settings, tls.chain) do. The row is
// written as one text: one row begins with another exactly when its text does, and texts stand in
// the order of their rows. Arguments are taken as they are, templates too.
std::string OverlapKey(const Resource& resource);
// The same behind what stands in `key`.
void AppendOverlapKey(const Resource& resource, std::string* key);

// Whether the row overlaps one of the rows, all as OverlapKey() writes them. Takes time with the
// parts of the row and the logarithm of the rows.
bool OverlapsAny(const std::set<std::string>& rows, const std::string& row);

}  // namespace upgraph::plan
