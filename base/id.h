#pragma once

// Typed handles: an index that cannot be mistaken for an index of another kind.
// struct StepTag; using StepId = Id<StepTag>;

#include <compare>
#include <cstdint>
#include <functional>

#include "base/check.h"

namespace upgraph {

template <typename Tag>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(uint32_t index) : index_(index) {}

  static constexpr Id None() { return Id(); }
  constexpr bool has_value() const { return index_ != kNone; }
  // The position in the owner's vector; only of an id that has a value.
  uint32_t index() const {
    UPGRAPH_CHECK(has_value());
    return index_;
  }

  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t index_ = kNone;
};

}  // namespace upgraph

template <typename Tag>
struct std::hash<upgraph::Id<Tag>> {
  size_t operator()(upgraph::Id<Tag> id) const {
    return id.has_value() ? std::hash<uint32_t>()(id.index()) : SIZE_MAX;
  }
};
