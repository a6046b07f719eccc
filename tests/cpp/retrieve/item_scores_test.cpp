#include "aisle/retrieve/item_scores.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "aisle/base/hash.h"

namespace aisle::retrieve {
namespace {

std::vector<std::uint32_t> numbers(const std::vector<ScoredItem>& items) {
  std::vector<std::uint32_t> out;
  for (const ScoredItem& one : items) out.push_back(value_of(one.item));
  return out;
}

TEST(ItemScores, StartsEmptyAfterEveryBegin) {
  ItemScores scores;
  std::vector<ScoredItem> best;
  scores.begin(10);
  scores.add(ItemId{3}, 1.0);
  scores.begin(10);
  EXPECT_FALSE(scores.has(ItemId{3}));
  EXPECT_EQ(scores.top(5, best), 0U);
  scores.add(ItemId{3}, 2.0);
  EXPECT_EQ(scores.score(ItemId{3}), 2.0);
}

TEST(ItemScores, OrdersByScoreThenByItemAndLeavesOutWhatIsNotPositive) {
  ItemScores scores;
  std::vector<ScoredItem> best;
  scores.begin(10);
  scores.add(ItemId{7}, 1.0);
  scores.add(ItemId{2}, 1.0);
  scores.add(ItemId{5}, 3.0);
  scores.add(ItemId{4}, -1.0);
  scores.add(ItemId{6}, 0.0);
  scores.top(10, best);
  EXPECT_EQ(numbers(best), (std::vector<std::uint32_t>{5, 2, 7}));
  scores.top(2, best);
  EXPECT_EQ(numbers(best), (std::vector<std::uint32_t>{5, 2}));
  scores.drop(ItemId{5});
  scores.top(2, best);
  EXPECT_EQ(numbers(best), (std::vector<std::uint32_t>{2, 7}));
}

TEST(ItemScores, RanksConservatively) {
  ItemScores scores;
  scores.begin(10);
  scores.add(ItemId{1}, 2.0);
  scores.add(ItemId{2}, 1.0);
  scores.add(ItemId{3}, 1.0);
  EXPECT_EQ(scores.rank(ItemId{1}), 1U);
  EXPECT_EQ(scores.rank(ItemId{2}), 3U) << "its equal stands before it";
  EXPECT_EQ(scores.rank(ItemId{3}), 3U);
  EXPECT_EQ(scores.rank(ItemId{9}), 0U);
  EXPECT_EQ(scores.rank(kNoItem), 0U);
}

TEST(ItemScores, AddsOnceForEachMark) {
  ItemScores scores;
  scores.begin(4);
  scores.add_once(ItemId{1}, 1, 2.0);
  scores.add_once(ItemId{1}, 1, 2.0);
  EXPECT_EQ(scores.score(ItemId{1}), 2.0);
  scores.add_once(ItemId{1}, 2, 0.5);
  EXPECT_EQ(scores.score(ItemId{1}), 2.5);
  scores.begin(4);
  scores.add_once(ItemId{1}, 2, 1.0);
  EXPECT_EQ(scores.score(ItemId{1}), 1.0);
}

TEST(ItemScores, AgreeWithAMapUnderRandomUse) {
  ItemScores scores;
  std::vector<ScoredItem> best;
  std::uint64_t draw = 1;
  for (std::size_t round = 1; round < 200; ++round) {
    std::map<std::uint32_t, double> reference;
    const std::size_t items = 1 + (draw % 300);
    scores.begin(items);
    for (std::size_t i = 0; i < 2 * round; ++i) {
      draw = mix(draw + 1);
      const auto item = static_cast<std::uint32_t>(draw % items);
      const double score = static_cast<double>(draw >> 60U);
      scores.add(ItemId{item}, score);
      reference[item] += score;
    }
    std::vector<ScoredItem> expected;
    for (const auto& [item, score] : reference) {
      if (score > 0.0) expected.push_back({ItemId{item}, score});
    }
    std::ranges::stable_sort(expected, std::ranges::greater{}, &ScoredItem::score);
    if (expected.size() > 20) expected.resize(20);
    scores.top(20, best);
    ASSERT_EQ(numbers(best), numbers(expected));
  }
}

}  // namespace
}  // namespace aisle::retrieve
