#include "aisle/vectors/svd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "aisle/base/dot.h"
#include "aisle/base/error.h"

namespace aisle::vectors {
namespace {

struct Csr {
  std::vector<std::uint64_t> offsets{0};
  std::vector<std::uint32_t> columns;
  std::vector<float> values;

  void add(std::uint32_t column, float value) {
    columns.push_back(column);
    values.push_back(value);
  }
  void end_row() { offsets.push_back(columns.size()); }
  [[nodiscard]] CsrView view() const { return {offsets, columns, values}; }
};

Csr from_dense(const std::vector<std::vector<float>>& rows) {
  Csr csr;
  for (const auto& row : rows) {
    for (std::uint32_t j = 0; j < row.size(); ++j) {
      if (row[j] != 0.0F) csr.add(j, row[j]);
    }
    csr.end_row();
  }
  return csr;
}

/// `groups` groups of items that are seen together, and now and then with strangers.
Csr grouped(std::uint32_t items, std::uint32_t groups) {
  std::mt19937_64 rng(6);
  Csr csr;
  for (std::uint32_t i = 0; i < items; ++i) {
    for (std::uint32_t j = 0; j < items; ++j) {
      if (i == j) continue;
      if (i % groups == j % groups && rng() % 2 == 0) csr.add(j, static_cast<float>(5 + rng() % 9));
      if (i % groups != j % groups && rng() % 40 == 0) csr.add(j, 1.0F);
    }
    csr.end_row();
  }
  return csr;
}

/// Ten neighbours within a thousand items for each: large enough to be dealt out to threads.
Csr long_and_thin(std::uint32_t items) {
  std::mt19937_64 rng(9);
  Csr csr;
  for (std::uint32_t i = 0; i < items; ++i) {
    for (int n = 0; n < 10; ++n) {
      csr.add((i / 1000 * 1000 + static_cast<std::uint32_t>(rng() % 1000)) % items, 1.0F);
    }
    csr.end_row();
  }
  return csr;
}

std::span<const float> row(const std::vector<float>& vectors, std::size_t r, std::size_t dim) {
  return std::span(vectors).subspan(r * dim, dim);
}

TEST(ItemVectors, DiagonalMatrixGivesAxes) {
  const Csr csr = from_dense({{9, 0, 0}, {0, 4, 0}, {0, 0, 1}});
  const auto vectors =
      item_vectors(csr.view(), {.dim = 2, .weighting = SvdWeighting::none, .threads = 1});
  EXPECT_NEAR(vectors[0], 1.0F, 1e-4F);
  EXPECT_NEAR(vectors[3], 1.0F, 1e-4F);
  EXPECT_NEAR(vectors[1], 0.0F, 1e-4F);
  EXPECT_NEAR(vectors[2], 0.0F, 1e-4F);
}

TEST(ItemVectors, KeepTheAnglesOfALowRankMatrix) {
  // A = X X' with X of rank 3: U sqrt(S) is X up to a rotation, so angles between rows are X's.
  std::mt19937_64 rng(5);
  std::uniform_real_distribution<float> uniform(0.0F, 1.0F);
  const std::size_t items = 40;
  std::vector<float> x(items * 3);
  for (float& value : x) value = uniform(rng);
  std::vector<std::vector<float>> rows(items, std::vector<float>(items));
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) rows[i][j] = dot(row(x, i, 3), row(x, j, 3));
  }
  const auto vectors = item_vectors(from_dense(rows).view(),
                                    {.dim = 5, .weighting = SvdWeighting::none, .threads = 1});
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      const float cosine = rows[i][j] / std::sqrt(rows[i][i] * rows[j][j]);
      EXPECT_NEAR(dot(row(vectors, i, 5), row(vectors, j, 5)), cosine, 2e-3F);
    }
  }
}

TEST(ItemVectors, ItemsOfOneGroupAreAlikeUnderEveryWeighting) {
  const Csr csr = grouped(120, 4);
  for (const auto weighting : {SvdWeighting::none, SvdWeighting::log1p, SvdWeighting::ppmi}) {
    const auto vectors = item_vectors(csr.view(), {.dim = 8, .weighting = weighting});
    double same = 0;
    double other = 0;
    for (std::size_t i = 0; i < 100; ++i) {
      same += static_cast<double>(dot(row(vectors, i, 8), row(vectors, i + 4, 8)));
      other += static_cast<double>(dot(row(vectors, i, 8), row(vectors, i + 5, 8)));
    }
    EXPECT_GT(same / 100, 0.7);
    EXPECT_LT(other / 100, 0.3);
  }
}

TEST(ItemVectors, AreTheSameForAnyNumberOfThreadsAndDifferForAnotherSeed) {
  const Csr csr = long_and_thin(9000);  // three slices
  const auto one = item_vectors(csr.view(), {.dim = 16, .threads = 1});
  EXPECT_EQ(one, item_vectors(csr.view(), {.dim = 16, .threads = 3}));
  EXPECT_NE(one, item_vectors(csr.view(), {.dim = 16, .threads = 1, .seed = 2}));
}

TEST(ItemVectors, RowsHaveLengthOneAndIsolatedItemsNone) {
  const Csr csr = from_dense({{0, 3, 0, 0}, {3, 0, 2, 0}, {0, 2, 0, 0}, {0, 0, 0, 0}});
  const auto vectors = item_vectors(csr.view(), {.dim = 3, .weighting = SvdWeighting::log1p});
  for (std::size_t r = 0; r < 3; ++r) {
    EXPECT_NEAR(dot(row(vectors, r, 3), row(vectors, r, 3)), 1.0F, 1e-5F);
  }
  EXPECT_EQ(dot(row(vectors, 3, 3), row(vectors, 3, 3)), 0.0F);
}

TEST(ItemVectors, MoreColumnsThanItemsAreZeros) {
  const Csr csr = from_dense({{0, 1}, {1, 0}});
  const auto vectors = item_vectors(csr.view(), {.dim = 6, .weighting = SvdWeighting::none});
  ASSERT_EQ(vectors.size(), 12U);
  for (std::size_t i = 2; i < 6; ++i) EXPECT_EQ(vectors[i], 0.0F);
}

TEST(ItemVectors, EmptyMatricesGiveZeros) {
  EXPECT_TRUE(item_vectors(Csr{}.view(), {.dim = 4}).empty());
  const Csr csr = from_dense({{0, 0}, {0, 0}});
  EXPECT_EQ(item_vectors(csr.view(), {.dim = 2}), std::vector<float>(4, 0.0F));
}

TEST(ItemVectors, ReportsProgressAndStopsWhenItThrows) {
  const Csr csr = grouped(60, 3);
  std::vector<double> seen;
  (void)item_vectors(csr.view(), {.dim = 4}, [&](double done) { seen.push_back(done); });
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 1.0);
  EXPECT_THROW(
      (void)item_vectors(csr.view(), {.dim = 4}, [](double) { throw std::runtime_error("stop"); }),
      std::runtime_error);
}

TEST(ItemVectors, RefusesWhatIsNoMatrix) {
  Csr beyond = from_dense({{1, 1}, {1, 1}});
  beyond.columns[3] = 2;
  EXPECT_THROW((void)item_vectors(beyond.view(), {.dim = 1}), DataError);
  Csr negative = from_dense({{1, 1}, {1, 1}});
  negative.values[0] = -1.0F;
  EXPECT_THROW((void)item_vectors(negative.view(), {.dim = 1}), DataError);
  negative.values[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW((void)item_vectors(negative.view(), {.dim = 1}), DataError);
  Csr falling = from_dense({{1, 1}, {1, 1}});
  falling.offsets = {0, 9, 4};
  EXPECT_THROW((void)item_vectors(falling.view(), {.dim = 1}), DataError);
  EXPECT_THROW((void)item_vectors(CsrView{}, {.dim = 1}), DataError);
  EXPECT_THROW((SvdOptions{.dim = 0}.validate()), ConfigError);
}

}  // namespace
}  // namespace aisle::vectors
