#include "aisle/value/price_order.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace aisle::value {
namespace {

using Places = std::vector<std::uint32_t>;

Places order(const std::vector<float>& scores, const std::vector<double>& prices, float tolerance) {
  Places places(scores.size());
  dearer_first(scores, prices, tolerance, places);
  return places;
}

TEST(PriceOrder, PutsTheDearerFirstAmongNearEquals) {
  EXPECT_EQ(order({1.0F, 0.99F, 0.98F, 0.0F}, {5, 7, 6, 100}, 0.05F), (Places{1, 2, 0, 3}));
}

TEST(PriceOrder, IsOffAtZeroAndAloneAtOne) {
  EXPECT_EQ(order({1.0F, 1.0F}, {1, 2}, 0.0F), (Places{0, 1}));
  EXPECT_EQ(order({900.0F, 5.0F, -900.0F}, {1, 2, 3}, 1.0F), (Places{2, 1, 0}));
}

TEST(PriceOrder, MovesNothingAcrossAGap) {
  const float gap = -std::log(1.0F - 0.2F) + 1e-4F;  // odds a little more than a fifth below
  EXPECT_EQ(order({0.0F, -gap, -2 * gap}, {1, 2, 3}, 0.2F), (Places{0, 1, 2}));
}

TEST(PriceOrder, DoesNotClimbAChainOfSmallSteps) {
  // Each is near the next, the last is not near the first: it opens a band of its own.
  const auto found = order({0.0F, -0.06F, -0.12F}, {1, 2, 3}, 0.1F);
  EXPECT_EQ(found, (Places{1, 0, 2}));
}

TEST(PriceOrder, IsStableAndPutsUnknownPricesLast) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(order({1, 1, 1, 1, 1}, {kNone, 2, kNone, 2, 3}, 0.5F), (Places{4, 1, 3, 0, 2}));
  EXPECT_TRUE(order({}, {}, 0.5F).empty());
}

TEST(PriceOrder, TakesScoresThatAreAsLowAsFloatsGo) {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  EXPECT_EQ(order({0.0F, kLowest, kLowest}, {1, 2, 3}, 0.5F), (Places{0, 2, 1}));
}

}  // namespace
}  // namespace aisle::value
