#include "aisle/retrieve/pair_sums.h"

namespace aisle::retrieve {

PairSums::PairSums(const CoVisitationView& table) : of(table.item_count(), 0.0F) {
  for (std::uint32_t i = 0; i < of.size(); ++i) {
    double sum = 0.0;
    for_each_pair(table, ItemId{i}, [&](ItemId, double weight) { sum += weight; });
    of[i] = static_cast<float>(sum);
    total += sum;
  }
}

}  // namespace aisle::retrieve
