#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/models/batch.h"
#include "aisle/models/item_factors.h"
#include "aisle/models/item_rows.h"
#include "aisle/models/next_basket.h"
#include "aisle/models/pair_counts.h"
#include "aisle/models/slim.h"

namespace aisle::models {
namespace {

const std::vector<std::int64_t> kOffsets{0, 3, 5, 7};
const std::vector<ItemId> kItems{ItemId{0}, ItemId{1}, ItemId{0}, ItemId{1},
                                 ItemId{2}, ItemId{0}, ItemId{2}};

ItemRows counted(const PairOptions& pairs, std::size_t neighbours = 0) {
  return pair_rows({.offsets = kOffsets, .items = kItems}, 3, pairs,
                   {.measure = Measure::count, .neighbours = neighbours}, 1);
}

float at(const ItemRows& rows, std::uint32_t x, std::uint32_t y) {
  for (std::uint64_t i = rows.offsets[x]; i < rows.offsets[x + 1]; ++i) {
    if (rows.items[i] == ItemId{y}) return rows.weights[i];
  }
  return 0.0F;
}

std::vector<retrieve::ScoredItem> best(const SessionModel& model, const SessionQuery& query) {
  Workspace work;
  best_of(model, query, {.k = 10}, work);
  return work.best;
}

TEST(PairRows, CountsAGroupOnceOrEveryTime) {
  const ItemRows once = counted({});
  EXPECT_FLOAT_EQ(at(once, 0, 1), 1.0F);
  EXPECT_FLOAT_EQ(at(once, 1, 0), 1.0F);
  EXPECT_FLOAT_EQ(at(once, 0, 0), 0.0F);
  const ItemRows each = counted({.once = false});
  EXPECT_FLOAT_EQ(at(each, 0, 1), 2.0F);
}

TEST(PairRows, LooksAtTheNewestRowsAndNearStepsAlone) {
  // The newest row of each group has no other beside it.
  EXPECT_TRUE(counted({.longest = 1}).items.empty());
  const std::vector<std::int64_t> one{0, 3};
  const std::vector<ItemId> row{ItemId{0}, ItemId{1}, ItemId{2}};
  const ItemRows near =
      pair_rows({.offsets = one, .items = row}, 3, {.distance = 1}, {.measure = Measure::count}, 1);
  EXPECT_FLOAT_EQ(at(near, 0, 1), 1.0F);
  EXPECT_FLOAT_EQ(at(near, 0, 2), 0.0F);
}

TEST(PairRows, KeepsTheStrongestAndSettlesTiesByNumber) {
  const ItemRows rows = counted({}, 1);
  ASSERT_EQ(rows.items.size(), 3U);
  EXPECT_EQ(rows.items[0], ItemId{1});
  EXPECT_EQ(rows.items[1], ItemId{0});
}

TEST(PairRows, DoesNotDependOnThreads) {
  std::vector<std::int64_t> offsets{0};
  std::vector<ItemId> items;
  for (std::uint32_t g = 0; g < 400; ++g) {
    for (std::uint32_t i = 0; i < 1 + g % 9; ++i) items.push_back(ItemId{(g * 7 + i * i) % 200});
    offsets.push_back(static_cast<std::int64_t>(items.size()));
  }
  const ItemGroups groups{.offsets = offsets, .items = items};
  const MeasureOptions measure{.measure = Measure::llr, .neighbours = 5};
  const ItemRows one = pair_rows(groups, 200, {}, measure, 1);
  const ItemRows three = pair_rows(groups, 200, {}, measure, 3);
  EXPECT_EQ(one.items, three.items);
  EXPECT_EQ(one.weights, three.weights);
}

TEST(PairRows, RefusesWhatIsNoLog) {
  const std::vector<std::int64_t> falling{0, 3, 2, 7};
  EXPECT_THROW((void)pair_rows({.offsets = falling, .items = kItems}, 3, {}, {}, 1), DataError);
  EXPECT_THROW((void)pair_rows({.offsets = kOffsets, .items = kItems}, 2, {}, {}, 1), DataError);
  EXPECT_THROW((void)counted({.recency = -1.0}), ConfigError);
}

TEST(ItemRows, TransposedTwiceIsTheSame) {
  const ItemRows rows = counted({}, 1);
  const ItemRows again = transposed(transposed(rows));
  EXPECT_EQ(rows.offsets, again.offsets);
  EXPECT_EQ(rows.items, again.items);
  EXPECT_EQ(rows.weights, again.weights);
}

TEST(ItemRowsModel, WeighsTypesWhereTheQueryBringsThem) {
  SessionWeights weights;
  weights.type_weight[static_cast<std::size_t>(EventType::cart)] = 6.0;
  const ItemRowsModel model({{0, 1, 1}, {ItemId{1}}, {0.5F}}, weights);
  const std::vector<ItemId> items{ItemId{0}, ItemId{0}, kNoItem};
  const std::vector<EventType> types{EventType::cart, EventType::view, EventType::view};
  EXPECT_DOUBLE_EQ(best(model, {.items = items}).at(0).score, 0.5);
  EXPECT_DOUBLE_EQ(best(model, {.items = items, .types = types}).at(0).score, 3.0);
}

TEST(ItemRowsModel, RefusesWeightsOutOfRange) {
  const ItemRows rows{{0, 1, 1}, {ItemId{1}}, {0.5F}};
  EXPECT_THROW(ItemRowsModel(rows, {.step_decay = 1.5}), ConfigError);
}

TEST(ItemFactorsModel, ItemsWithoutAVectorAreNotScoredAndSayNothing) {
  const ItemFactorsModel model({.dim = 2, .rows = {1, 0, -1, 0, 0, 0}}, {}, {});
  const std::vector<ItemId> first{ItemId{0}};
  const auto found = best(model, {.items = first});
  ASSERT_EQ(found.size(), 2U);  // of either sign
  EXPECT_DOUBLE_EQ(found[1].score, -1.0);
  const std::vector<ItemId> empty{ItemId{2}};
  EXPECT_TRUE(best(model, {.items = empty}).empty());
}

TEST(Slim, RefusesPairsOfItemsThatWereNeverMet) {
  const std::vector<std::uint32_t> counts{2, 0, 2};
  EXPECT_THROW((void)fit_slim(counted({}), counts, {}, 1), DataError);
  const std::vector<std::uint32_t> few{2};
  EXPECT_THROW((void)fit_slim(counted({}), few, {}, 1), DataError);
}

TEST(BasketWeight, SumsToOneWithoutDecay) {
  const BasketOptions options{.within_decay = 1.0, .group_decay = 1.0, .groups = 3};
  for (std::size_t n = 1; n < 9; ++n) {
    double sum = 0.0;
    for (std::size_t j = 0; j < n; ++j) sum += basket_weight(options, j, n);
    EXPECT_NEAR(sum, 1.0, 1e-12) << n;
  }
}

TEST(BasketWeight, OfTheCodeKeepsFadingInsideAShortHistory) {
  const BasketOptions paper{.within_decay = 0.5, .group_decay = 1.0, .groups = 2};
  BasketOptions code = paper;
  code.kind = BasketKind::tifu_code;
  EXPECT_DOUBLE_EQ(basket_weight(paper, 0, 4), basket_weight(paper, 2, 4));
  EXPECT_DOUBLE_EQ(basket_weight(code, 0, 4), 0.25 * basket_weight(code, 2, 4));
  code.group_decay = 0.5;
  // One basket, two groups: the group that is missing counts as newer.
  EXPECT_DOUBLE_EQ(basket_weight(code, 0, 1), 0.5);
}

TEST(ItemModels, AnswerTheSameFromManyThreads) {
  const ItemFactorsModel model({.dim = 2, .rows = {1, 0, 0.5F, 1, -1, 2}}, {},
                               {.confidence = 3.0, .regularization = 0.1});
  const std::vector<ItemId> session{ItemId{0}, ItemId{2}};
  const auto alone = best(model, {.items = session});
  std::vector<std::vector<retrieve::ScoredItem>> found(4);
  {
    std::vector<std::jthread> threads;
    for (auto& one : found) {
      threads.emplace_back([&] {
        for (int round = 0; round < 100; ++round) one = best(model, {.items = session});
      });
    }
  }
  for (const auto& one : found) {
    ASSERT_EQ(one.size(), alone.size());
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].score, alone[i].score);
  }
}

}  // namespace
}  // namespace aisle::models
