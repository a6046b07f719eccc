#include "aisle/score/trees.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "aisle/base/dot.h"
#include "aisle/base/error.h"

namespace aisle::score {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Trees that own their arrays, and the obvious walk through them.
struct Forest {
  std::vector<std::uint32_t> split_begin{0}, feature{};
  std::vector<double> threshold{}, value{}, leaf{};
  std::vector<std::uint8_t> missing{}, default_left{};
  std::vector<std::int32_t> left{}, right{};

  [[nodiscard]] TreeArrays arrays() const {
    return {split_begin, feature, threshold, value, missing, default_left, left, right, leaf};
  }

  void split(std::uint32_t f, double t, std::int32_t l, std::int32_t r,
             Missing kind = Missing::none, bool goes_left = false) {
    feature.push_back(f);
    threshold.push_back(t);
    value.push_back(0.01 * static_cast<double>(feature.size()));
    left.push_back(l);
    right.push_back(r);
    missing.push_back(static_cast<std::uint8_t>(kind));
    default_left.push_back(goes_left ? 1 : 0);
  }
  void end(const std::vector<double>& leaves) {
    leaf.insert(leaf.end(), leaves.begin(), leaves.end());
    split_begin.push_back(static_cast<std::uint32_t>(feature.size()));
  }

  [[nodiscard]] bool goes_left(std::size_t at, float at_split) const {
    const auto kind = static_cast<Missing>(missing[at]);
    const bool is_missing = (kind == Missing::nan && std::isnan(at_split)) ||
                            (kind == Missing::zero && !(std::abs(at_split) > 1e-35F));
    if (is_missing) return default_left[at] != 0;
    return (std::isnan(at_split) ? 0.0 : static_cast<double>(at_split)) <= threshold[at];
  }
  [[nodiscard]] double score(const float* row) const {
    double sum = 0.0;
    for (std::size_t tree = 0; tree + 1 < split_begin.size(); ++tree) {
      const std::size_t first = split_begin[tree];
      std::int32_t at = first == split_begin[tree + 1] ? ~0 : 0;
      while (at >= 0) {
        const std::size_t s = first + static_cast<std::size_t>(at);
        at = goes_left(s, row[feature[s]]) ? left[s] : right[s];
      }
      sum += leaf[first + tree + static_cast<std::size_t>(~at)];
    }
    return sum;
  }
};

/// A tree that is grown leaf by leaf, as LightGBM does.
void grow(Forest& forest, std::size_t leaves, std::size_t features, std::mt19937& random) {
  std::vector<std::int32_t> left, right;
  std::vector<std::pair<std::size_t, bool>> ends;  // whose child is a leaf; is it the left one?
  for (std::size_t s = 0; s + 1 < leaves; ++s) {
    if (s > 0) {
      const std::size_t pick = random() % ends.size();
      const auto [parent, is_left] = ends[pick];
      ends.erase(ends.begin() + static_cast<std::ptrdiff_t>(pick));
      (is_left ? left : right)[parent] = static_cast<std::int32_t>(s);
    }
    left.push_back(0);
    right.push_back(0);
    ends.emplace_back(s, true);
    ends.emplace_back(s, false);
  }
  for (std::size_t l = 0; l < ends.size(); ++l)
    (ends[l].second ? left : right)[ends[l].first] = ~static_cast<std::int32_t>(l);
  for (std::size_t s = 0; s + 1 < leaves; ++s) {
    forest.split(static_cast<std::uint32_t>(random() % features),
                 static_cast<double>(random() % 100) / 10.0 - 5.0, left[s], right[s],
                 static_cast<Missing>(random() % 3), random() % 2 == 0);
  }
  std::vector<double> values;
  for (std::size_t l = 0; l < leaves; ++l)
    values.push_back(static_cast<double>(random() % 2001) / 1e4 - 0.1);
  forest.end(values);
}

class EveryLevel : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { ASSERT_TRUE(force_simd_level(GetParam())); }
  void TearDown() override { force_simd_level(before_); }

 private:
  std::string before_{simd_level()};
};

TEST_P(EveryLevel, WalksAsOneReadsATree) {
  std::mt19937 random(7);
  for (const std::size_t most_leaves : {2U, 9U, 16U, 17U, 31U, 50U, 128U}) {
    Forest forest;
    forest.end({0.25});  // a tree of one leaf
    for (int tree = 0; tree < 40; ++tree) grow(forest, 2 + random() % (most_leaves - 1), 6, random);
    const TreeEnsemble ensemble(forest.arrays());
    TreeWorkspace work;
    for (const std::size_t rows : {1U, 63U, 64U, 65U, 200U, 256U, 257U, 700U}) {
      std::vector<float> matrix(rows * 7);
      for (float& value : matrix) {
        const auto kind = random() % 12;
        value = kind == 0   ? kNaN
                : kind == 1 ? 0.0F
                : kind == 2 ? 1e9F
                            : static_cast<float>(random() % 100) / 10.0F - 5.0F;
      }
      std::vector<double> scores(rows);
      ensemble.score(matrix, 7, scores, work);
      for (std::size_t i = 0; i < rows; ++i)
        ASSERT_NEAR(scores[i], forest.score(matrix.data() + i * 7), 1e-7) << "row " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Trees, EveryLevel, ::testing::ValuesIn(simd_levels()),
                         [](const auto& one) { return std::string(one.param); });

TEST(Trees, ScoresAreTheSameAtEveryLevel) {
  std::mt19937 random(3);
  Forest forest;
  for (int tree = 0; tree < 100; ++tree) grow(forest, 15, 5, random);
  const TreeEnsemble ensemble(forest.arrays());
  std::vector<float> matrix(200 * 5);
  for (float& value : matrix) value = static_cast<float>(random() % 1000) / 100.0F - 5.0F;
  const std::string before(simd_level());
  std::vector<double> first;
  for (const std::string_view level : simd_levels()) {
    ASSERT_TRUE(force_simd_level(level));
    TreeWorkspace work;
    std::vector<double> scores(200);
    ensemble.score(matrix, 5, scores, work);
    if (first.empty()) first = scores;
    EXPECT_EQ(scores, first) << level;
  }
  force_simd_level(before);
}

TEST(Trees, AWorkspaceServesEnsemblesOfDifferentWidths) {
  std::mt19937 random(5);
  Forest narrow, wide;
  grow(narrow, 9, 3, random);
  grow(wide, 40, 3, random);
  const TreeEnsemble small(narrow.arrays()), large(wide.arrays());
  TreeWorkspace work;
  const std::vector<float> row{0.5F, -2.0F, 3.0F};
  std::vector<double> score(1);
  for (int turn = 0; turn < 3; ++turn) {
    small.score(row, 3, score, work);
    EXPECT_NEAR(score[0], narrow.score(row.data()), 1e-6);
    large.score(row, 3, score, work);
    EXPECT_NEAR(score[0], wide.score(row.data()), 1e-6);
  }
}

TEST(Trees, AThresholdBetweenTwoFloatsSendsThemApart) {
  Forest forest;
  const float low = 0.1F;
  const float high = std::nextafterf(low, 1.0F);
  forest.split(0, (static_cast<double>(low) + high) / 2.0, ~0, ~1);
  forest.end({-1.0, 1.0});
  const TreeEnsemble ensemble(forest.arrays());
  TreeWorkspace work;
  std::vector<double> scores(2);
  ensemble.score(std::vector<float>{low, high}, 1, scores, work);
  EXPECT_EQ(scores, (std::vector<double>{-1.0, 1.0}));
}

/// What the error says of a forest that was spoiled.
template <class Spoil>
std::string refused(const Spoil& spoil) {
  Forest forest;
  forest.split(0, 1.0, 1, ~0);
  forest.split(1, 2.0, ~1, ~2);
  forest.end({1.0, 2.0, 3.0});
  spoil(forest);
  try {
    const TreeEnsemble ensemble(forest.arrays());
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "taken";
}

TEST(Trees, RefusesWhatIsNoTree) {
  EXPECT_EQ(refused([](Forest&) {}), "taken");
  EXPECT_NE(refused([](Forest& f) { f.left[0] = 0; }).find("left"), std::string::npos);
  EXPECT_NE(refused([](Forest& f) { f.right[1] = ~3; }).find("right"), std::string::npos);
  EXPECT_NE(refused([](Forest& f) { f.right[1] = ~1; }).find("two parents"), std::string::npos);
  EXPECT_NE(refused([](Forest& f) { f.leaf[1] = kNaN; }).find("leaf"), std::string::npos);
  EXPECT_NE(refused([](Forest& f) { f.threshold[0] = kNaN; }).find("threshold"), std::string::npos);
  EXPECT_NE(refused([](Forest& f) { f.missing[0] = 3; }).find("missing"), std::string::npos);
  EXPECT_NE(refused([](Forest& f) { f.leaf.pop_back(); }).find("leaf"), std::string::npos);
}

TEST(Trees, TheirPartsAddUpToTheScore) {
  std::mt19937 random(11);
  Forest forest;
  forest.end({0.25});
  for (int tree = 0; tree < 30; ++tree) grow(forest, 12, 4, random);
  const TreeEnsemble ensemble(forest.arrays());
  const std::vector<float> row{0.5F, kNaN, 3.0F, 0.0F};
  std::vector<double> parts(4);
  double sum = ensemble.explain(row, parts);
  for (const double part : parts) sum += part;
  EXPECT_NEAR(sum, forest.score(row.data()), 1e-9);
}

TEST(Trees, AFeatureThatIsAskedOnceHasTheWholeStep) {
  Forest forest;
  forest.split(1, 1.0, ~0, ~1);
  forest.end({-1.0, 2.0});
  const TreeEnsemble ensemble(forest.arrays());
  std::vector<double> parts(2);
  const double mean = forest.value[0];
  EXPECT_EQ(ensemble.explain(std::vector<float>{0.0F, 5.0F}, parts), mean);
  EXPECT_EQ(parts, (std::vector<double>{0.0, 2.0 - mean}));
}

TEST(Trees, RefusesAMatrixThatIsTooNarrow) {
  Forest forest;
  forest.split(3, 1.0, ~0, ~1);
  forest.end({1.0, 2.0});
  const TreeEnsemble ensemble(forest.arrays());
  TreeWorkspace work;
  std::vector<double> scores(1);
  EXPECT_THROW(ensemble.score(std::vector<float>(3), 3, scores, work), ConfigError);
}

}  // namespace
}  // namespace aisle::score
