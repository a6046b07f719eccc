#pragma once

/// How often each item is met with any other: the margins of a co-visitation table.
///
/// Data path   bundle -> [pair sums] -> complements, looks
/// Threads     immutable
/// Ownership   owns one float an item
/// Cost        one pass over the table when a bundle is opened

#include <cstdint>
#include <vector>

#include "aisle/retrieve/co_visitation.h"

namespace aisle::retrieve {

struct PairSums {
  std::vector<float> of;  ///< Of each item: the weights of its row, both directions.
  double total = 0.0;

  PairSums() = default;
  explicit PairSums(const CoVisitationView& table);
  [[nodiscard]] double at(ItemId item) const noexcept {
    return value_of(item) < of.size() ? double{of[value_of(item)]} : 0.0;
  }
};

/// Calls visit(other, weight) for each pair in the item's row, both directions together.
template <class Visit>
void for_each_pair(const CoVisitationView& table, ItemId item, const Visit& visit) {
  const std::size_t i = value_of(item);
  if (i >= table.item_count()) return;
  for (std::uint32_t j = table.offsets[i]; j < table.offsets[i + 1]; ++j)
    visit(table.items[j], double{table.forward[j]} + double{table.backward[j]});
}

}  // namespace aisle::retrieve
