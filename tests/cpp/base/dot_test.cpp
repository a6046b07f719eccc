#include "aisle/base/dot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace aisle {
namespace {

std::vector<float> random_floats(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(n);
  for (float& value : values) value = normal(rng);
  return values;
}

std::vector<std::int8_t> random_bytes(std::size_t n, int low, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::uniform_int_distribution<int> byte(low, 127);
  std::vector<std::int8_t> values(n);
  for (std::int8_t& value : values) value = static_cast<std::int8_t>(byte(rng));
  return values;
}

double slow_dot(const float* a, const float* b, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

/// Runs with each level this processor has, and leaves the level as it was.
class EveryLevel : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { ASSERT_TRUE(force_simd_level(GetParam())); }
  void TearDown() override { force_simd_level(before_); }

 private:
  std::string before_{simd_level()};
};

TEST_P(EveryLevel, FloatDotAgreesWithDoubleForEveryLength) {
  for (std::size_t n = 0; n <= 130; ++n) {
    const auto a = random_floats(n, n);
    const auto b = random_floats(n, n + 1000);
    EXPECT_NEAR(dot(a, b), slow_dot(a.data(), b.data(), n), 1e-4) << n;
  }
}

TEST_P(EveryLevel, RowsGiveTheBitsOfSingleDotsWhereverTheyStand) {
  for (const std::size_t n : {1U, 7U, 16U, 33U, 64U, 100U}) {
    for (const std::size_t count : {0U, 1U, 3U, 4U, 5U, 8U, 11U}) {
      const auto query = random_floats(n, n);
      const auto rows = random_floats(n * count, count);
      std::vector<float> out(count);
      dot_rows(query, rows.data(), out);
      for (std::size_t r = 0; r < count; ++r) {
        EXPECT_EQ(out[r], dot(query, std::span(rows).subspan(r * n, n))) << n << ' ' << r;
      }
    }
  }
}

TEST_P(EveryLevel, ByteDotIsExactOverTheWholeRange) {
  for (std::size_t n = 0; n <= 100; ++n) {
    const auto a = random_bytes(n, -128, n);
    const auto b = random_bytes(n, -128, n + 7);
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += static_cast<std::int32_t>(a[i]) * b[i];
    EXPECT_EQ(dot(std::span<const std::int8_t>(a), std::span<const std::int8_t>(b)), sum) << n;
  }
}

TEST_P(EveryLevel, BlocksAgreeWithByteDots) {
  for (const std::size_t quads : {1U, 2U, 3U, 16U, 25U}) {
    const std::size_t blocks = 5;
    const auto query = random_bytes(4 * quads, -127, quads);
    const auto data = random_bytes(blocks * quads * 64, -127, quads + 1);
    const auto scales = random_floats(blocks * 16, 3);
    std::vector<float> out(blocks * 16);
    dot_blocks(query, {data.data(), scales.data(), blocks, quads}, out.data());
    for (std::size_t row = 0; row < out.size(); ++row) {
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < 4 * quads; ++i) {
        sum += query[i] * data[((row / 16 * quads + i / 4) * 16 + row % 16) * 4 + i % 4];
      }
      EXPECT_EQ(out[row], static_cast<float>(sum) * scales[row]) << quads << ' ' << row;
    }
  }
}

TEST_P(EveryLevel, ExtremeBytesDoNotOverflow) {
  const std::size_t quads = 16;
  for (const int sign : {1, -1}) {
    const std::vector<std::int8_t> query(4 * quads, 127);
    const std::vector<std::int8_t> data(quads * 64, static_cast<std::int8_t>(127 * sign));
    const std::vector<float> scales(16, 1.0F);
    std::vector<float> out(16);
    dot_blocks(query, {data.data(), scales.data(), 1, quads}, out.data());
    EXPECT_EQ(out[0], static_cast<float>(127 * 127 * 64 * sign));
  }
}

TEST_P(EveryLevel, PlacesAboveAreInOrderAndTakeEqualScores) {
  for (std::size_t n = 0; n <= 70; ++n) {
    auto scores = random_floats(n, n);
    if (n > 4) scores[4] = 0.5F;
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < n; ++i) {
      if (scores[i] >= 0.5F) expected.push_back(i);
    }
    std::vector<std::uint32_t> places(n);
    places.resize(places_above(scores, 0.5F, places.data()));
    EXPECT_EQ(places, expected) << n;
  }
}

TEST_P(EveryLevel, PlacesAboveTakeOnlyTheLanesThatAreSet) {
  for (std::size_t n = 0; n <= 70; ++n) {
    const auto scores = random_floats(n, n);
    std::mt19937_64 rng(n);
    std::vector<std::uint16_t> lanes(n / 16 + 1);
    for (std::uint16_t& lane : lanes) lane = static_cast<std::uint16_t>(rng());
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < n; ++i) {
      if (scores[i] >= -0.5F && (lanes[i / 16] >> i % 16 & 1) != 0) expected.push_back(i);
    }
    std::vector<std::uint32_t> places(n);
    places.resize(places_above(scores, -0.5F, places.data(), lanes.data()));
    EXPECT_EQ(places, expected) << n;
  }
}

TEST_P(EveryLevel, LanesAreTheBitsOfTheBitmap) {
  for (const std::size_t words : {0U, 1U, 3U, 40U}) {
    std::mt19937_64 rng(words);
    std::vector<std::uint64_t> bitmap(words);
    for (std::uint64_t& word : bitmap) word = rng() & rng();
    std::vector<std::uint32_t> ids(5 * 16);
    for (std::uint32_t& id : ids) id = static_cast<std::uint32_t>(rng() % (64 * words + 70));
    ids[7] = 0xffffffffU;
    std::vector<std::uint16_t> lanes(5);
    bool expected_any = false;
    const bool has_any = lanes_in(ids, bitmap, lanes.data());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool expected = ids[i] / 64 < words && (bitmap[ids[i] / 64] >> ids[i] % 64 & 1U) != 0;
      EXPECT_EQ((lanes[i / 16] >> i % 16 & 1) != 0, expected) << words << ' ' << ids[i];
      expected_any = expected_any || expected;
    }
    EXPECT_EQ(has_any, expected_any);
  }
}

TEST_P(EveryLevel, NoLaneIsSetWhereTheBitmapHasNone) {
  const std::vector<std::uint32_t> ids(32, 3);
  std::vector<std::uint16_t> lanes(2, 0xffff);
  EXPECT_FALSE(lanes_in(ids, std::vector<std::uint64_t>{~std::uint64_t{8}}, lanes.data()));
  EXPECT_EQ(lanes, (std::vector<std::uint16_t>{0, 0}));
}

TEST_P(EveryLevel, EveryScoreIsAboveMinusInfinityAndNaNIsAboveNothing) {
  const std::vector<float> scores{1.0F, NAN, -3.0F};
  std::vector<std::uint32_t> places(3);
  EXPECT_EQ(places_above(scores, -INFINITY, places.data()), 2U);
}

INSTANTIATE_TEST_SUITE_P(Simd, EveryLevel, ::testing::ValuesIn(simd_levels()),
                         [](const auto& level) { return std::string(level.param); });

TEST(SimdLevel, UnknownLevelChangesNothing) {
  const std::string before(simd_level());
  EXPECT_FALSE(force_simd_level("avx1024"));
  EXPECT_EQ(simd_level(), before);
}

}  // namespace
}  // namespace aisle
