#pragma once

/// xQuAD: a slate that covers the aspects a visitor may have in mind.
///
/// R. Santos, C. Macdonald, I. Ounis: Exploiting query reformulations for web search result
/// diversification (WWW 2010); with categories for reformulations as S. Vargas, P. Castells:
/// Exploiting the diversity of user preferences for recommendation (OAIR 2013).
///
/// Data path   score -> [rerank] -> slate
/// Threads     pure functions with the caller's workspace, one a thread
/// Ownership   borrows for the call
/// Cost        O(pool * picked * aspects of a place); no allocation with a warm workspace

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/rerank/aspects.h"

namespace aisle::rerank {

struct XquadOptions {
  float strength = 0.5F;  ///< lambda of the paper. 0: relevance alone; 1: aspects alone.

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

struct XquadWorkspace {
  std::vector<float> relevance;   ///< scaled to [0, 1] within the pool
  std::vector<double> interest;   ///< P(aspect | visitor)
  std::vector<double> uncovered;  ///< the product of 1 - P(item | aspect) over what was picked
  std::vector<std::uint8_t> is_picked;
};

/// Fills `picked` with places of the pool, in the order of the slate: each time the place with the
/// largest
///   (1 - strength) * relevance + strength * sum over aspects a of
///     P(a | visitor) * P(place | a) * product over the picked j of (1 - P(j | a)),
/// on equal marks the earlier place. P(place | a) is the scaled relevance where the place has the
/// aspect, else 0. Returns how many: min(picked.size(), relevance.size()).
///
/// `interest` weighs the aspects by code, on any scale; what it does not reach weighs nothing.
/// Where it is empty, the aspects of the pool weigh the same.
std::size_t xquad(std::span<const float> relevance, const Aspects& aspects,
                  std::span<const float> interest, const XquadOptions& options,
                  XquadWorkspace& work, std::span<std::uint32_t> picked);

}  // namespace aisle::rerank
