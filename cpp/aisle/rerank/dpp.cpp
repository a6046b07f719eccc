#include "aisle/rerank/dpp.h"

#include <algorithm>
#include <cmath>

#include "aisle/rerank/greedy.h"

namespace aisle::rerank {
namespace {

// The next row of the factor, and the pool's residuals without what `place` spans:
//   row[i] = (S[place][i] - sum of row_p[place] * row_p[i] over the rows before) / sqrt(residual)
void span_with(std::size_t place, std::size_t rows, DppWorkspace& work) {
  const std::size_t pool = work.relevance.size();
  double* const row = work.factors.data() + rows * pool;
  for (std::size_t i = 0; i < pool; ++i) row[i] = static_cast<double>(work.similarities[i]);
  for (std::size_t before = 0; before < rows; ++before) {
    const double* const other = work.factors.data() + before * pool;
    const double share = other[place];
    for (std::size_t i = 0; i < pool; ++i) row[i] -= share * other[i];
  }
  const double scale = 1.0 / std::sqrt(work.residual[place]);
  double* const residual = work.residual.data();
  for (std::size_t i = 0; i < pool; ++i) {
    row[i] *= scale;
    residual[i] -= row[i] * row[i];
  }
}

template <typename SimilarTo>
std::size_t dpp(std::span<const float> relevance, float strength, DppWorkspace& work,
                std::span<std::uint32_t> picked, const SimilarTo& similar_to) {
  const std::size_t pool = relevance.size();
  work.relevance.resize(pool);
  scale_relevance(relevance, work.relevance);
  work.similarities.resize(pool);
  work.factors.resize(pool * std::min(pool, picked.size()));
  work.residual.assign(pool, 1.0);
  work.log_residual.assign(pool, 0.0);
  work.is_fresh.assign(pool, 1);
  std::size_t rows = 0;
  // Residuals only fall, so an old logarithm bounds the new one: most places need none.
  const auto mark = [&](std::size_t place, double to_beat) {
    const double base = (1.0 - static_cast<double>(strength)) * work.relevance[place];
    const double bound = base + static_cast<double>(strength) * work.log_residual[place];
    if (work.is_fresh[place] != 0 || bound <= to_beat) return bound;
    work.log_residual[place] = std::log(std::max(work.residual[place], kLeastResidual));
    work.is_fresh[place] = 1;
    return base + static_cast<double>(strength) * work.log_residual[place];
  };
  const auto taken = [&](std::size_t place) {
    if (work.residual[place] <= kLeastResidual) return;  // in the span already
    similar_to(place, std::span<float>(work.similarities));
    span_with(place, rows++, work);
    std::fill(work.is_fresh.begin(), work.is_fresh.end(), std::uint8_t{0});
  };
  return pick_greedily(pool, work.is_picked, picked, mark, taken);
}

}  // namespace

void DppOptions::validate() const { check_strength(strength); }

std::size_t dpp_by_vectors(std::span<const float> relevance, const float* rows, std::size_t dim,
                           const DppOptions& options, DppWorkspace& work,
                           std::span<std::uint32_t> picked) {
  return dpp(relevance, options.strength, work, picked,
             [&](std::size_t place, std::span<float> similarities) {
               similar_by_vectors(rows, dim, place, similarities);
               for (float& value : similarities) value = 0.5F + 0.5F * value;
             });
}

std::size_t dpp_by_attributes(std::span<const float> relevance, Columns columns,
                              const DppOptions& options, DppWorkspace& work,
                              std::span<std::uint32_t> picked) {
  return dpp(relevance, options.strength, work, picked,
             [&](std::size_t place, std::span<float> similarities) {
               similar_by_attributes(columns, place, similarities);
             });
}

}  // namespace aisle::rerank
