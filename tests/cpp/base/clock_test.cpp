#include "aisle/base/clock.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace aisle {
namespace {

TEST(ForwardClock, FollowsTheSystemsClockForward) {
  ForwardClock clock;
  EXPECT_EQ(clock.tell(100), 100);
  EXPECT_EQ(clock.tell(kHour), kHour);
}

TEST(ForwardClock, CountsOnWhereTheSystemsClockIsSetBack) {
  ForwardClock clock;
  EXPECT_EQ(clock.tell(kHour), kHour);
  EXPECT_EQ(clock.tell(100), kHour + 1);
  EXPECT_EQ(clock.tell(200), kHour + 2);
  EXPECT_EQ(clock.tell(2 * kHour), 2 * kHour);
}

TEST(ForwardClock, GoesOnFromWhatAnEarlierProcessTold) {
  const auto told_after = [](Timestamp told) {
    ForwardClock clock;
    clock.go_on_from(told, kDay, kMinute, 2 * kHour);
    return clock.tell(kDay);
  };
  EXPECT_EQ(told_after(kDay - kHour), kDay);
  EXPECT_EQ(told_after(kDay + kMinute), kDay) << "a sender's clock may be ahead";
  EXPECT_EQ(told_after(kDay + kHour), kDay + kHour + 1);
  EXPECT_EQ(told_after(kDay + 3 * kHour), kDay) << "nobody's clock was right then";
}

TEST(ForwardClock, TellsNoTimeTwice) {
  ForwardClock clock;
  std::vector<std::vector<Timestamp>> told(3);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : told) {
      threads.emplace_back([&clock, &mine] {
        for (int i = 0; i < 1000; ++i) mine.push_back(clock.tell(i));
      });
    }
  }
  std::set<Timestamp> all;
  for (const auto& mine : told) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 3000U);
}

}  // namespace
}  // namespace aisle
