#include "aisle/shown/slate_log.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace aisle::shown {
namespace {

Record made(SlateLog& log, std::uint64_t visitor, Timestamp time, std::vector<std::uint32_t> items,
            std::uint64_t page_before = 0) {
  Record record;
  record.number = log.next_number(visitor);
  record.visitor = visitor;
  record.time = time;
  record.page_before = page_before;
  for (const std::uint32_t item : items) record.places.push_back({.item = ItemId{item}});
  return record;
}

std::uint64_t show(SlateLog& log, std::uint64_t visitor, Timestamp time,
                   const std::vector<std::uint32_t>& items, std::uint64_t page_before = 0) {
  Record record = made(log, visitor, time, items, page_before);
  const std::uint64_t number = record.number;
  log.add(record);
  return number;
}

std::vector<std::uint32_t> recent(const SlateLog& log, std::uint64_t visitor, Timestamp since = 0,
                                  std::uint32_t generation = 0) {
  std::vector<Showing> showings;
  log.recent(visitor, since, generation, showings);
  std::vector<std::uint32_t> items;
  for (const Showing& one : showings) items.push_back(value_of(one.item));
  return items;
}

TEST(SlateLog, RemembersAVisitorsSlatesNewestFirst) {
  SlateLog log(1000);
  show(log, 7, 10, {1, 2});
  show(log, 8, 11, {9});
  show(log, 7, 12, {3});
  EXPECT_EQ(recent(log, 7), (std::vector<std::uint32_t>{3, 1, 2}));
  EXPECT_EQ(recent(log, 7, 11), std::vector<std::uint32_t>{3});
  EXPECT_EQ(recent(log, 8), std::vector<std::uint32_t>{9});
  EXPECT_TRUE(recent(log, 9).empty());
  EXPECT_TRUE(recent(log, 0).empty());
}

TEST(SlateLog, KnowsWhetherAVisitorWasShownAnItem) {
  SlateLog log(1000);
  show(log, 7, 10, {1, 2});
  show(log, 8, 11, {9});
  show(log, 7, 12, {3});
  EXPECT_TRUE(log.was_shown(7, ItemId{2}, 0));
  EXPECT_TRUE(log.was_shown(7, ItemId{3}, 0));
  EXPECT_FALSE(log.was_shown(7, ItemId{9}, 0)) << "somebody else was";
  EXPECT_FALSE(log.was_shown(7, ItemId{2}, 1)) << "a number of another model";
  EXPECT_FALSE(log.was_shown(0, ItemId{2}, 0));
  EXPECT_FALSE(SlateLog(0).was_shown(7, ItemId{2}, 0));
}

TEST(SlateLog, VisitorsOfOneBucketStayApart) {
  SlateLog log(16);  // a shard keeps one slate, so all visitors of a shard share a bucket
  show(log, 16, 1, {1});
  show(log, 32, 2, {2});
  EXPECT_TRUE(recent(log, 16).empty()) << "overwritten";
  EXPECT_EQ(recent(log, 32), std::vector<std::uint32_t>{2});
}

TEST(SlateLog, TheNewestStayWhenTheRingComesRound) {
  SlateLog log(64);
  std::vector<std::uint64_t> numbers;
  for (std::uint32_t i = 0; i < 100; ++i) numbers.push_back(show(log, 5, i, {i}));
  EXPECT_FALSE(log.change(numbers.front(), [](Record&) {}));
  EXPECT_TRUE(log.change(numbers.back(), [](Record& record) {
    EXPECT_EQ(value_of(record.places.front().item), 99U);
  }));
  EXPECT_EQ(recent(log, 5), (std::vector<std::uint32_t>{99, 98, 97, 96}));
}

TEST(SlateLog, PagesFollowEachOtherAndBelongToTheirVisitor) {
  SlateLog log(1000);
  const auto first = show(log, 7, 1, {1, 2});
  const auto second = show(log, 7, 2, {3}, first);
  std::vector<ItemId> items;
  EXPECT_TRUE(log.pages(second, 7, 0, items));
  EXPECT_EQ(items, (std::vector<ItemId>{ItemId{3}, ItemId{1}, ItemId{2}}));
  items.clear();
  EXPECT_FALSE(log.pages(second, 8, 0, items)) << "of somebody else";
  EXPECT_FALSE(log.pages(12345, 7, 0, items));
  EXPECT_TRUE(items.empty());
}

TEST(SlateLog, ForgetsAVisitorAndNobodyElse) {
  SlateLog log(1000);
  const auto number = show(log, 7, 1, {1});
  show(log, 7 + 16 * 256, 2, {2});
  log.forget(7);
  EXPECT_TRUE(recent(log, 7).empty());
  EXPECT_EQ(recent(log, 7 + 16 * 256), std::vector<std::uint32_t>{2});
  EXPECT_TRUE(log.change(number, [](Record& record) { EXPECT_TRUE(record.places.empty()); }));
}

TEST(SlateLog, ItemsGetTheirNumbersInANewModel) {
  SlateLog log(1000);
  show(log, 7, 1, {0, 1, 2});
  const std::vector<ItemId> moved = {ItemId{5}, ItemId{6}};
  log.renumber(moved, 1);
  EXPECT_TRUE(recent(log, 7).empty()) << "a request of the old model knows other numbers";
  EXPECT_EQ(recent(log, 7, 0, 1), (std::vector<std::uint32_t>{5, 6, value_of(kNoItem)}));
}

TEST(SlateLog, OfNoSizeKeepsNothing) {
  SlateLog log(0);
  const auto number = show(log, 7, 1, {1});
  EXPECT_NE(number, 0U);
  EXPECT_FALSE(log.change(number, [](Record&) {}));
  EXPECT_TRUE(recent(log, 7).empty());
  std::vector<ItemId> items;
  EXPECT_FALSE(log.pages(number, 7, 0, items));
}

TEST(SlateLog, ThreadsShowAndForgetAtOnce) {
  SlateLog log(256);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&log, t] {
      std::uint64_t page = 0;
      for (std::uint32_t i = 0; i < 2000; ++i) {
        const std::uint64_t visitor = 1 + (i + t) % 40;
        page = show(log, visitor, i, {i, i + 1}, i % 3 == 0 ? 0 : page);
        std::vector<ItemId> items;
        (void)log.pages(page, visitor, 0, items);
        for (const std::uint32_t item : recent(log, visitor)) EXPECT_LE(item, 2001U);
        if (i % 50 == 0) log.forget(visitor);
        if (i % 500 == 0) (void)log.memory_bytes();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace aisle::shown
