#include "aisle/retrieve/top_list.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "aisle/base/hash.h"

namespace aisle::retrieve {
namespace {

std::vector<TopList::Entry> best_of(const std::map<std::uint32_t, double>& scores, std::size_t n) {
  std::vector<TopList::Entry> all;
  for (const auto& [item, score] : scores) all.push_back({ItemId{item}, score});
  std::ranges::stable_sort(all, std::ranges::greater{}, &TopList::Entry::score);
  if (all.size() > n) all.resize(n);
  return all;
}

TEST(TopList, IsEmptyUntilSomethingRises) {
  TopList list(4);
  std::vector<TopList::Entry> read;
  list.read(4, read);
  EXPECT_TRUE(read.empty());
}

TEST(TopList, IsWhatSortingAllScoresGives) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::uint64_t draw = seed;
    TopList list(1 + seed % 12);
    std::map<std::uint32_t, double> scores;
    std::vector<TopList::Entry> read;
    for (int step = 0; step < 3000; ++step) {
      draw = mix(draw + seed);
      const auto item = static_cast<std::uint32_t>(draw % 60);
      // Rises by fractions that never meet: where scores are equal, any order would do.
      double& score = scores[item];
      score += 1.0 + static_cast<double>(draw >> 11U) * 0x1p-53;
      list.raise(ItemId{item}, score);
      list.read(100, read);
      const auto expected = best_of(scores, 1 + seed % 12);
      ASSERT_EQ(read.size(), expected.size());
      for (std::size_t i = 0; i < read.size(); ++i) {
        ASSERT_EQ(read[i].item, expected[i].item) << "seed " << seed << " step " << step;
        ASSERT_EQ(read[i].score, expected[i].score);
      }
    }
  }
}

TEST(TopList, ReadsNoMoreThanIsAskedFor) {
  TopList list(8);
  for (std::uint32_t i = 0; i < 8; ++i) list.raise(ItemId{i}, i + 1.0);
  std::vector<TopList::Entry> read;
  list.read(3, read);
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].item, ItemId{7});
}

TEST(TopList, BreaksTiesByTheSmallerItem) {
  TopList list(3);
  for (const std::uint32_t i : {5U, 1U, 3U}) list.raise(ItemId{i}, 1.0);
  std::vector<TopList::Entry> read;
  list.read(3, read);
  EXPECT_EQ(read[0].item, ItemId{1});
  EXPECT_EQ(read[1].item, ItemId{3});
  EXPECT_EQ(read[2].item, ItemId{5});
}

TEST(TopList, NeverShowsHalfAMoveToReadersBesideWriters) {
  TopList list(16);
  std::atomic<bool> is_done{false};
  std::atomic<std::size_t> faults{0};
  const auto watch = [&] {
    std::vector<TopList::Entry> read;
    while (!is_done.load()) {
      list.read(16, read);
      std::set<std::uint32_t> seen;
      for (std::size_t i = 0; i < read.size(); ++i) {
        const bool is_whole = seen.insert(value_of(read[i].item)).second &&
                              (i == 0 || read[i - 1].score >= read[i].score);
        if (!is_whole) faults.fetch_add(1);
      }
    }
  };
  {
    const std::jthread one(watch);
    const std::jthread two(watch);
    const auto write = [&](std::uint64_t seed) {
      std::uint64_t draw = seed;
      for (int i = 0; i < 20'000; ++i) {
        draw = mix(draw + seed);
        list.raise(ItemId{static_cast<std::uint32_t>(draw % 64)}, i + 1.0);
      }
    };
    std::jthread first(write, 1);
    std::jthread second(write, 2);
    first.join();
    second.join();
    is_done = true;
  }
  EXPECT_EQ(faults.load(), 0U);
}

}  // namespace
}  // namespace aisle::retrieve
