// The table against a map, while it grows and shrinks under it, and the memory it lies in.

#include "aisle/session/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aisle::session {
namespace {

InlineId id_of(std::uint64_t name) { return InlineId(Visitor(std::to_string(name))); }

struct Draw {
  std::uint64_t state;
  std::uint64_t operator()(std::uint64_t below) {
    state = mix(state + 0x9e3779b97f4a7c15ULL);
    return state % below;
  }
};

/// A name knows its tag. The first kinds give tags that many share, or that crowd at one end.
std::uint32_t tag_of_name(std::uint64_t name, std::uint64_t kind) {
  const std::uint64_t hash = mix(name);
  switch (kind) {
    case 0:
      return static_cast<std::uint32_t>(hash % 16 + 1);
    case 1:
      return static_cast<std::uint32_t>(0xffffffff - hash % 300);
    case 2:
      return static_cast<std::uint32_t>((hash % 40) * 0x6666666 + 1);
    default:
      return tag_of(hash);
  }
}

void expect_same(Table& table, const std::map<std::uint64_t, std::uint64_t>& expected) {
  std::multiset<std::uint64_t> numbers;
  std::uint32_t last_tag = 1;
  table.for_each([&](const Record& record) {
    ASSERT_GE(record.tag, last_tag) << "they lie in order";
    last_tag = record.tag;
    numbers.insert(record.session_number);
  });
  std::multiset<std::uint64_t> expected_numbers;
  for (const auto& [name, number] : expected) expected_numbers.insert(number);
  ASSERT_EQ(numbers, expected_numbers);
  ASSERT_EQ(table.size(), expected.size());
}

class RandomTable : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomTable, HoldsWhatAMapHolds) {
  Draw draw{GetParam()};
  const std::uint64_t kind = GetParam() % 6;
  PiecePool pieces;
  Table table(pieces);
  std::map<std::uint64_t, std::uint64_t> expected;
  for (std::uint64_t step = 1; step < 6000; ++step) {
    const std::uint64_t name = draw(600);
    const std::uint32_t tag = tag_of_name(name, kind);
    Record* const record = table.find(tag, id_of(name));
    ASSERT_EQ(record != nullptr, expected.contains(name)) << "step " << step;
    if (record != nullptr) {
      ASSERT_EQ(record->session_number, expected[name]) << "step " << step;
    }
    const bool is_growing = step / 1000 % 2 == 0;  // by turns: most come, most go
    const bool comes = draw(8) != 0 ? is_growing : !is_growing;
    if (comes && record == nullptr) {
      table.insert(tag, id_of(name)).session_number = step & Record::kMostSessions;
      expected[name] = step;
    } else if (!comes && record != nullptr) {
      table.erase(*record);
      expected.erase(name);
    }
    if (step % 50 == 0) {
      ASSERT_NO_FATAL_FAILURE(expect_same(table, expected)) << "step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomTable, testing::Range<std::uint64_t>(1, 25));

TEST(Table, KeepsToItsMemoryHoweverManyComeAndGo) {
  PiecePool pieces;
  Table table(pieces);
  for (const std::uint64_t names : {30U, 1000U, 50'000U}) {
    for (std::uint64_t name = 0; name < names; ++name) {
      table.insert(tag_of_name(name, 9), id_of(name));
      ASSERT_LE(table.bytes(), Table::most_bytes(table.size()));
    }
    for (std::uint64_t name = 0; name < names; ++name) {
      const Record* const record = table.find(tag_of_name(name, 9), id_of(name));
      ASSERT_NE(record, nullptr);
      table.erase(*record);
      ASSERT_LE(table.bytes(), Table::most_bytes(table.size()));
    }
    EXPECT_EQ(table.size(), 0U);
  }
}

TEST(Table, FindsTheIdlestOfThoseWhoShareATag) {
  PiecePool pieces;
  Table table(pieces);
  EXPECT_EQ(table.idlest(7), nullptr);
  for (const std::uint32_t tag : {6U, 7U, 8U}) {
    for (const Timestamp time : {30, 10, 20}) {
      Record& record = table.insert(tag, id_of(static_cast<std::uint64_t>(time)));
      record.newest[0] = PackedEvent::pack({.time = time + tag});
      record.newest_count = 1;
      record.count = 1;
    }
  }
  ASSERT_NE(table.idlest(7), nullptr);
  EXPECT_EQ(table.idlest(7)->last_time(), 17);
  EXPECT_EQ(table.idlest(9), nullptr);
}

TEST(Table, LeavesNoCopyOfARecordThatWasMovedAndErased) {
  constexpr std::int64_t kSecret = 0x5ec3e75ec3e75ec3;
  PiecePool pieces;
  Table table(pieces);
  std::set<const char*> pages;
  const auto insert = [&](std::uint64_t name) -> Record& {
    Record& record = table.insert(tag_of_name(name, 9), id_of(name));
    auto* const line = reinterpret_cast<const char*>(&record);
    pages.insert(line - reinterpret_cast<std::uintptr_t>(line) % PiecePool::kPiece);
    return record;
  };
  const auto copies = [&] {
    std::size_t found = 0;
    for (const char* const page : pages) {
      for (std::size_t at = 0; at < PiecePool::kPiece; at += sizeof kSecret) {
        found += std::memcmp(page + at, &kSecret, sizeof kSecret) == 0 ? 1 : 0;
      }
    }
    return found;
  };
  insert(0).newest[0].time_and_type = kSecret;
  for (std::uint64_t name = 1; name < 1000; ++name) insert(name);
  EXPECT_EQ(copies(), 1U) << "it moved while the table grew";
  for (std::uint64_t name = 1; name < 950; ++name) {
    table.erase(*table.find(tag_of_name(name, 9), id_of(name)));
  }
  EXPECT_EQ(copies(), 1U) << "it moved while the table shrank";
  table.erase(*table.find(tag_of_name(0, 9), id_of(0)));
  EXPECT_EQ(copies(), 0U);
}

TEST(PiecePool, GivesEveryThreadMemoryOfItsOwn) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 200;
  PiecePool pool;
  std::vector<std::vector<void*>> taken(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : taken) {
      threads.emplace_back([&] {
        for (std::size_t i = 0; i < kEach; ++i) {
          mine.push_back(pool.take());
          std::memset(mine.back(), 1, PiecePool::kPiece);
          if (i % 3 == 0) {
            pool.give_back(mine.back());
            mine.pop_back();
          }
        }
      });
    }
  }
  std::set<void*> all;
  for (const auto& mine : taken) {
    for (void* const piece : mine) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % PiecePool::kPiece, 0U);
      EXPECT_TRUE(all.insert(piece).second) << "handed out twice";
    }
  }
}

}  // namespace
}  // namespace aisle::session
