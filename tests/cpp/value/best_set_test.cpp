#include "aisle/value/best_set.h"

#include <gtest/gtest.h>

namespace aisle::value {
namespace {

using Places = std::vector<std::uint32_t>;

struct Scene {
  std::vector<float> alone;
  std::vector<float> pairs;
  std::vector<std::uint32_t> groups;
  std::vector<double> prices;

  [[nodiscard]] Places best(std::size_t parts, double budget = 1e9, std::size_t width = 256) const {
    return best_set({alone, pairs, groups, prices, budget, parts, width});
  }
};

Scene scene() {
  return {.alone = {3, 2, 1, 0},
          .pairs = {0, -9, 0, 0, -9, 0, 5, 0, 0, 5, 0, 0, 0, 0, 0, 0},
          .groups = {0, 1, 2, 3},
          .prices = {10, 20, 30, 40}};
}

TEST(BestSet, LooksBeyondTheBestAlone) {
  EXPECT_EQ(scene().best(1), (Places{0}));
  EXPECT_EQ(scene().best(2), (Places{1, 2})) << "2 + 1 + 5, where the greedy start has 3 + 1";
}

TEST(BestSet, StaysWithinTheBudget) {
  EXPECT_EQ(scene().best(2, 40.0), (Places{0, 2}));
  EXPECT_EQ(scene().best(3, 40.0).size(), 2U) << "no three are as cheap: the best two";
  EXPECT_TRUE(scene().best(3, 5.0).empty());
}

TEST(BestSet, TakesOneOfAGroup) {
  Scene one = scene();
  one.groups = {7, 7, 7, 7};
  EXPECT_EQ(one.best(3), (Places{0}));
  one.groups.assign(4, kNoGroup);
  EXPECT_EQ(one.best(4).size(), 4U);
}

TEST(BestSet, OfEqualSetsTakesTheEarlierPlaces) {
  const Scene flat{.alone = {1, 1, 1},
                   .pairs = std::vector<float>(9, 0.0F),
                   .groups = {0, 1, 2},
                   .prices = {1, 1, 1}};
  EXPECT_EQ(flat.best(2), (Places{0, 1}));
}

TEST(BestSet, FindsNothingAmongNothing) { EXPECT_TRUE(Scene{}.best(3).empty()); }

}  // namespace
}  // namespace aisle::value
