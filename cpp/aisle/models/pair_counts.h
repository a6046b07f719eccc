#pragma once

/// Which items are met in one group of events (a basket, a session, a visitor), and how strongly
/// two items belong together by these counts.
///
/// Data path   log -> [pair counts] -> item rows, item vectors, SLIM
/// Threads     uses the threads it is given during the call; the result does not depend on them
/// Ownership   borrows the log's columns, returns rows of its own
/// Cost        a group of n events has n^2 pairs; memory for the rows that are kept

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "aisle/base/event.h"
#include "aisle/models/item_rows.h"
#include "aisle/models/session_weights.h"

namespace aisle::models {

/// Events group by group, oldest first: group g is rows [offsets[g] .. offsets[g + 1]).
struct ItemGroups {
  std::span<const std::int64_t> offsets;
  std::span<const ItemId> items;
  std::span<const Timestamp> times{};  ///< Of each row; may be empty.
  std::span<const EventType> types{};  ///< Of each row; may be empty.

  [[nodiscard]] std::size_t size() const noexcept {
    return offsets.empty() ? 0 : offsets.size() - 1;
  }
  /// @throws DataError naming the array.
  void validate(std::size_t item_count) const;
};

struct PairOptions {
  std::size_t longest = 0;   ///< Newest rows of a group that count; 0: all.
  std::size_t distance = 0;  ///< Steps that still make a pair; 0: any.
  Timestamp window = 0;      ///< Time that may lie between the two; 0: any.
  bool once = true;          ///< A group counts a pair once (for each type of the second event).
  /// By the type of the pair's second event; 0 leaves such pairs out.
  std::array<double, kEventTypes> type_weight = all_types_alike();
  /// A pair weighs 1 + recency * (t - oldest) / (newest - oldest), t being the first event's time.
  double recency = 0.0;

  void validate() const;
};

/// How strongly y goes with x, from co (groups with both), n_x, n_y and N (all groups).
enum class Measure : std::uint8_t {
  count,        ///< co, with the pairs' weights
  cosine,       ///< co / sqrt(n_x n_y)
  jaccard,      ///< co / (n_x + n_y - co)
  llr,          ///< Dunning's G^2 of the 2 x 2 table; 0 for items that avoid each other
  lift,         ///< P(y|x) / P(y)
  conditional,  ///< P(y|x) = (co + smoothing * P(y)) / (n_x + smoothing)
  amazon,       ///< (co - E) / sqrt(E + smoothing), E: what big groups bring about by themselves
};

struct MeasureOptions {
  Measure measure = Measure::cosine;
  std::size_t neighbours = 100;  ///< Kept for each item; 0: all.
  double shrink = 0.0;           ///< Every measure times co / (co + shrink).
  double smoothing = 0.0;        ///< Groups of prior belief; see the measures.
  double min_count = 1.0;        ///< Pairs met less often are none.

  void validate() const;
};

/// The rows of all items. Negative strengths are left out, and so is an item's own.
/// @throws ConfigError for the options, DataError for the log.
[[nodiscard]] ItemRows pair_rows(const ItemGroups& groups, std::size_t item_count,
                                 const PairOptions& pairs, const MeasureOptions& measure,
                                 std::size_t threads);

/// Groups that have each item in their newest `longest` rows (0: all).
[[nodiscard]] std::vector<std::uint32_t> group_counts(const ItemGroups& groups,
                                                      std::size_t item_count, std::size_t longest);

}  // namespace aisle::models
