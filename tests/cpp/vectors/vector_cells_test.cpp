#include "aisle/vectors/vector_cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace aisle::vectors {
namespace {

constexpr std::size_t kDim = 8;
constexpr std::size_t kLists = 40;
constexpr std::size_t kEmpty = 7;

/// Lists of thirty rows around centres of their own; one list is empty.
std::vector<std::vector<float>> some_lists() {
  std::mt19937_64 rng(3);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> lists(kLists);
  for (std::size_t list = 0; list < kLists; ++list) {
    std::vector<float> centre(kDim);
    for (float& value : centre) value = normal(rng);
    for (std::size_t r = 0; list != kEmpty && r < 30; ++r) {
      for (const float value : centre) lists[list].push_back(value + 0.3F * normal(rng));
    }
  }
  return lists;
}

class Cells : public ::testing::Test {
 protected:
  Cells() {
    for (const auto& rows : lists_) cells_.append(rows);
    cells_.seal();
    work_.shortlist.reset(1);
  }

  void bound(float reach) {
    VectorBytes(kDim).prepare(request_, 0, work_);
    work_.shortlist.reset(1);
    cells_.bound(request_, reach, work_);
  }

  /// Mean and standard deviation along a direction, in double, over the query's byte scale.
  [[nodiscard]] double reference(std::size_t list, double reach) const {
    const auto& rows = lists_[list];
    const double count = static_cast<double>(rows.size() / kDim);
    std::vector<double> mean(kDim);
    for (std::size_t i = 0; i < rows.size(); ++i) mean[i % kDim] += double{rows[i]} / count;
    double apart = 0.0;
    double score = 0.0;
    double length = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      apart += std::pow(double{rows[i]} - mean[i % kDim], 2) / count;
    }
    for (std::size_t i = 0; i < kDim; ++i) {
      score += mean[i] * double{query_[i]};
      length += double{query_[i]} * double{query_[i]};
    }
    return score + reach * std::sqrt(length * apart / static_cast<double>(kDim));
  }

  const std::vector<std::vector<float>> lists_ = some_lists();
  const std::vector<float> query_{0.5F, -1.0F, 0.25F, 2.0F, 0.0F, 1.0F, -0.5F, 0.75F};
  const VectorQuery request_{.vector = query_,
                             .k = 0,
                             .allowed = nullptr,
                             .allowed_share = 1.0,
                             .newer = nullptr,
                             .newer_rows = 0};
  VectorCells cells_{kDim};
  VectorWorkspace work_;
};

TEST_F(Cells, BoundsAreTheMeanAndItsDeviations) {
  for (const float reach : {0.5F, 3.0F}) {
    bound(reach);
    ASSERT_EQ(work_.bounds.size(), kLists);
    for (std::size_t list = 0; list < kLists; ++list) {
      if (list == kEmpty) continue;
      EXPECT_NEAR(work_.bounds[list] / work_.byte_factor, reference(list, double{reach}), 0.1);
    }
  }
}

TEST_F(Cells, BandsFallAndHaveEachListOnceButTheEmptyOne) {
  bound(1.0F);
  const auto bounds = work_.bounds;
  std::set<std::uint32_t> seen;
  float last = INFINITY;
  for (auto band = VectorCells::next_band(work_); !band.empty();
       band = VectorCells::next_band(work_)) {
    float lowest = INFINITY;
    for (const std::uint32_t list : band) {
      EXPECT_TRUE(seen.insert(list).second);
      EXPECT_LE(bounds[list], last);
      lowest = std::min(lowest, bounds[list]);
    }
    last = lowest;
  }
  EXPECT_EQ(seen.size(), kLists - 1);
  EXPECT_FALSE(seen.contains(kEmpty));
}

TEST_F(Cells, ListsBelowTheShortlistAreLeftOut) {
  bound(1.0F);
  const auto bounds = work_.bounds;
  const float threshold = 0.6F * *std::max_element(bounds.begin(), bounds.end());
  work_.shortlist.push({ItemId{0}, threshold});
  std::size_t visited = 0;
  for (auto band = VectorCells::next_band(work_); !band.empty();
       band = VectorCells::next_band(work_)) {
    for (const std::uint32_t list : band) EXPECT_GE(bounds[list], threshold);
    visited += band.size();
  }
  EXPECT_EQ(visited,
            static_cast<std::size_t>(std::count_if(
                bounds.begin(), bounds.end(), [&](float value) { return value >= threshold; })));
  EXPECT_LT(visited, kLists / 2);
}

TEST_F(Cells, NegativeBoundsAreOneBand) {
  bound(0.01F);
  for (float& value : work_.bounds) value = -std::abs(value) - 1.0F;
  work_.band = -1.0F;
  work_.band_step = 0.0F;
  EXPECT_EQ(VectorCells::next_band(work_).size(), kLists - 1);
  EXPECT_TRUE(VectorCells::next_band(work_).empty());
}

}  // namespace
}  // namespace aisle::vectors
