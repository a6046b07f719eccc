#include "aisle/rerank/novelty.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::rerank {
namespace {

using Places = std::vector<std::uint32_t>;
using Floats = std::vector<float>;

Places favour(const Floats& relevance, const Floats& counts, float strength, std::size_t k) {
  NoveltyWorkspace work;
  Places picked(k);
  picked.resize(favour_novelty(relevance, counts, 1023.0, {.strength = strength}, work, picked));
  return picked;
}

TEST(Novelty, StrengthZeroKeepsTheOrder) {
  EXPECT_EQ(favour({5.0F, 3.0F, 3.0F, 1.0F}, {9, 0, 99, 0}, 0.0F, 4), (Places{0, 1, 2, 3}));
}

TEST(Novelty, StrengthOneIsTheRarestFirst) {
  EXPECT_EQ(favour({5.0F, 3.0F, 1.0F}, {900, 0, 50}, 1.0F, 3), (Places{1, 2, 0}));
}

TEST(Novelty, IsTheSelfInformationOverItsGreatest) {
  Floats marked(3);
  add_novelty(Floats{2.0F, 1.0F, 0.0F}, Floats{1023, 31, 0}, 1023.0, {.strength = 0.5F}, marked);
  EXPECT_FLOAT_EQ(marked[0], 0.5F);          // the best, and known to all
  EXPECT_FLOAT_EQ(marked[1], 0.25F + .25F);  // log2(1024 / 32) of log2(1024): 5 of 10 bits
  EXPECT_FLOAT_EQ(marked[2], 0.5F);          // the worst, and known to none
}

TEST(Novelty, EqualMarksGoToTheEarlierPlace) {
  EXPECT_EQ(favour({1.0F, 1.0F, 1.0F}, {7, 7, 7}, 0.4F, 2), (Places{0, 1}));
  EXPECT_TRUE(favour({}, {}, 0.4F, 2).empty());
}

TEST(Novelty, RefusesStrengthOutsideItsRange) {
  EXPECT_THROW(NoveltyOptions{.strength = 2.0F}.validate(), ConfigError);
  EXPECT_THROW(NoveltyOptions{.strength = NAN}.validate(), ConfigError);
}

}  // namespace
}  // namespace aisle::rerank
