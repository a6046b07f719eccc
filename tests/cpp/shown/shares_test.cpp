#include "aisle/shown/shares.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <thread>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::shown {
namespace {

using Got = std::vector<std::pair<std::uint32_t, double>>;

/// The queues as they are defined: every group after every slate.
struct Reference {
  ShareGoal goal;
  std::vector<double> owed, ahead;

  void tell(const Got& got, double attention) {
    const double most = Shares::kMostLift * goal.lag;
    for (std::size_t g = 0; g < owed.size(); ++g) {
      double x = 0.0;
      for (const auto& [group, weight] : got) x += group == g ? weight : 0.0;
      owed[g] = std::clamp(owed[g] + goal.at_least * attention - x, 0.0, most);
      ahead[g] = std::clamp(ahead[g] - goal.at_most * attention + x, 0.0, most);
    }
  }
};

TEST(Shares, AreTheQueuesOfTheirDefinition) {
  const ShareGoal goal{.at_least = 0.1, .at_most = 0.3, .lag = 3.0};
  Shares shares(goal, 6);
  Reference reference{goal, std::vector<double>(6), std::vector<double>(6)};
  std::uint64_t draw = 1;
  for (int slate = 0; slate < 500; ++slate) {
    Got got;
    double attention = 0.0;
    for (int place = 1; place <= 5; ++place) {
      draw = mix(draw + 1);
      const double weight = 1.0 / std::log2(1.0 + place);
      attention += weight;
      if (draw % 4 != 0) got.emplace_back((draw >> 8U) % 5, weight);  // group 5 never comes
    }
    shares.tell(got, attention);
    reference.tell(got, attention);
    for (std::uint32_t g = 0; g < 6; ++g)
      ASSERT_NEAR(shares.lift(g), (reference.owed[g] - reference.ahead[g]) / goal.lag, 1e-4)
          << "slate " << slate << ", group " << g;
  }
}

/// The share that group `followed` gets of four places for the best of ten candidates: three of
/// group 0, the worst by 2, three of group 1, the best by 2, and four others.
double share_under(const ShareGoal& goal, std::uint32_t followed) {
  Shares shares(goal);
  std::uint64_t draw = 7;
  for (int slate = 0; slate < 3000; ++slate) {
    std::vector<std::pair<double, std::uint32_t>> order;
    for (std::uint32_t i = 0; i < 10; ++i) {
      draw = mix(draw + 1);
      const std::uint32_t group = std::min(i / 3, 2U);
      const double score = group == 0 ? -2.0 : group == 1 ? 2.0 : 0.0;
      const double noise = static_cast<double>(draw % 1000) / 1000.0;
      order.emplace_back(score + noise + (group == followed ? shares.lift(0) : 0.0F), group);
    }
    std::ranges::sort(order, std::greater{});
    Got got;
    for (std::size_t i = 0; i < 4; ++i) {
      if (order[i].second == followed) got.emplace_back(0, 1.0);
    }
    shares.tell(got, 4.0);
  }
  const auto all = shares.all(1);
  return all.empty() ? 0.0 : all.front().got / shares.attention();
}

TEST(Shares, BringAGroupToItsFloorAndUnderItsCap) {
  EXPECT_EQ(share_under({}, 0), 0.0);
  EXPECT_EQ(share_under({}, 1), 0.75);
  EXPECT_NEAR(share_under({.at_least = 0.25}, 0), 0.25, 0.01);
  EXPECT_NEAR(share_under({.at_most = 0.2}, 1), 0.2, 0.01);
  EXPECT_NEAR(share_under({.at_most = 0.2, .lag = 5.0}, 1), 0.2, 0.01);
  EXPECT_EQ(share_under({.at_least = 0.9}, 1), 0.75) << "there are no more of them";
}

TEST(Shares, GoOnUnderOtherNumbers) {
  const ShareGoal goal{.at_least = 0.2, .at_most = 0.5};
  Shares before(goal, 5);
  for (int slate = 0; slate < 40; ++slate) before.tell(Got{{3, 1.0}, {4, 0.5}}, 2.0);
  Shares after(goal);
  const std::array<std::pair<std::uint32_t, std::uint32_t>, 1> groups = {{{3, 9}}};
  after.take_over(before, groups);
  EXPECT_EQ(after.lift(9), before.lift(3));
  EXPECT_EQ(after.attention(), before.attention());
  EXPECT_EQ(after.all(10).size(), 1U);
  EXPECT_EQ(after.lift(4), 0.0F) << "a group that is new";
}

TEST(Shares, OweAGroupThatIsNewNothingOfThePast) {
  Shares shares(ShareGoal{.at_least = 0.01}, 2);
  for (int slate = 0; slate < 3000; ++slate) shares.tell(Got{{0, 1.0}}, 1.0);
  EXPECT_GT(shares.lift(1), 1.0F) << "there from the beginning, and never shown";
  EXPECT_EQ(shares.lift(7), 0.0F);
  for (int slate = 0; slate < 100; ++slate) shares.tell(Got{{0, 1.0}}, 1.0);
  EXPECT_NEAR(shares.lift(7), 0.01 * 100 / 20.0, 1e-6);
  EXPECT_EQ(shares.lift(Shares::kMostGroups), 0.0F);
}

TEST(Shares, AreToldAndReadByManyThreads) {
  Shares shares(ShareGoal{.at_least = 0.1, .at_most = 0.4}, 5);
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&shares, t] {
      for (int i = 0; i < 500; ++i) {
        shares.tell(Got{{t, 1.0}, {4, 0.5}}, 2.0);
        const float lift = shares.lift(4);
        EXPECT_TRUE(lift >= -Shares::kMostLift && lift <= Shares::kMostLift);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shares.attention(), 4000.0);
  for (const Shares::Share& one : shares.all(5)) EXPECT_EQ(one.got, one.group < 4 ? 500.0 : 1000.0);
}

TEST(Shares, RefuseGoalsThatCantBe) {
  EXPECT_THROW(Shares({.at_least = 0.5, .at_most = 0.4}), ConfigError);
  EXPECT_THROW(Shares({.at_least = -0.1}), ConfigError);
  EXPECT_THROW(Shares({.at_most = 1.1}), ConfigError);
  EXPECT_THROW(Shares({.lag = 0.0}), ConfigError);
}

}  // namespace
}  // namespace aisle::shown
