#pragma once

// The text in which exporters give their metrics (Prometheus text format, and OpenMetrics as far as
// samples go). Pure.

#include <string>

#include "base/result.h"

namespace upgraph::gates {

// `selector` is a name with labels or without: edge_queue{shard="1"}. Labels that it does not name
// may be anything. The sum of the samples that match; kNotFound when none does.
Result<double> FindMetric(const std::string& text, const std::string& selector);

}  // namespace upgraph::gates
