#include "aisle/rerank/mmr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::rerank {
namespace {

using Places = std::vector<std::uint32_t>;

Places by_vectors(const std::vector<float>& relevance, const std::vector<float>& rows,
                  std::size_t dim, float lambda, std::size_t k) {
  MmrWorkspace work;
  Places picked(k);
  picked.resize(mmr_by_vectors(relevance, rows.data(), dim, {.lambda = lambda}, work, picked));
  return picked;
}

Places by_attribute(const std::vector<float>& relevance, const Places& values, float lambda,
                    std::size_t k) {
  MmrWorkspace work;
  const std::array<std::span<const std::uint32_t>, 1> columns{values};
  Places picked(k);
  picked.resize(mmr_by_attributes(relevance, columns, {.lambda = lambda}, work, picked));
  return picked;
}

/// The formula, word by word, in O(pool * picked^2).
Places reference(const std::vector<float>& relevance, const std::vector<float>& rows,
                 std::size_t dim, float lambda, std::size_t k) {
  const auto [low, high] = std::minmax_element(relevance.begin(), relevance.end());
  const auto similarity = [&](std::size_t a, std::size_t b) {
    return std::inner_product(rows.begin() + static_cast<std::ptrdiff_t>(a * dim),
                              rows.begin() + static_cast<std::ptrdiff_t>((a + 1) * dim),
                              rows.begin() + static_cast<std::ptrdiff_t>(b * dim), 0.0F);
  };
  Places picked;
  while (picked.size() < std::min(k, relevance.size())) {
    double best_mark = -1e9;
    std::uint32_t best = 0;
    for (std::uint32_t i = 0; i < relevance.size(); ++i) {
      if (std::find(picked.begin(), picked.end(), i) != picked.end()) continue;
      float closest = picked.empty() ? 0.0F : -2.0F;
      for (const std::uint32_t j : picked) closest = std::max(closest, similarity(i, j));
      const float scaled = (relevance[i] - *low) / (*high - *low);
      const double mark = static_cast<double>(lambda * scaled - (1.0F - lambda) * closest);
      if (mark > best_mark + 1e-6) {
        best_mark = mark;
        best = i;
      }
    }
    picked.push_back(best);
  }
  return picked;
}

TEST(Mmr, LambdaOneKeepsTheOrderOfRelevance) {
  EXPECT_EQ(by_attribute({0.9F, 5.0F, 3.0F}, {1, 1, 1}, 1.0F, 3), (Places{1, 2, 0}));
}

TEST(Mmr, PutsAnotherBrandBetweenTwoOfOne) {
  EXPECT_EQ(by_attribute({10.0F, 9.0F, 8.0F, 0.0F}, {7, 7, 5, 5}, 0.5F, 3), (Places{0, 2, 1}));
}

TEST(Mmr, MissingValuesAreLikeNothing) {
  EXPECT_EQ(by_attribute({3.0F, 2.9F, 1.0F}, {kNoValue, kNoValue, 4}, 0.5F, 2), (Places{0, 1}));
}

TEST(Mmr, EqualMarksGoToTheEarlierRank) {
  EXPECT_EQ(by_attribute({1.0F, 1.0F, 1.0F}, {1, 2, 3}, 0.7F, 3), (Places{0, 1, 2}));
  EXPECT_EQ(by_vectors({2.0F, 2.0F}, {1, 0, 1, 0}, 2, 0.0F, 2), (Places{0, 1}));
}

TEST(Mmr, TwinIsPickedLast) {
  const std::vector<float> rows{1, 0, 1, 0, 0, 1};  // place 1 is place 0's twin
  EXPECT_EQ(by_vectors({1.0F, 0.9F, 0.5F}, rows, 2, 0.5F, 3), (Places{0, 2, 1}));
}

TEST(Mmr, SharesOfThreeColumnsAddUp) {
  const Places brand{1, 1, 2};
  const Places category{1, 1, 1};
  const Places colour{1, 2, 3};
  const std::array<std::span<const std::uint32_t>, 3> columns{brand, category, colour};
  MmrWorkspace work;
  Places picked(3);
  const std::vector<float> relevance{1.0F, 0.6F, 0.5F};
  ASSERT_EQ(mmr_by_attributes(relevance, columns, {.lambda = 0.5F}, work, picked), 3U);
  EXPECT_EQ(picked, (Places{0, 2, 1}));
}

TEST(Mmr, EmptyPoolAndShortPool) {
  EXPECT_TRUE(by_attribute({}, {}, 0.5F, 5).empty());
  EXPECT_EQ(by_attribute({1.0F, 2.0F}, {0, 0}, 0.5F, 9).size(), 2U);
  EXPECT_TRUE(by_attribute({1.0F}, {0}, 0.5F, 0).empty());
}

TEST(Mmr, AgreesWithTheFormula) {
  std::mt19937_64 rng(11);
  std::normal_distribution<float> normal;
  for (const float lambda : {0.0F, 0.3F, 0.7F, 0.95F}) {
    const std::size_t pool = 40;
    const std::size_t dim = 9;
    std::vector<float> rows(pool * dim);
    std::vector<float> relevance(pool);
    for (float& value : relevance) value = normal(rng);
    for (std::size_t r = 0; r < pool; ++r) {
      float square = 0;
      for (std::size_t i = 0; i < dim; ++i) {
        rows[r * dim + i] = normal(rng);
        square += rows[r * dim + i] * rows[r * dim + i];
      }
      for (std::size_t i = 0; i < dim; ++i) rows[r * dim + i] /= std::sqrt(square);
    }
    EXPECT_EQ(by_vectors(relevance, rows, dim, lambda, 15),
              reference(relevance, rows, dim, lambda, 15));
  }
}

TEST(Mmr, RefusesLambdaOutsideItsRange) {
  EXPECT_THROW(MmrOptions{.lambda = 1.1F}.validate(), ConfigError);
  EXPECT_THROW(MmrOptions{.lambda = NAN}.validate(), ConfigError);
}

}  // namespace
}  // namespace aisle::rerank
