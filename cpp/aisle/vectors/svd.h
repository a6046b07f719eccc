#pragma once

/// Item vectors from a sparse matrix of item-item counts, by a randomised SVD.
///
/// N. Halko, P. Martinsson, J. Tropp: Finding structure with randomness (SIAM Review 2011),
/// algorithms 4.4 (range by power iteration) and 5.1 (SVD in that range). The weighting is
/// O. Levy, Y. Goldberg: Neural word embedding as implicit matrix factorization (NIPS 2014).
///
/// Data path   fit: co-visitation counts -> [retrieve] item vectors -> VectorIndex
/// Threads     uses options.threads threads during the call; the result does not depend on them
/// Ownership   borrows the matrix; the result is the caller's
/// Cost        2 * power_iterations + 2 products of the matrix with dim + 16 columns: 100,000
/// items,
///             5 million counts, 64 dimensions in a few seconds

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace aisle::vectors {

/// A square sparse matrix, row by row: row i has columns[offsets[i] .. offsets[i + 1]).
struct CsrView {
  std::span<const std::uint64_t> offsets;  ///< rows + 1 of them
  std::span<const std::uint32_t> columns;
  std::span<const float> values;  ///< at least 0

  [[nodiscard]] std::size_t rows() const noexcept {
    return offsets.empty() ? 0 : offsets.size() - 1;
  }
};

/// What a count becomes before the factorisation.
enum class SvdWeighting : std::uint8_t {
  none,   ///< the value itself
  log1p,  ///< log(1 + value): big sellers count less
  ppmi,   ///< max(0, log(P(i, j) / (P(i) P(j)^smoothing)) - log(shift)): what goes together more
          ///< often than chance
};

struct SvdOptions {
  std::size_t dim = 64;  ///< Columns of the result.
  SvdWeighting weighting = SvdWeighting::ppmi;
  double shift = 1.0;                ///< ppmi: negative samples, at least 1.
  double smoothing = 0.75;           ///< ppmi: of the context's share, in (0, 1].
  std::size_t power_iterations = 2;  ///< More separate close singular values better.
  std::size_t oversampling = 16;     ///< Columns more than dim while computing.
  int threads = 2;
  std::uint64_t seed = 1;

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

/// Called on the calling thread with the finished share, in [0, 1], several times a second on large
/// input; what it throws ends the work and goes through.
using SvdProgress = std::function<void(double)>;

/// U sqrt(S), rows scaled to length 1: rows() * dim floats. Items without a positive weight have
/// rows of zeros; so have columns beyond the rank of the matrix.
/// @throws ConfigError for the options, DataError for a matrix that is none.
[[nodiscard]] std::vector<float> item_vectors(const CsrView& counts, const SvdOptions& options,
                                              const SvdProgress& progress = {});

}  // namespace aisle::vectors
