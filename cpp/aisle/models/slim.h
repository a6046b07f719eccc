#pragma once

/// SLIM: for each item, the few non-negative weights of other items that best rebuild its column.
///
/// X. Ning, G. Karypis: SLIM: sparse linear methods for top-n recommender systems (ICDM 2011), by
/// coordinate descent on the counts of pairs (Friedman, Hastie, Tibshirani 2010), each item over
/// its nearest neighbours only (the paper's fsSLIM).
///
/// Data path   pair counts -> [SLIM] -> item rows
/// Threads     uses the threads it is given during the call; the result does not depend on them
/// Ownership   borrows the counts, returns rows of its own
/// Cost        for each item: neighbours^2 for each round of descent, and their rows of counts

#include <cstddef>
#include <cstdint>
#include <span>

#include "aisle/models/item_rows.h"

namespace aisle::models {

struct SlimOptions {
  double l1 = 1.0;
  double l2 = 10.0;
  std::size_t neighbours = 100;  ///< By cosine; only these may get a weight.
  std::size_t rounds = 100;
  double tolerance = 1e-4;  ///< Stops when no weight moved by more than this.

  void validate() const;
};

/// `pairs`: how often two items were met (symmetric, no diagonal); `counts`: how often each was.
/// Row x of the result has y where x helps to rebuild y.
/// @throws ConfigError, DataError for what is out of range.
[[nodiscard]] ItemRows fit_slim(const ItemRows& pairs, std::span<const std::uint32_t> counts,
                                const SlimOptions& options, std::size_t threads);

}  // namespace aisle::models
