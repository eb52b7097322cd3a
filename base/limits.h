#pragma once

// Bounds that more than one folder needs, each with its reason and a test that reaches it.
// Limits of one folder stand in that folder.

#include <cstdint>

namespace upgraph {

// A spec file, and all files of one compilation: what a person can still have meant.
inline constexpr uint64_t kSourceFileBytesMax = 32ull << 20;
inline constexpr uint64_t kSourceTotalBytesMax = 64ull << 20;
// Steps of one plan; every table of the runtime is sized by it.
inline constexpr uint32_t kPlanStepsMax = 1'000'000;
// Edges of one version graph, and so hops of one run: the way of a host is searched among them all.
inline constexpr uint32_t kPlanEdgesMax = 1'000;
// Releases of one product, withdrawn ones, and stops, of each: edges are held against all of them.
inline constexpr uint32_t kProductVersionsMax = 2'000;
// A compiled plan on disk; a larger file is refused before it is mapped.
inline constexpr uint64_t kPlanBytesMax = 1ull << 30;
// Elements of a list that the host gives: the body of a loop stands in the plan as often.
inline constexpr uint32_t kFactElementsMax = 4'096;
// A path on the host, without its terminating zero (PATH_MAX - 1).
inline constexpr uint32_t kPathBytesMax = 4095;

}  // namespace upgraph
