#pragma once

/// What the greedy rerankers share: one scale of relevance, one rule of ties; private to rerank.
///
/// Data path   score -> [rerank] -> slate
/// Threads     pure functions with the caller's memory
/// Ownership   borrows for the call
/// Cost        pick_greedily(): pool * picked marks

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace aisle::rerank {

/// Scores of any scale, brought beside similarities: the pool's best is 1, its worst 0; all are 1
/// where they are equal. Never turns the order of two round. `scaled` has relevance.size() floats.
void scale_relevance(std::span<const float> relevance, std::span<float> scaled);

/// @throws ConfigError unless `strength` is within [0, 1].
void check_strength(float strength);

/// Writes the weights, divided by their sum, to `shares`; zeros where the sum is no positive
/// number.
void normalize(std::span<const float> weights, std::vector<double>& shares);

/// Fills `picked` with places of a pool: each time the one not yet picked with the greatest
/// mark(place, to_beat), on equal marks the earlier. taken(place) hears of each pick that another
/// follows. A mark below or at `to_beat` may be any upper bound of the true one that is not above
/// it.
template <class Mark, class Taken>
std::size_t pick_greedily(std::size_t pool, std::vector<std::uint8_t>& is_picked,
                          std::span<std::uint32_t> picked, const Mark& mark, const Taken& taken) {
  const std::size_t count = picked.size() < pool ? picked.size() : pool;
  is_picked.assign(pool, 0);
  for (std::size_t pick = 0; pick < count; ++pick) {
    std::size_t best = pool;
    double to_beat = -std::numeric_limits<double>::infinity();
    for (std::size_t place = 0; place < pool; ++place) {
      if (is_picked[place] != 0) continue;
      const double found = mark(place, to_beat);
      if (best == pool || found > to_beat) {
        best = place;
        to_beat = found;
      }
    }
    picked[pick] = static_cast<std::uint32_t>(best);
    is_picked[best] = 1;
    if (pick + 1 < count) taken(best);
  }
  return count;
}

}  // namespace aisle::rerank
