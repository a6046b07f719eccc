#pragma once

/// Together more than by chance: lifts of pairs, and which side of an item another one is on.
///
/// Lift and its smoothing: S. Brin et al., Dynamic itemset counting and implication rules for
/// market basket data (SIGMOD 1997); complements by bought together against viewed together:
/// J. McAuley et al., Inferring networks of substitutable and complementary products (KDD 2015).
///
/// Data path   co-visitation tables -> [affinity] -> complements, looks
/// Threads     pure
/// Ownership   none
/// Cost        a few operations a pair

#include <cstdint>

namespace aisle::value {

/// Weight of what is not known, in a table's own unit, in which one purchase right beside another
/// weighs 3.
inline constexpr double kDoubt = 3.0;
/// How many times as much as viewing lets expect (or as little) puts a pair on a side.
inline constexpr double kSideRatio = 2.0;

/// Of one pair x, y in one table: their weight together, of each with anything, and of all pairs.
struct PairCounts {
  double both = 0.0;
  double x = 0.0;
  double y = 0.0;
  double total = 0.0;
};

/// log((both + doubt) / (expected + doubt)), expected = x * y / total: 0 by chance and where
/// nothing is known.
[[nodiscard]] double log_lift(const PairCounts& counts) noexcept;

enum class Relation : std::uint8_t { any, complements, substitutes };
enum class Side : std::uint8_t { undecided, complement, substitute };

/// (bought + doubt) / (expected + doubt), where expected is what x and y would be bought together
/// if that followed how much they are looked at together:
///   expected = x_bought * y_bought / total_bought * lift_viewed
///   lift_viewed = (both_viewed / y_share + doubt) / (x_viewed + doubt), y_share = y / total
/// Above kSideRatio y is a complement of x, below its inverse a substitute; in between, as where
/// counts are thin, undecided.
[[nodiscard]] double bought_against_viewed(const PairCounts& bought,
                                           const PairCounts& viewed) noexcept;
[[nodiscard]] Side side_of(const PairCounts& bought, const PairCounts& viewed) noexcept;

}  // namespace aisle::value
