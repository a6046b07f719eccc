#pragma once

/// Novelty: lifts what few visitors know, by the self-information of its popularity.
///
/// T. Zhou et al.: Solving the apparent diversity-accuracy dilemma of recommender systems (PNAS
/// 2010), section "surprisal / novelty".
///
/// Data path   score -> [rerank] -> slate
/// Threads     pure functions with the caller's workspace, one a thread
/// Ownership   borrows for the call
/// Cost        a logarithm a place, then a sort; no allocation with a warm workspace

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aisle::rerank {

struct NoveltyOptions {
  float strength = 0.2F;  ///< 0: relevance alone; 1: novelty alone.

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

/// Writes to `marked`, of relevance.size() floats, the relevance that any reranker can go on with:
///   (1 - strength) * relevance + strength * novelty,
/// relevance scaled to [0, 1] within the pool and novelty log((total + 1) / (count + 1)) /
/// log(total + 1): 1 for an item never seen, 0 for one that has all events. `counts` are the events
/// of each place, `total` those of the whole shop, above 0.
void add_novelty(std::span<const float> relevance, std::span<const float> counts, double total,
                 const NoveltyOptions& options, std::span<float> marked);

struct NoveltyWorkspace {
  std::vector<float> marked;
  std::vector<std::uint32_t> order;
};

/// Fills `picked` with places of the pool by falling mark; on equal marks the earlier place.
/// Returns how many: min(picked.size(), relevance.size()).
std::size_t favour_novelty(std::span<const float> relevance, std::span<const float> counts,
                           double total, const NoveltyOptions& options, NoveltyWorkspace& work,
                           std::span<std::uint32_t> picked);

}  // namespace aisle::rerank
