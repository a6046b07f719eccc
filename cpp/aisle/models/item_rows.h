#pragma once

/// A sparse item-to-item model: each item of the session brings its row of neighbours.
///
/// Data path   pair counts, SLIM, EASE -> [item rows] -> evaluate
/// Threads     immutable, any number of threads
/// Ownership   owns its rows; 8 bytes a neighbour
/// Cost        one addition for each neighbour of the session's items

#include <cstddef>
#include <cstdint>
#include <vector>

#include "aisle/models/session_model.h"
#include "aisle/models/session_weights.h"

namespace aisle::models {

/// Neighbours of item i: items[offsets[i] .. offsets[i + 1]), in the order of their numbers.
struct ItemRows {
  std::vector<std::uint64_t> offsets;  ///< One more than there are items.
  std::vector<ItemId> items;
  std::vector<float> weights;

  [[nodiscard]] std::size_t item_count() const noexcept {
    return offsets.empty() ? 0 : offsets.size() - 1;
  }
  /// @throws DataError naming the array, the place and the value.
  void validate() const;
};

/// Row j of the result has i wherever row i had j.
[[nodiscard]] ItemRows transposed(const ItemRows& rows);

/// score(y) = sum over the session's items x of weight(x) * rows[x][y]; only positive sums count.
class ItemRowsModel final : public SessionModel {
 public:
  /// @throws ConfigError, DataError for what is out of range.
  ItemRowsModel(ItemRows rows, const SessionWeights& weights);
  void score(const SessionQuery& query, Workspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override { return rows_.item_count(); }
  [[nodiscard]] const ItemRows& rows() const noexcept { return rows_; }

 private:
  ItemRows rows_;
  SessionWeights weights_;
};

}  // namespace aisle::models
