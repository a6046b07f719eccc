#include "aisle/rerank/mmr.h"

#include <algorithm>
#include <limits>
#include <string>

#include "aisle/base/dot.h"
#include "aisle/base/error.h"

namespace aisle::rerank {
namespace {

// Scores of any scale, brought beside similarities: the pool's best is 1, its worst 0.
void scale_relevance(std::span<const float> relevance, std::vector<float>& scaled) {
  scaled.assign(relevance.begin(), relevance.end());
  const auto [least, most] = std::minmax_element(relevance.begin(), relevance.end());
  const float low = *least;
  const float range = *most - low;
  for (float& value : scaled) value = range > 0.0F ? (value - low) / range : 1.0F;
}

// similar_to(place, out): the similarity of every place of the pool to this one. The running
// maximum in `closest` makes a pick one pass over the pool.
template <typename SimilarTo>
std::size_t mmr(std::span<const float> relevance, float lambda, MmrWorkspace& work,
                std::span<std::uint32_t> picked, const SimilarTo& similar_to) {
  const std::size_t pool = relevance.size();
  const std::size_t count = std::min(picked.size(), pool);
  if (count == 0) return 0;
  scale_relevance(relevance, work.relevance);
  work.closest.assign(pool, -std::numeric_limits<float>::infinity());
  work.similarities.resize(pool);
  work.is_picked.assign(pool, 0);
  for (std::size_t pick = 0; pick < count; ++pick) {
    std::size_t best = pool;
    float best_mark = 0.0F;
    for (std::size_t place = 0; place < pool; ++place) {
      if (work.is_picked[place] != 0) continue;
      const float penalty = pick == 0 ? 0.0F : (1.0F - lambda) * work.closest[place];
      const float mark = lambda * work.relevance[place] - penalty;
      if (best == pool || mark > best_mark) {
        best = place;
        best_mark = mark;
      }
    }
    picked[pick] = static_cast<std::uint32_t>(best);
    work.is_picked[best] = 1;
    if (pick + 1 == count) break;
    similar_to(best, std::span<float>(work.similarities));
    for (std::size_t place = 0; place < pool; ++place) {
      work.closest[place] = std::max(work.closest[place], work.similarities[place]);
    }
  }
  return count;
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
               dot_rows({rows + place * dim, dim}, rows, similarities);
             });
}

std::size_t mmr_by_attributes(std::span<const float> relevance,
                              std::span<const std::span<const std::uint32_t>> columns,
                              const MmrOptions& options, MmrWorkspace& work,
                              std::span<std::uint32_t> picked) {
  const float share = columns.empty() ? 0.0F : 1.0F / static_cast<float>(columns.size());
  return mmr(relevance, options.lambda, work, picked,
             [&](std::size_t place, std::span<float> similarities) {
               std::fill(similarities.begin(), similarities.end(), 0.0F);
               for (const auto column : columns) {
                 const std::uint32_t value = column[place];
                 if (value == kNoValue) continue;
                 for (std::size_t other = 0; other < column.size(); ++other) {
                   similarities[other] += column[other] == value ? share : 0.0F;
                 }
               }
             });
}

}  // namespace aisle::rerank
