#include "aisle/retrieve/session_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::retrieve {
namespace {

/// A log in columns of its own.
struct Log {
  std::vector<std::uint32_t> session;
  std::vector<ItemId> item;
  std::vector<Timestamp> time;
  std::size_t session_count = 0;

  void add(std::uint32_t s, std::uint32_t i, Timestamp t) {
    session.push_back(s);
    item.push_back(ItemId{i});
    time.push_back(t);
    session_count = std::max<std::size_t>(session_count, s + 1);
  }
  [[nodiscard]] SessionRows rows() const {
    return {.session = session,
            .item = item,
            .time = time,
            .type = {},
            .session_count = session_count,
            .session_rank = {}};
  }
};

std::vector<std::uint32_t> numbers(std::span<const ItemId> items) {
  std::vector<std::uint32_t> out;
  for (const ItemId item : items) out.push_back(value_of(item));
  return out;
}
std::vector<std::uint32_t> list(std::span<const std::uint32_t> values) {
  return {values.begin(), values.end()};
}
using Numbers = std::vector<std::uint32_t>;

TEST(SessionIndex, GroupsRowsOfAnyOrderByTime) {
  Log log;
  log.add(1, 5, 30);
  log.add(0, 2, 20);
  log.add(1, 4, 10);
  log.add(0, 3, 40);
  const auto index = build_session_index(log.rows(), 6, {});
  const auto view = index.view();
  ASSERT_EQ(view.session_count(), 2U);
  EXPECT_EQ(numbers(view.session(0)), (Numbers{4, 5})) << "ended first";
  EXPECT_EQ(numbers(view.session(1)), (Numbers{2, 3}));
  EXPECT_EQ(view.row_count, 4U);
  EXPECT_NO_THROW(view.validate());
}

TEST(SessionIndex, SettlesEqualEndsByRankThenByNumber) {
  Log log;
  for (std::uint32_t s = 0; s < 3; ++s) log.add(s, s, 10);
  EXPECT_EQ(numbers(build_session_index(log.rows(), 3, {}).view().items), (Numbers{0, 1, 2}));
  SessionRows rows = log.rows();
  const Numbers rank{2, 0, 1};
  rows.session_rank = rank;
  EXPECT_EQ(numbers(build_session_index(rows, 3, {}).view().items), (Numbers{1, 2, 0}));
}

TEST(SessionIndex, ListsSessionsOfAnItemNewestFirstAndOnce) {
  Log log;
  for (std::uint32_t s = 0; s < 10; ++s) {
    log.add(s, 7, s * 10);
    log.add(s, 7, s * 10 + 1);
  }
  const auto all = build_session_index(log.rows(), 8, {});
  EXPECT_EQ(list(all.view().sessions_of(ItemId{7})), (Numbers{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
  const auto newest = build_session_index(log.rows(), 8, {.max_postings = 3});
  EXPECT_EQ(list(newest.view().sessions_of(ItemId{7})), (Numbers{9, 8, 7}));
  EXPECT_EQ(newest.item_rows[7], 20U);
  EXPECT_EQ(newest.item_sessions[7], 10U);
  EXPECT_TRUE(newest.view().sessions_of(ItemId{99}).empty());
  EXPECT_TRUE(newest.view().sessions_of(kNoItem).empty());
}

TEST(SessionIndex, KeepsTheFirstOfRepeatedItemsWhereAskedTo) {
  Log log;
  log.add(0, 1, 1);
  log.add(0, 2, 2);
  log.add(0, 1, 9);
  log.add(1, 3, 5);
  const auto index = build_session_index(log.rows(), 4, {.distinct_items = true});
  EXPECT_EQ(numbers(index.view().items), (Numbers{1, 2, 3}))
      << "without its repeat the first session ended at 2, before the other";
}

TEST(SessionIndex, GivesNoPostingsToTheLongestSessions) {
  Log log;
  for (std::uint32_t s = 0; s < 9; ++s) log.add(s, 1, s);
  for (std::uint32_t i = 0; i < 50; ++i) log.add(9, i, 100 + i);
  const auto index = build_session_index(log.rows(), 50, {.longest_quantile = 0.9});
  EXPECT_EQ(index.view().sessions_of(ItemId{1}).size(), 9U);
  EXPECT_TRUE(index.view().sessions_of(ItemId{40}).empty());
  EXPECT_EQ(index.view().session_count(), 10U);
  EXPECT_NO_THROW(index.view().validate());
}

TEST(SessionIndex, LeavesOutRowsWithoutAnItemAndSessionsWithoutRows) {
  Log log;
  log.add(0, value_of(kNoItem), 1);
  log.add(2, 1, 2);
  const auto index = build_session_index(log.rows(), 2, {});
  EXPECT_EQ(index.view().session_count(), 1U);
  EXPECT_EQ(index.view().row_count, 1U);
}

TEST(SessionIndex, OfNothingIsEmptyAndValid) {
  const auto index = build_session_index({}, 0, {});
  EXPECT_EQ(index.view().session_count(), 0U);
  EXPECT_NO_THROW(index.view().validate());
}

TEST(SessionIndex, IsWhatGroupingByHandGives) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::uint64_t draw = seed;
    Log log;
    std::map<std::uint32_t, std::vector<std::pair<Timestamp, std::uint32_t>>> by_hand;
    for (int row = 0; row < 400; ++row) {
      draw = mix(draw + seed);
      const auto s = static_cast<std::uint32_t>(draw % 60);
      const auto i = static_cast<std::uint32_t>((draw >> 20U) % 25);
      const auto t = static_cast<Timestamp>((draw >> 40U) % 1000);
      log.add(s, i, t);
      by_hand[s].emplace_back(t, i);
    }
    std::vector<std::tuple<Timestamp, std::uint32_t>> ends;
    for (auto& [s, rows] : by_hand) {
      std::ranges::stable_sort(rows, {}, &std::pair<Timestamp, std::uint32_t>::first);
      ends.emplace_back(rows.back().first, s);
    }
    std::ranges::sort(ends);
    const auto index = build_session_index(log.rows(), 25, {});
    ASSERT_EQ(index.view().session_count(), ends.size());
    for (std::uint32_t z = 0; z < ends.size(); ++z) {
      Numbers expected;
      for (const auto& [time, item] : by_hand.at(std::get<1>(ends[z]))) expected.push_back(item);
      ASSERT_EQ(numbers(index.view().session(z)), expected);
      ASSERT_EQ(index.distinct[z],
                std::set<std::uint32_t>(expected.begin(), expected.end()).size());
    }
  }
}

TEST(SessionIndex, RefusesColumnsThatDoNotFit) {
  Log log;
  log.add(0, 5, 1);
  EXPECT_THROW((void)build_session_index(log.rows(), 5, {}), ConfigError);
  SessionRows rows = log.rows();
  rows.session_count = 0;
  EXPECT_THROW((void)build_session_index(rows, 6, {}), ConfigError);
  rows = log.rows();
  rows.time = {};
  EXPECT_THROW((void)build_session_index(rows, 6, {}), ConfigError);
}

TEST(SessionIndex, NamesTheArrayThatIsDamaged) {
  Log log;
  for (std::uint32_t s = 0; s < 4; ++s) log.add(s, s, s);
  const auto whole = build_session_index(log.rows(), 4, {});
  const auto message_of = [&](const auto& damage) -> std::string {
    SessionIndexData data = whole;
    damage(data);
    try {
      data.view().validate();
    } catch (const BundleError& error) {
      return error.what();
    }
    return "nothing was wrong";
  };
  const auto expect_named = [&](const char* name, const auto& damage) {
    EXPECT_NE(message_of(damage).find(std::string("array ") + name), std::string::npos) << name;
  };
  expect_named("items", [](auto& d) { d.items[0] = ItemId{4}; });
  expect_named("postings", [](auto& d) { d.postings[2] = 4; });
  expect_named("offsets", [](auto& d) { d.offsets[1] = 99; });
  expect_named("posting_offsets", [](auto& d) { d.posting_offsets.pop_back(); });
  expect_named("distinct", [](auto& d) { d.distinct.pop_back(); });
  expect_named("item_rows", [](auto& d) { d.item_rows.push_back(0); });
}

}  // namespace
}  // namespace aisle::retrieve
