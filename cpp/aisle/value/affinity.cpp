#include "aisle/value/affinity.h"

#include <cmath>

namespace aisle::value {
namespace {

double expected(const PairCounts& counts) noexcept {
  return counts.total > 0.0 ? counts.x * counts.y / counts.total : 0.0;
}

}  // namespace

double log_lift(const PairCounts& counts) noexcept {
  return std::log((counts.both + kDoubt) / (expected(counts) + kDoubt));
}

double bought_against_viewed(const PairCounts& bought, const PairCounts& viewed) noexcept {
  const double share = viewed.total > 0.0 ? viewed.y / viewed.total : 0.0;
  const double lift = share > 0.0 ? (viewed.both / share + kDoubt) / (viewed.x + kDoubt) : 1.0;
  return (bought.both + kDoubt) / (expected(bought) * lift + kDoubt);
}

Side side_of(const PairCounts& bought, const PairCounts& viewed) noexcept {
  const double ratio = bought_against_viewed(bought, viewed);
  if (ratio > kSideRatio) return Side::complement;
  return ratio * kSideRatio < 1.0 ? Side::substitute : Side::undecided;
}

}  // namespace aisle::value
