#pragma once

/// A weighted sum of features: fusion of the sources and session features in one scorer.
///
/// Data path   features -> [score] -> rerank
/// Threads     immutable
/// Ownership   owns its weights
/// Cost        one matrix-vector product
///
/// Both classic fusions are special cases: weights on ".place" alone are weighted reciprocal rank
/// fusion (Cormack et al., SIGIR 2009, with k = 5), weights on ".share" alone the weighted sum of
/// normalised scores (CombSUM, Fox and Shaw 1994).

#include <array>
#include <span>

#include "aisle/score/features.h"

namespace aisle::score {

using Weights = std::array<float, kFeatures>;

/// The weights that need no training: a fixed blend that held up on every log we tried.
[[nodiscard]] Weights default_weights();

class LinearScorer {
 public:
  explicit LinearScorer(const Weights& weights) : weights_(weights) {}

  /// Writes entry.score for each entry; `matrix` is what compute_features() made for the pool.
  void score(std::span<PoolEntry> pool, std::span<const float> matrix) const;
  [[nodiscard]] const Weights& weights() const noexcept { return weights_; }

 private:
  Weights weights_;
};

}  // namespace aisle::score
