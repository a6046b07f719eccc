#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "aisle/score/features.h"
#include "aisle/score/linear_scorer.h"

namespace aisle::score {
namespace {

constexpr std::size_t at(Feature feature) { return static_cast<std::size_t>(feature); }

/// Features of a pool for a session; facts are those given, for both.
struct Scene {
  std::vector<PoolEntry> pool;
  std::vector<ItemFacts> facts;
  std::vector<ItemId> session;
  std::vector<ItemFacts> session_facts;
  ReturnTable returns{};
  std::vector<float> matrix;

  void candidate(std::uint32_t item, const ItemFacts& known = {}) {
    pool.push_back({.item = ItemId{item}});
    facts.push_back(known);
  }
  void step(std::uint32_t item, const ItemFacts& known = {}) {
    session.push_back(ItemId{item});
    session_facts.push_back(known);
  }
  float feature(std::size_t entry, std::size_t column) {
    matrix.assign(pool.size() * kFeatures, -99.0F);
    compute_features(pool, facts, {session, session_facts, &returns}, matrix);
    return matrix[entry * kFeatures + column];
  }
  float feature(std::size_t entry, Feature column) { return feature(entry, at(column)); }
};

TEST(Features, HaveNamesThatAreAllDifferent) {
  std::set<std::string_view> names;
  for (std::size_t column = 0; column < kFeatures; ++column) names.insert(feature_name(column));
  EXPECT_EQ(names.size(), kFeatures);
  EXPECT_TRUE(names.contains("knn.place"));
  EXPECT_TRUE(names.contains("buy_again.root_share"));
  EXPECT_EQ(feature_name(at(Feature::return_rate)), "return_rate");
  EXPECT_EQ(feature_name(at(Feature::bias)), "bias");
}

TEST(Features, FillEveryCellOfTheMatrix) {
  Scene scene;
  scene.candidate(1);
  scene.step(2);
  for (std::size_t column = 0; column < kFeatures; ++column) {
    const float value = scene.feature(0, column);
    EXPECT_TRUE(std::isfinite(value)) << feature_name(column);
    EXPECT_NE(value, -99.0F) << feature_name(column);
  }
}

TEST(Features, SayWhatASourceThinks) {
  Scene scene;
  scene.candidate(1);
  const auto knn = static_cast<std::size_t>(Source::knn);
  scene.pool[0].rank[knn] = 1;
  scene.pool[0].share[knn] = 0.25F;
  EXPECT_FLOAT_EQ(scene.feature(0, 3 * knn), 1.0F);
  EXPECT_FLOAT_EQ(scene.feature(0, 3 * knn + 1), 0.25F);
  EXPECT_FLOAT_EQ(scene.feature(0, 3 * knn + 2), 0.5F);
  EXPECT_EQ(scene.feature(0, 3 * static_cast<std::size_t>(Source::vectors)), 0.0F);
}

TEST(Features, SayWhereInTheSessionAnItemStands) {
  Scene scene;
  for (const std::uint32_t item : {7U, 5U, 7U, 6U}) scene.step(item);
  scene.returns = {0.09F, 0.04F};
  for (const std::uint32_t item : {6U, 7U, 5U, 9U}) scene.candidate(item);
  EXPECT_EQ(scene.feature(0, Feature::is_last), 1.0F);
  EXPECT_EQ(scene.feature(1, Feature::is_last), 0.0F);
  EXPECT_FLOAT_EQ(scene.feature(0, Feature::return_rate), 0.3F);
  EXPECT_FLOAT_EQ(scene.feature(1, Feature::return_rate), 0.2F) << "by its newest place";
  EXPECT_FLOAT_EQ(scene.feature(1, Feature::times_seen), std::log1p(2.0F));
  EXPECT_FLOAT_EQ(scene.feature(2, Feature::seen_by_age), std::log1p(2.0F));
  EXPECT_EQ(scene.feature(3, Feature::in_session), 0.0F);
  EXPECT_EQ(scene.feature(3, Feature::return_rate), 0.0F);
}

TEST(Features, CompareCountsWithThePoolsLargest) {
  Scene scene;
  scene.candidate(1, {.count = 99.0F, .heat = 0.0F});
  scene.candidate(2, {.count = 9.0F, .heat = 3.0F});
  EXPECT_FLOAT_EQ(scene.feature(0, Feature::popularity), 1.0F);
  EXPECT_FLOAT_EQ(scene.feature(1, Feature::popularity), 0.5F);
  EXPECT_FLOAT_EQ(scene.feature(1, Feature::heat), 1.0F);
  EXPECT_FLOAT_EQ(scene.feature(1, Feature::rise), 0.5F);
}

TEST(Features, CompareWithTheSessionsPriceAndCategory) {
  Scene scene;
  scene.step(1, {.log_price = 2.0F, .category = 3});
  scene.step(2, {.log_price = 4.0F, .category = 3});
  scene.step(3);  // nothing known of it
  scene.candidate(5, {.log_price = 3.5F, .category = 3});
  scene.candidate(6, {.log_price = 99.0F, .category = 4});
  scene.candidate(7);
  EXPECT_FLOAT_EQ(scene.feature(0, Feature::price_distance), -0.5F);
  EXPECT_FLOAT_EQ(scene.feature(1, Feature::price_distance), -3.0F) << "bounded";
  EXPECT_EQ(scene.feature(2, Feature::price_distance), 0.0F);
  EXPECT_FLOAT_EQ(scene.feature(0, Feature::category_affinity), 2.0F / 3.0F);
  EXPECT_EQ(scene.feature(1, Feature::category_affinity), 0.0F);
  EXPECT_EQ(scene.feature(2, Feature::category_affinity), 0.0F) << "unknown is like nothing";
}

TEST(LinearScorer, IsTheSumOfFeaturesTimesWeights) {
  Weights weights{};
  for (std::size_t i = 0; i < kFeatures; ++i) weights[i] = static_cast<float>(i) - 7.0F;
  std::vector<PoolEntry> pool(3);
  std::vector<float> matrix(3 * kFeatures);
  for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] = static_cast<float>(i % 11) / 8.0F;
  LinearScorer(weights).score(pool, matrix);
  for (std::size_t row = 0; row < 3; ++row) {
    double sum = 0.0;
    for (std::size_t i = 0; i < kFeatures; ++i) sum += matrix[row * kFeatures + i] * weights[i];
    EXPECT_NEAR(pool[row].score, sum, 1e-3);
  }
}

TEST(LinearScorer, OfAnEmptyPoolDoesNothing) {
  std::vector<PoolEntry> pool;
  LinearScorer(default_weights()).score(pool, {});
  EXPECT_TRUE(pool.empty());
}

TEST(DefaultWeights, PutPlacesFirstAndAreFinite) {
  for (const float weight : default_weights()) EXPECT_TRUE(std::isfinite(weight));
  EXPECT_GT(default_weights()[0], 0.0F);
  EXPECT_LT(default_weights()[at(Feature::is_last)], 0.0F);
}

}  // namespace
}  // namespace aisle::score
