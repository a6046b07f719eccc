#include "aisle/session/recent_ids.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace aisle::session {
namespace {

TEST(RecentIds, KnowsAnIdThatCameBefore) {
  RecentIds ids;
  EXPECT_TRUE(ids.add("a"));
  EXPECT_TRUE(ids.add("b"));
  EXPECT_FALSE(ids.add("a"));
  EXPECT_FALSE(ids.add("b"));
}

TEST(RecentIds, RemembersAtLeastTheLast400000) {
  RecentIds ids;
  for (int i = 0; i < 1'500'000; ++i) ASSERT_TRUE(ids.add(std::to_string(i)));
  for (int i = 1'100'000; i < 1'500'000; ++i) ASSERT_FALSE(ids.add(std::to_string(i)));
}

TEST(RecentIds, TakesBackAnIdWhoseEventWasRefused) {
  RecentIds ids;
  for (int i = 0; i < 1'000; ++i) ids.add(std::to_string(i));
  ids.take_back("7");
  ids.take_back("never-added");
  EXPECT_TRUE(ids.add("7"));
  EXPECT_FALSE(ids.add("7"));
  for (int i = 1'000; i < 1'500'000; ++i) ASSERT_TRUE(ids.add(std::to_string(i)));
}

TEST(RecentIds, ForgetsTheOldestSoThatMemoryStaysBounded) {
  RecentIds ids;
  for (int i = 0; i < 1'500'000; ++i) ids.add(std::to_string(i));
  EXPECT_TRUE(ids.add("0")) << "half a million places, three times as many ids since";
}

TEST(RecentIds, LetsOneOfManyThreadsWinEachId) {
  RecentIds ids;
  std::atomic<int> won{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20'000; ++i) won += ids.add(std::to_string(i)) ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(won.load(), 20'000);
}

}  // namespace
}  // namespace aisle::session
