#pragma once

/// An item on its way through the funnel.
///
/// Data path   retrieve -> score -> rerank
/// Threads     value
/// Ownership   value
/// Cost        8 bytes

#include "aisle/base/ids.h"

namespace aisle {

struct Candidate {
  ItemId item = kNoItem;
  float score = 0.0F;
};

/// The house's order: higher score first, then the smaller item number. It makes slates repeatable.
[[nodiscard]] constexpr bool ranks_before(const Candidate& a, const Candidate& b) noexcept {
  return a.score != b.score ? a.score > b.score : value_of(a.item) < value_of(b.item);
}

}  // namespace aisle
