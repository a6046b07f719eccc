#include "aisle/rerank/exposure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::rerank {
namespace {

using Places = std::vector<std::uint32_t>;
using Groups = std::vector<std::uint64_t>;
using Limits = std::vector<ExposureLimit>;

Places expose_in_order(const Groups& groups, const Limits& limits, std::size_t k) {
  Places order(groups.size());
  std::iota(order.begin(), order.end(), 0U);
  ExposureWorkspace work;
  Places picked(k);
  picked.resize(expose(order, groups, limits, work, picked));
  return picked;
}

std::size_t count_in(const Places& places, const Groups& groups, std::size_t group) {
  return static_cast<std::size_t>(std::count_if(places.begin(), places.end(), [&](std::uint32_t p) {
    return (groups[p] >> group & 1U) != 0;
  }));
}

TEST(Exposure, WithoutLimitsTheSlateIsTheOrder) {
  const Groups groups{1, 0, 1, 2};
  const Places order{3, 1, 0, 2};
  ExposureWorkspace work;
  Places picked(3);
  ASSERT_EQ(expose(order, groups, {}, work, picked), 3U);
  EXPECT_EQ(picked, (Places{3, 1, 0}));
}

TEST(Exposure, ACapPassesOver) {
  EXPECT_EQ(expose_in_order({1, 1, 1, 0, 1}, {{.at_most = 2}}, 3), (Places{0, 1, 3}));
  EXPECT_EQ(expose_in_order({1, 1, 1}, {{.at_most = 1}}, 3), (Places{0}));
}

TEST(Exposure, AFloorTakesTheLastSlots) {
  EXPECT_EQ(expose_in_order({0, 0, 0, 1, 1}, {{.at_least = 2}}, 3), (Places{0, 3, 4}));
  EXPECT_EQ(expose_in_order({1, 0, 1, 0}, {{.at_least = 1}}, 3), (Places{0, 1, 2}));
}

TEST(Exposure, AFloorBeyondThePoolIsServedAsFarAsItGoes) {
  EXPECT_EQ(expose_in_order({0, 0, 1}, {{.at_least = 3}}, 2), (Places{0, 2}));
}

TEST(Exposure, ContradictingFloorsShareTheSlots) {
  EXPECT_EQ(expose_in_order({0, 1, 2, 1, 2}, {{.at_least = 2}, {.at_least = 2}}, 2),
            (Places{1, 2}));
}

TEST(Exposure, OnePlaceServesTwoFloorsWhereSlotsAreShort) {
  EXPECT_EQ(expose_in_order({0, 1, 2, 3}, {{.at_least = 1}, {.at_least = 1}}, 1), (Places{3}));
}

TEST(Exposure, ACapOfOneGroupDoesNotHoldSlotsForAnother) {
  // Group 1 wants three, but its members are all of group 0, of which one may come.
  const Places picked = expose_in_order({0, 0, 3, 3, 3}, {{.at_most = 1}, {.at_least = 3}}, 3);
  EXPECT_EQ(picked, (Places{0, 1, 2}));
}

/// Every slate that keeps the caps, serves the floors as far as there are items and is as long as
/// can be; the first of them in lexicographic order.
Places brute_force(const Groups& groups, const Limits& limits, std::size_t k) {
  Places best;
  std::size_t most_served = 0;
  const std::size_t pool = groups.size();
  for (std::uint32_t set = 0; set < (1U << pool); ++set) {
    Places slate;
    for (std::uint32_t p = 0; p < pool; ++p) {
      if ((set >> p & 1U) != 0) slate.push_back(p);
    }
    if (slate.size() > k) continue;
    bool holds = true;
    std::size_t served = 0;
    for (std::size_t g = 0; g < limits.size(); ++g) {
      const std::size_t count = count_in(slate, groups, g);
      holds = holds && count <= limits[g].at_most;
      served += std::min(count, limits[g].at_least);
    }
    if (!holds) continue;
    const bool is_better = served != most_served         ? served > most_served
                           : slate.size() != best.size() ? slate.size() > best.size()
                                                         : slate < best;
    if (!is_better) continue;
    best = slate;
    most_served = served;
  }
  return best;
}

TEST(Exposure, IsTheFirstOfAllSlatesThatHoldTheLimits) {
  std::mt19937_64 rng(9);
  for (int round = 0; round < 300; ++round) {
    Groups groups(8);
    for (auto& mine : groups) mine = (1ULL << (rng() % 4)) & 7U;  // one of three groups, or none
    Limits limits(3);
    for (auto& limit : limits) {
      limit.at_most = rng() % 5;
      limit.at_least = rng() % (limit.at_most + 1);
    }
    const std::size_t k = rng() % 7;
    std::size_t floors = 0;
    for (const auto& limit : limits) floors += limit.at_least;
    if (floors > k) continue;  // what then is first is a rule of its own
    EXPECT_EQ(expose_in_order(groups, limits, k), brute_force(groups, limits, k));
  }
}

TEST(Exposure, CapsHoldWhateverOverlaps) {
  std::mt19937_64 rng(10);
  for (int round = 0; round < 300; ++round) {
    Groups groups(20);
    for (auto& mine : groups) mine = rng() % 32;
    Limits limits(5);
    for (auto& limit : limits) {
      limit.at_most = rng() % 6;
      limit.at_least = rng() % (limit.at_most + 1);
    }
    Places picked = expose_in_order(groups, limits, 10);
    for (std::size_t g = 0; g < limits.size(); ++g) {
      EXPECT_LE(count_in(picked, groups, g), limits[g].at_most);
    }
    std::sort(picked.begin(), picked.end());
    EXPECT_EQ(std::unique(picked.begin(), picked.end()), picked.end());
  }
}

TEST(Exposure, SharesAreRoundedTowardsTheLimit) {
  EXPECT_EQ(limit_of_shares(0.25, 0.5, 10).at_least, 3U);
  EXPECT_EQ(limit_of_shares(0.25, 0.55, 10).at_most, 5U);
  EXPECT_EQ(limit_of_shares(0.1, 0.3, 10).at_least, 1U);
  EXPECT_EQ(limit_of_shares(0.1, 0.3, 10).at_most, 3U);
  EXPECT_EQ(limit_of_shares(0.3, 0.3, 4).at_least, 1U);  // no whole slot between: the cap holds
}

TEST(Exposure, RefusesLimitsThatCannotHold) {
  EXPECT_THROW((ExposureLimit{.at_least = 3, .at_most = 2}.validate()), ConfigError);
  EXPECT_THROW((void)limit_of_shares(0.6, 0.5, 10), ConfigError);
  EXPECT_THROW((void)limit_of_shares(NAN, 0.5, 10), ConfigError);
}

}  // namespace
}  // namespace aisle::rerank
