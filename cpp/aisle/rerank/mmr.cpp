#include "aisle/rerank/mmr.h"

#include <algorithm>
#include <limits>
#include <string>

#include "aisle/base/error.h"
#include "aisle/rerank/greedy.h"

namespace aisle::rerank {
namespace {

// similar_to(place, out): the similarity of every place of the pool to this one. The running
// maximum in `closest` makes a pick one pass over the pool.
template <typename SimilarTo>
std::size_t mmr(std::span<const float> relevance, float lambda, MmrWorkspace& work,
                std::span<std::uint32_t> picked, const SimilarTo& similar_to) {
  const std::size_t pool = relevance.size();
  work.relevance.resize(pool);
  scale_relevance(relevance, work.relevance);
  work.closest.assign(pool, -std::numeric_limits<float>::infinity());
  work.similarities.resize(pool);
  bool is_first = true;
  const auto mark = [&](std::size_t place, double /*to_beat*/) {
    const float penalty = is_first ? 0.0F : (1.0F - lambda) * work.closest[place];
    return static_cast<double>(lambda * work.relevance[place] - penalty);
  };
  const auto taken = [&](std::size_t place) {
    is_first = false;
    similar_to(place, std::span<float>(work.similarities));
    for (std::size_t other = 0; other < pool; ++other) {
      work.closest[other] = std::max(work.closest[other], work.similarities[other]);
    }
  };
  return pick_greedily(pool, work.is_picked, picked, mark, taken);
}

}  // namespace

void MmrOptions::validate() const {
  if (lambda >= 0.0F && lambda <= 1.0F) return;
  throw ConfigError("lambda must be within [0, 1], got " + std::to_string(lambda));
}

std::size_t mmr_by_vectors(std::span<const float> relevance, const float* rows, std::size_t dim,
                           const MmrOptions& options, MmrWorkspace& work,
                           std::span<std::uint32_t> picked) {
  return mmr(relevance, options.lambda, work, picked,
             [&](std::size_t place, std::span<float> similarities) {
               similar_by_vectors(rows, dim, place, similarities);
             });
}

std::size_t mmr_by_attributes(std::span<const float> relevance, Columns columns,
                              const MmrOptions& options, MmrWorkspace& work,
                              std::span<std::uint32_t> picked) {
  return mmr(relevance, options.lambda, work, picked,
             [&](std::size_t place, std::span<float> similarities) {
               similar_by_attributes(columns, place, similarities);
             });
}

}  // namespace aisle::rerank
