#include "aisle/rerank/dpp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::rerank {
namespace {

using Places = std::vector<std::uint32_t>;
using Matrix = std::vector<std::vector<double>>;

Places by_vectors(const std::vector<float>& relevance, const std::vector<float>& rows,
                  std::size_t dim, float strength, std::size_t k) {
  DppWorkspace work;
  Places picked(k);
  picked.resize(dpp_by_vectors(relevance, rows.data(), dim, {.strength = strength}, work, picked));
  return picked;
}

Places by_attribute(const std::vector<float>& relevance, const Places& values, float strength,
                    std::size_t k) {
  DppWorkspace work;
  const std::array<std::span<const std::uint32_t>, 1> columns{values};
  Places picked(k);
  picked.resize(dpp_by_attributes(relevance, columns, {.strength = strength}, work, picked));
  return picked;
}

double determinant(Matrix m) {
  double product = 1.0;
  for (std::size_t c = 0; c < m.size(); ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c + 1; r < m.size(); ++r) {
      if (std::abs(m[r][c]) > std::abs(m[pivot][c])) pivot = r;
    }
    if (m[pivot][c] == 0.0) return 0.0;
    if (pivot != c) product = -product;
    std::swap(m[pivot], m[c]);
    product *= m[c][c];
    for (std::size_t r = c + 1; r < m.size(); ++r) {
      const double share = m[r][c] / m[c][c];
      for (std::size_t i = c; i < m.size(); ++i) m[r][i] -= share * m[c][i];
    }
  }
  return product;
}

double volume(const Matrix& kernel, const Places& places) {
  Matrix minor(places.size(), std::vector<double>(places.size()));
  for (std::size_t a = 0; a < places.size(); ++a) {
    for (std::size_t b = 0; b < places.size(); ++b) minor[a][b] = kernel[places[a]][places[b]];
  }
  return determinant(std::move(minor));
}

/// The definition: the mark of a place from the determinants with and without it.
double mark(const Matrix& kernel, const std::vector<float>& relevance, Places spanning,
            std::uint32_t place, double strength) {
  const auto [low, high] = std::minmax_element(relevance.begin(), relevance.end());
  const double before = volume(kernel, spanning);
  spanning.push_back(place);
  const double residual = std::max(volume(kernel, spanning) / before, kLeastResidual);
  const double scaled = static_cast<double>((relevance[place] - *low) / (*high - *low));
  return (1.0 - strength) * scaled + strength * std::log(residual);
}

Matrix kernel_of(const std::vector<float>& rows, std::size_t dim) {
  const std::size_t pool = rows.size() / dim;
  Matrix kernel(pool, std::vector<double>(pool, 1.0));
  for (std::size_t a = 0; a < pool; ++a) {
    for (std::size_t b = 0; b < pool; ++b) {
      double product = 0.0;
      for (std::size_t i = 0; i < dim; ++i) {
        product += static_cast<double>(rows[a * dim + i]) * static_cast<double>(rows[b * dim + i]);
      }
      if (a != b) kernel[a][b] = 0.5 + 0.5 * product;
    }
  }
  return kernel;
}

std::vector<float> unit_rows(std::size_t pool, std::size_t dim, std::mt19937_64& rng) {
  std::normal_distribution<float> normal;
  std::vector<float> rows(pool * dim);
  for (std::size_t r = 0; r < pool; ++r) {
    float square = 0.0F;
    for (std::size_t i = 0; i < dim; ++i) {
      rows[r * dim + i] = normal(rng);
      square += rows[r * dim + i] * rows[r * dim + i];
    }
    for (std::size_t i = 0; i < dim; ++i) rows[r * dim + i] /= std::sqrt(square);
  }
  return rows;
}

TEST(Dpp, StrengthZeroKeepsTheOrderOfRelevance) {
  EXPECT_EQ(by_attribute({5.0F, 3.0F, 3.0F, 1.0F}, {1, 1, 1, 1}, 0.0F, 4), (Places{0, 1, 2, 3}));
  EXPECT_EQ(by_attribute({0.9F, 5.0F, 3.0F}, {1, 1, 1}, 0.0F, 3), (Places{1, 2, 0}));
}

TEST(Dpp, EachPickIsTheBestByDeterminants) {
  std::mt19937_64 rng(5);
  std::normal_distribution<float> normal;
  for (const float strength : {0.05F, 0.3F, 0.7F, 1.0F}) {
    const std::size_t pool = 30;
    const std::size_t dim = 12;
    const std::vector<float> rows = unit_rows(pool, dim, rng);
    std::vector<float> relevance(pool);
    for (float& value : relevance) value = normal(rng);
    const Matrix kernel = kernel_of(rows, dim);
    const Places picked = by_vectors(relevance, rows, dim, strength, 10);
    ASSERT_EQ(picked.size(), 10U);
    Places before;
    for (const std::uint32_t place : picked) {
      double best = -1e9;
      for (std::uint32_t i = 0; i < pool; ++i) {
        if (std::find(before.begin(), before.end(), i) != before.end()) continue;
        best = std::max(best, mark(kernel, relevance, before, i, static_cast<double>(strength)));
      }
      EXPECT_NEAR(mark(kernel, relevance, before, place, static_cast<double>(strength)), best,
                  1e-5);
      before.push_back(place);
    }
  }
}

TEST(Dpp, OppositeIsUnlikeAndTwinComesLast) {
  const std::vector<float> rows{1, 0, 1, 0, 0, 1, -1, 0};
  EXPECT_EQ(by_vectors({1.0F, 1.0F, 1.0F, 1.0F}, rows, 2, 0.5F, 4), (Places{0, 3, 2, 1}));
}

TEST(Dpp, WhenNothingNewIsLeftTheRestFollowsByRelevance) {
  EXPECT_EQ(by_attribute({5.0F, 4.0F, 3.0F, 2.0F, 0.0F}, {1, 1, 2, 2, 1}, 0.9F, 5),
            (Places{0, 2, 1, 3, 4}));
}

TEST(Dpp, MissingValuesAreLikeNothing) {
  EXPECT_EQ(by_attribute({3.0F, 2.9F, 1.0F}, {kNoValue, kNoValue, 4}, 0.9F, 3), (Places{0, 1, 2}));
}

TEST(Dpp, ItemsWithoutAVectorAreNotTwins) {
  const std::vector<float> rows{1, 0, 0, 0, 0, 0, 1, 0};
  EXPECT_EQ(by_vectors({3.0F, 2.9F, 2.8F, 2.95F}, rows, 2, 0.5F, 4), (Places{0, 1, 2, 3}));
}

TEST(Dpp, AWorkspaceOfALargerPoolChangesNothing) {
  std::mt19937_64 rng(2);
  DppWorkspace work;
  for (const std::size_t pool : {50U, 9U, 31U}) {
    const std::vector<float> rows = unit_rows(pool, 4, rng);
    std::vector<float> relevance(pool);
    std::iota(relevance.rbegin(), relevance.rend(), 0.0F);
    Places picked(8);
    dpp_by_vectors(relevance, rows.data(), 4, {.strength = 0.6F}, work, picked);
    EXPECT_EQ(picked, by_vectors(relevance, rows, 4, 0.6F, 8));
  }
}

TEST(Dpp, EmptyPoolAndShortPool) {
  EXPECT_TRUE(by_attribute({}, {}, 0.5F, 5).empty());
  EXPECT_EQ(by_attribute({1.0F, 2.0F}, {0, 0}, 0.5F, 9).size(), 2U);
  EXPECT_TRUE(by_attribute({1.0F}, {0}, 0.5F, 0).empty());
}

TEST(Dpp, RefusesStrengthOutsideItsRange) {
  EXPECT_THROW(DppOptions{.strength = -0.1F}.validate(), ConfigError);
  EXPECT_THROW(DppOptions{.strength = NAN}.validate(), ConfigError);
}

}  // namespace
}  // namespace aisle::rerank
