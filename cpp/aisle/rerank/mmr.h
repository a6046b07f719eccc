#pragma once

/// Maximal marginal relevance: a slate whose items are good and unlike one another.
///
/// J. Carbonell, J. Goldstein: The use of MMR, diversity-based reranking (SIGIR 1998).
///
/// Data path   score -> [rerank] -> slate
/// Threads     pure functions with the caller's workspace, one a thread
/// Ownership   borrows for the call
/// Cost        O(pool * picked) similarities; no allocation with a warm workspace

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/rerank/similarity.h"

namespace aisle::rerank {

struct MmrOptions {
  float lambda = 0.7F;  ///< 1: relevance alone; 0: diversity alone.

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

struct MmrWorkspace {
  std::vector<float> relevance;     ///< scaled to [0, 1] within the pool
  std::vector<float> closest;       ///< similarity to the nearest picked item
  std::vector<float> similarities;  ///< to the item picked last
  std::vector<std::uint8_t> is_picked;
};

/// Fills `picked` with places of the pool, in the order of the slate: each time the place with the
/// largest lambda * relevance - (1 - lambda) * (largest similarity to those picked before); on
/// equal marks the earlier place. Returns how many: min(picked.size(), relevance.size()).
///
/// Similarity is the inner product: `rows` has relevance.size() rows of `dim` floats, of length 1
/// (a row of zeros is like nothing else).
std::size_t mmr_by_vectors(std::span<const float> relevance, const float* rows, std::size_t dim,
                           const MmrOptions& options, MmrWorkspace& work,
                           std::span<std::uint32_t> picked);

/// The same with attributes: similarity is the share of `columns` in which two places have the same
/// value; every column has relevance.size() codes.
std::size_t mmr_by_attributes(std::span<const float> relevance, Columns columns,
                              const MmrOptions& options, MmrWorkspace& work,
                              std::span<std::uint32_t> picked);

}  // namespace aisle::rerank
