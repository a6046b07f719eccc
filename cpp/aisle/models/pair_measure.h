#pragma once

/// The strength of a pair, from its counts.
///
/// Data path   pair counts -> [pair measure] -> item rows
/// Threads     value; call() is const
/// Ownership   borrows the counts
/// Cost        a few operations a pair; amazon: one power for each size of x's groups

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "aisle/models/pair_counts.h"

namespace aisle::models {

/// Of one item x: how many of its groups have how many other rows.
using GroupSizes = std::vector<std::pair<double, double>>;  // size, groups

class PairMeasure {
 public:
  PairMeasure(const MeasureOptions& options, std::span<const std::uint32_t> counts,
              std::size_t groups);

  /// Strength of y beside x, met `co` times.
  [[nodiscard]] double operator()(ItemId x, ItemId y, double co, const GroupSizes& sizes) const;

 private:
  [[nodiscard]] double expected(ItemId y, const GroupSizes& sizes) const;

  MeasureOptions options_;
  std::span<const std::uint32_t> counts_;
  double groups_;
  double rows_;  // all counts together
};

/// Dunning's G^2 of a 2 x 2 table, at least 0; 0 where both are met less often than by chance.
///
/// T. Dunning: Accurate methods for the statistics of surprise and coincidence (1993).
[[nodiscard]] double log_likelihood_ratio(double both, double only_x, double only_y,
                                          double neither);

}  // namespace aisle::models
