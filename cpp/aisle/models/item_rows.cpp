#include "aisle/models/item_rows.h"

#include <cmath>
#include <string>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::models {

void ItemRows::validate() const {
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != items.size()) {
    throw DataError("offsets must rise from 0 to the number of neighbours, " +
                    std::to_string(items.size()));
  }
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    if (offsets[i] > offsets[i + 1]) throw DataError("offsets fall at item " + std::to_string(i));
  }
  if (weights.size() != items.size()) {
    throw DataError("weights has " + std::to_string(weights.size()) + " entries, items has " +
                    std::to_string(items.size()));
  }
  for (std::size_t at = 0; at < items.size(); ++at) {
    if (value_of(items[at]) >= item_count()) {
      throw DataError("items[" + std::to_string(at) + "] is " +
                      std::to_string(value_of(items[at])) + ", of " + std::to_string(item_count()) +
                      " items");
    }
    if (!std::isfinite(weights[at])) {
      throw DataError("weights[" + std::to_string(at) + "] is " + std::to_string(weights[at]));
    }
  }
}

ItemRows transposed(const ItemRows& rows) {
  ItemRows result;
  result.offsets.assign(rows.offsets.size(), 0);
  for (const ItemId item : rows.items) ++result.offsets[value_of(item) + 1];
  for (std::size_t i = 1; i < result.offsets.size(); ++i)
    result.offsets[i] += result.offsets[i - 1];
  result.items.resize(rows.items.size());
  result.weights.resize(rows.items.size());
  std::vector<std::uint64_t> next = result.offsets;
  for (std::uint32_t from = 0; from < rows.item_count(); ++from) {
    for (std::uint64_t at = rows.offsets[from]; at < rows.offsets[from + 1]; ++at) {
      const std::uint64_t place = next[value_of(rows.items[at])]++;
      result.items[place] = ItemId{from};
      result.weights[place] = rows.weights[at];
    }
  }
  return result;
}

ItemRowsModel::ItemRowsModel(ItemRows rows, const SessionWeights& weights)
    : rows_(std::move(rows)), weights_(weights) {
  rows_.validate();
  weights_.validate();
}

void ItemRowsModel::score(const SessionQuery& query, Workspace& work) const {
  weigh_session(query, item_count(), weights_, work);
  auto& scores = work.scores();
  scores.begin(item_count());
  for (const auto& [item, weight] : work.best) {
    const std::uint64_t end = rows_.offsets[value_of(item) + 1];
    for (std::uint64_t at = rows_.offsets[value_of(item)]; at < end; ++at) {
      scores.add(rows_.items[at], weight * static_cast<double>(rows_.weights[at]));
    }
  }
}

}  // namespace aisle::models
