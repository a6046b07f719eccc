#pragma once

/// What a candidate looks like to the scorer: one row of numbers for each, the same in training and
/// in serving because it is the same code.
///
/// Data path   pool -> [features] -> scorer
/// Threads     pure functions of their arguments
/// Ownership   writes into the caller's matrix
/// Cost        about 40 floats a candidate

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/base/pool.h"

namespace aisle::score {

/// Features of a source: place, share, root of the share. Then those of session and item.
inline constexpr std::size_t kSourceFeatures = 3;
enum class Feature : std::size_t {
  in_session = kSources * kSourceFeatures,  ///< 1 when the session holds the item.
  is_last,                                  ///< 1 when it is the session's last item.
  times_seen,                               ///< ln(1 + times in the session).
  seen_by_age,                              ///< in_session x ln(1 + steps since).
  return_rate,        ///< sqrt(h(d)): how often this shop's visitors come back after d steps.
  popularity,         ///< ln(1 + events ever), over the pool's largest.
  heat,               ///< ln(1 + decayed count), over the pool's largest.
  rise,               ///< heat beside popularity.
  price_distance,     ///< -|ln price - mean ln price of the session|.
  category_affinity,  ///< share of the session's items of the item's category.
  freshness,          ///< 1 / (1 + days since first seen).
  bias,
  session_length,  ///< ln(1 + steps of the session): the same for the whole pool, for trees.
  distinct_share,  ///< distinct items over steps: likewise.
  steps_since,     ///< of an item in the session 1 / steps, else 0.
};
inline constexpr std::size_t kFeatures = static_cast<std::size_t>(Feature::steps_since) + 1;
/// Of bundles that were made before the last three: the rest of their weights is 0.
inline constexpr std::size_t kFirstFeatures = static_cast<std::size_t>(Feature::bias) + 1;

/// The name of a column, "knn.place" or "return_rate": for reports and for strategies.
[[nodiscard]] std::string_view feature_name(std::size_t column);

/// h(d): share of clicks that go back to the item seen d steps before; index 0 is d = 1.
inline constexpr std::size_t kReturnSteps = 16;
using ReturnTable = std::array<float, kReturnSteps>;

/// What the engine knows of one item; asked once for each candidate.
struct ItemFacts {
  float count = 0.0F;          ///< Events ever.
  float heat = 0.0F;           ///< Decayed count.
  float log_price = kNoValue;  ///< NaN: no price.
  std::uint32_t category = 0xffffffff;
  float days_known = 1e4F;
};

/// What the scorer needs of the session, oldest item first.
struct SessionFacts {
  std::span<const ItemId> session;
  std::span<const ItemFacts> facts;  ///< One for each item of the session.
  const ReturnTable* returns = nullptr;
};

/// Fills a row-major matrix of kFeatures columns, one row for each entry of the pool; `facts` holds
/// one element for each entry.
void compute_features(std::span<const PoolEntry> pool, std::span<const ItemFacts> facts,
                      const SessionFacts& session, std::span<float> matrix);

}  // namespace aisle::score
