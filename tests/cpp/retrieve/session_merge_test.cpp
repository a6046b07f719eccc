#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "aisle/base/error.h"
#include "aisle/retrieve/session_index.h"

namespace aisle::retrieve {
namespace {

struct Rows {
  std::vector<std::uint32_t> session;
  std::vector<ItemId> item;
  std::vector<Timestamp> time;
  std::vector<EventType> type;

  void add(std::uint32_t s, std::uint32_t i, Timestamp t) {
    session.push_back(s);
    item.push_back(ItemId{i});
    time.push_back(t);
  }
  [[nodiscard]] SessionIndexData index(std::size_t items,
                                       const SessionIndexOptions& options = {}) const {
    std::uint32_t count = 0;
    for (const std::uint32_t s : session) count = std::max(count, s + 1);
    return build_session_index({.session = session,
                                .item = item,
                                .time = time,
                                .type = type,
                                .session_count = count,
                                .session_rank = {}},
                               items, options);
  }
};

void expect_same(const SessionIndexData& one, const SessionIndexData& other) {
  EXPECT_EQ(one.offsets, other.offsets);
  EXPECT_EQ(one.items, other.items);
  EXPECT_EQ(one.distinct, other.distinct);
  EXPECT_EQ(one.last_time, other.last_time);
  EXPECT_EQ(one.seconds, other.seconds);
  EXPECT_EQ(one.posting_offsets, other.posting_offsets);
  EXPECT_EQ(one.postings, other.postings);
  EXPECT_EQ(one.item_rows, other.item_rows);
  EXPECT_EQ(one.item_sessions, other.item_sessions);
  EXPECT_EQ(one.row_count, other.row_count);
}

TEST(MergeSessionIndexes, IsTheIndexOfBothLogsWhereTheirSessionsInterleave) {
  const SessionIndexOptions options{.max_postings = 2, .keep_times = true};
  Rows first;
  Rows second;
  Rows both;
  for (std::uint32_t s = 0; s < 6; ++s) {
    for (std::uint32_t at = 0; at < 3; ++at) {
      const Timestamp time = (100 * s + 7 * at) * kSecond;
      (s % 2 == 0 ? first : second).add(s / 2, (s + at) % 4, time);
      both.add(s, (s + at) % 4, time);
    }
  }
  expect_same(merge_session_indexes(first.index(4, options), second.index(4, options), 4, options),
              both.index(4, options));
}

TEST(MergeSessionIndexes, TakesTheLaterLogsSessionForTheNewerAtOneTime) {
  Rows first;
  Rows second;
  first.add(0, 1, 50);
  second.add(0, 2, 50);
  const auto index = merge_session_indexes(first.index(3), second.index(3), 3, {});
  EXPECT_EQ(index.items, (std::vector<ItemId>{ItemId{1}, ItemId{2}}));
  EXPECT_EQ(index.order, (std::vector<std::uint32_t>{0, 1}));
}

TEST(MergeSessionIndexes, RefusesLogsThatDoNotGoTogether) {
  Rows first;
  Rows second;
  first.add(0, 1, 50);
  second.add(0, 1, 60);
  second.type = {EventType::cart};
  EXPECT_THROW((void)merge_session_indexes(first.index(3), second.index(3), 3, {}), ConfigError);
  EXPECT_THROW((void)merge_session_indexes(first.index(3), first.index(3), 2, {}), ConfigError);
}

TEST(RestoreSessionIndex, MakesTheRestAnewAndRefusesWhatDoesNotHold) {
  Rows rows;
  rows.add(0, 1, 10);
  rows.add(0, 2, 20);
  rows.add(1, 2, 30);
  const auto index = rows.index(3);
  SessionIndexData sessions{.offsets = index.offsets,
                            .items = index.items,
                            .distinct = {},
                            .last_time = index.last_time,
                            .order = index.order,
                            .visitor = {},
                            .types = {},
                            .seconds = {},
                            .posting_offsets = {},
                            .postings = {},
                            .item_rows = {},
                            .item_sessions = {}};
  expect_same(restore_session_index(sessions, 3, {}), index);
  EXPECT_THROW((void)restore_session_index(sessions, 2, {}), BundleError);
  auto empty_session = sessions;
  empty_session.offsets = {0, 0, 3};
  EXPECT_THROW((void)restore_session_index(empty_session, 3, {}), BundleError);
  auto far = sessions;
  far.last_time = {0, std::numeric_limits<Timestamp>::max()};
  EXPECT_THROW((void)restore_session_index(far, 3, {}), BundleError);
  auto unsorted = sessions;
  unsorted.last_time = {30, 20};
  EXPECT_THROW((void)restore_session_index(unsorted, 3, {}), BundleError);
}

}  // namespace
}  // namespace aisle::retrieve
