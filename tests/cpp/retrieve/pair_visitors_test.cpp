#include "aisle/retrieve/pair_visitors.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"
#include "aisle/retrieve/co_visitation.h"

namespace aisle::retrieve {
namespace {

constexpr std::uint32_t kItems = 12;
constexpr std::uint32_t kSessions = 90;

struct Log {
  std::vector<std::uint32_t> session;
  std::vector<ItemId> item;
  std::vector<Timestamp> time;
  std::vector<std::uint32_t> visitor;  // of each session

  [[nodiscard]] SessionRows rows() const {
    return {.session = session,
            .item = item,
            .time = time,
            .type = {},
            .session_count = visitor.size(),
            .session_rank = {},
            .session_visitor = visitor};
  }
};

Log random_log(std::uint64_t seed) {
  Log log;
  std::uint64_t draw = seed;
  const auto next = [&](std::uint64_t below) {
    return static_cast<std::uint32_t>((draw = mix(draw + seed)) % below);
  };
  for (std::uint32_t s = 0; s < kSessions; ++s) {
    log.visitor.push_back(next(7));
    for (std::uint32_t step = 0, length = 1 + next(6); step < length; ++step) {
      log.session.push_back(s);
      log.item.push_back(ItemId{next(kItems)});
      log.time.push_back(static_cast<Timestamp>(log.time.size()) * kSecond);
    }
  }
  return log;
}

using Pair = std::pair<std::uint32_t, std::uint32_t>;

/// (a, b) -> who met both in a session, one by one.
std::map<Pair, std::set<std::uint32_t>> visitors_of(const Log& log) {
  std::map<Pair, std::set<std::uint32_t>> met;
  for (std::size_t a = 0; a < log.item.size(); ++a) {
    for (std::size_t b = 0; b < log.item.size(); ++b) {
      if (log.session[a] == log.session[b] && log.item[a] != log.item[b])
        met[{value_of(log.item[a]), value_of(log.item[b])}].insert(log.visitor[log.session[a]]);
    }
  }
  return met;
}

TEST(PairVisitors, CountsDistinctVisitorsOfEachPair) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Log log = random_log(seed);
    const auto index = build_session_index(log.rows(), kItems, {});
    const auto expected = visitors_of(log);
    ItemScores visitors;
    for (std::uint32_t i = 0; i < kItems; ++i) {
      count_visitors(index, ItemId{i}, index.view().sessions_of(ItemId{i}), 10, visitors);
      for (std::uint32_t j = 0; j < kItems; ++j) {
        const auto found = expected.find({i, j});
        const std::size_t count = found == expected.end() ? 0 : found->second.size();
        ASSERT_EQ(visitors.score(ItemId{j}), static_cast<double>(count)) << i << ", " << j;
      }
    }
  }
}

TEST(PairVisitors, ATableHoldsThePairsThatEnoughVisitorsMade) {
  for (std::size_t k = 1; k <= 7; ++k) {
    const Log log = random_log(k);
    const auto index = build_session_index(log.rows(), kItems, {});
    const auto whole = build_co_visitation(index, {});
    const auto table = build_co_visitation(index, {.k_anonymity = k});
    EXPECT_NO_THROW(table.view().validate());
    for (const auto& [pair, who] : visitors_of(log)) {
      const ItemId of{pair.first};
      const ItemId other{pair.second};
      ASSERT_TRUE(whole.view().has(of, other));
      ASSERT_EQ(table.view().has(of, other), who.size() >= k);
    }
  }
}

TEST(PairVisitors, CutSessionsHoldNoPairThatTooFewMet) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Log log = random_log(seed);
    const std::size_t k = 2 + seed % 5;
    const CutSessions cut = cut_sessions(log.rows(), kItems, k);
    const auto met = visitors_of(log);
    ASSERT_EQ(cut.session.size(), log.session.size());
    const std::set<std::uint32_t> ranks(cut.rank.begin(), cut.rank.end());
    ASSERT_EQ(ranks.size(), cut.rank.size());
    for (std::size_t a = 0; a < log.item.size(); ++a) {
      for (std::size_t b = a + 1; b < log.item.size(); ++b) {
        if (cut.session[a] != cut.session[b]) continue;
        ASSERT_EQ(log.session[a], log.session[b]);
        if (log.item[a] == log.item[b]) continue;
        ASSERT_GE(met.at({value_of(log.item[a]), value_of(log.item[b])}).size(), k);
      }
    }
  }
}

TEST(PairVisitors, NothingIsCutWhereEverybodyMetEverything) {
  Log log;
  for (std::uint32_t visitor = 0; visitor < 4; ++visitor) {
    log.visitor.push_back(visitor);
    for (std::uint32_t item = 0; item < 5; ++item) {
      log.session.push_back(visitor);
      log.item.push_back(ItemId{item});
      log.time.push_back(static_cast<Timestamp>(log.time.size()) * kSecond);
    }
  }
  EXPECT_EQ(cut_sessions(log.rows(), 5, 4).rank.size(), 4);
  EXPECT_EQ(cut_sessions(log.rows(), 5, 5).rank.size(), 20);
}

TEST(PairVisitors, AsksForVisitors) {
  Log log = random_log(1);
  SessionRows rows = log.rows();
  rows.session_visitor = {};
  EXPECT_THROW((void)cut_sessions(rows, kItems, 3), ConfigError);
  const auto index = build_session_index(rows, kItems, {});
  EXPECT_THROW((void)build_co_visitation(index, {.k_anonymity = 2}), ConfigError);
  EXPECT_THROW((void)build_co_visitation(index, {.k_anonymity = 0}), ConfigError);
  EXPECT_NO_THROW((void)build_co_visitation(index, {}));
  log.visitor.pop_back();
  rows.session_visitor = log.visitor;
  EXPECT_THROW((void)build_session_index(rows, kItems, {}), ConfigError);
}

TEST(PairVisitors, LiveEventsAddToPairsOfTheTableAlone) {
  const Log log = random_log(5);
  const auto table =
      build_co_visitation(build_session_index(log.rows(), kItems, {}), {.k_anonymity = 4});
  const CoVisitationView view = table.view();
  LiveCoVisitation live({.half_life = 0}, 0, &view);
  LiveCoVisitation free({.half_life = 0}, 0);
  for (std::uint32_t a = 0; a < kItems; ++a) {
    for (std::uint32_t b = 0; b < kItems + 1; ++b) {
      const std::array before = {Event{.time = 1, .item = ItemId{a}, .type = EventType::view}};
      const Event event{.time = 2, .item = ItemId{b}, .type = EventType::view};
      live.observe(before, event);
      free.observe(before, event);
    }
  }
  std::array<LiveCoVisitation::Pair, 48> row;
  for (std::uint32_t a = 0; a < kItems; ++a) {
    const std::size_t size = live.row(ItemId{a}, row);
    EXPECT_EQ(size, table.offsets[a + 1] - table.offsets[a]);
    for (const auto& pair : std::span(row).first(size)) {
      EXPECT_TRUE(view.has(ItemId{a}, pair.item));
      EXPECT_GT(pair.forward + pair.backward, 0.0F);
    }
    EXPECT_EQ(free.row(ItemId{a}, row), kItems);
  }
}

}  // namespace
}  // namespace aisle::retrieve
