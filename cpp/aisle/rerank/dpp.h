#pragma once

/// Determinantal point process: the slate whose relevance and spanned volume are greatest.
///
/// L. Chen, G. Zhang, E. Zhou: Fast greedy MAP inference for determinantal point process to improve
/// recommendation diversity (NeurIPS 2018), algorithm 1.
///
/// Data path   score -> [rerank] -> slate
/// Threads     pure functions with the caller's workspace, one a thread
/// Ownership   borrows for the call
/// Cost        O(pool * picked * (dim + picked)); no allocation with a warm workspace

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/rerank/similarity.h"

namespace aisle::rerank {

struct DppOptions {
  /// 1 - theta of the paper. 0: relevance alone; 1: volume alone.
  float strength = 0.3F;

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

struct DppWorkspace {
  std::vector<float> relevance;  ///< scaled to [0, 1] within the pool
  std::vector<float> similarities;
  std::vector<double> factors;  ///< rows of the Cholesky factor, one a pick, the pool's places wide
  std::vector<double> residual;        ///< squared distance from the span of what was picked
  std::vector<double> log_residual;    ///< of some pick before: never below the true one
  std::vector<std::uint8_t> is_fresh;  ///< whether log_residual is the true one
  std::vector<std::uint8_t> is_picked;
};

/// What is nearer than this to the span of the picked is counted as this near: once nothing new is
/// left, the rest follows by relevance.
inline constexpr double kLeastResidual = 1e-6;

/// Fills `picked` with places of the pool, in the order of the slate: each time the place with the
/// largest (1 - strength) * relevance + strength * log(residual), where the residual is
/// det(S of picked and place) / det(S of picked), at least kLeastResidual; on equal marks the
/// earlier place. Returns how many: min(picked.size(), relevance.size()).
///
/// The kernel is the paper's, S = (1 + inner product) / 2 with 1 on its diagonal: opposite items
/// are unlike, not alike. `rows` has relevance.size() rows of `dim` floats, of length 1 or all
/// zeros.
std::size_t dpp_by_vectors(std::span<const float> relevance, const float* rows, std::size_t dim,
                           const DppOptions& options, DppWorkspace& work,
                           std::span<std::uint32_t> picked);

/// The same with attributes: S is the share of `columns` in which two places have the same value.
std::size_t dpp_by_attributes(std::span<const float> relevance, Columns columns,
                              const DppOptions& options, DppWorkspace& work,
                              std::span<std::uint32_t> picked);

}  // namespace aisle::rerank
