#include "aisle/retrieve/live_sessions.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "aisle/base/error.h"

namespace aisle::retrieve {
namespace {

using Numbers = std::vector<std::uint64_t>;

std::vector<std::uint32_t> items_of(const LiveSessions& live, std::uint64_t number) {
  std::array<ItemId, LiveSessions::kMaxItems> items{};
  const std::size_t size = live.session(number, items);
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < size; ++i) out.push_back(value_of(items[i]));
  return out;
}
Numbers sessions_of(const LiveSessions& live, std::uint32_t item, std::size_t most = 100) {
  Numbers out(most);
  out.resize(live.sessions_of(ItemId{item}, out));
  return out;
}

TEST(LiveSessions, GrowClickByClick) {
  LiveSessions live({});
  live.append(1, ItemId{7});
  live.append(1, ItemId{8});
  live.append(2, ItemId{7});
  EXPECT_EQ(items_of(live, 1), (std::vector<std::uint32_t>{7, 8}));
  EXPECT_EQ(sessions_of(live, 7), (Numbers{2, 1}));
  EXPECT_EQ(sessions_of(live, 7, 1), (Numbers{2}));
  EXPECT_EQ(sessions_of(live, 8), (Numbers{1}));
  EXPECT_TRUE(sessions_of(live, 9).empty());
  EXPECT_TRUE(live.has(1));
  EXPECT_FALSE(live.has(3));
}

TEST(LiveSessions, IgnoreTheSessionThatIsNone) {
  LiveSessions live({});
  live.append(0, ItemId{7});
  EXPECT_TRUE(sessions_of(live, 7).empty());
}

TEST(LiveSessions, KeepTheFirst30ItemsOfASession) {
  LiveSessions live({});
  for (std::uint32_t i = 0; i < 50; ++i) live.append(1, ItemId{i});
  EXPECT_EQ(items_of(live, 1).size(), LiveSessions::kMaxItems);
  EXPECT_TRUE(sessions_of(live, 30).empty());
}

TEST(LiveSessions, GiveTheSlotOfAnOldSessionToANewOne) {
  LiveSessions live({.sessions = 16, .max_postings = 8});
  live.append(1, ItemId{7});
  live.append(17, ItemId{8});
  EXPECT_TRUE(items_of(live, 1).empty());
  EXPECT_FALSE(live.has(1));
  EXPECT_EQ(items_of(live, 17), (std::vector<std::uint32_t>{8}));
  live.append(1, ItemId{9});  // a click of a session that is long gone
  EXPECT_EQ(items_of(live, 17), (std::vector<std::uint32_t>{8}));
}

TEST(LiveSessions, KeepTheNewestPostingsOfAnItem) {
  LiveSessions live({.sessions = 1024, .max_postings = 8});
  for (std::uint64_t number = 1; number <= 100; ++number) live.append(number, ItemId{7});
  EXPECT_EQ(sessions_of(live, 7), (Numbers{100, 99, 98, 97, 96, 95, 94, 93}));
}

TEST(LiveSessions, LoseEverySessionOfAForgottenVisitor) {
  LiveSessions live({.sessions = 64});
  for (std::uint64_t number = 1; number <= 40; ++number)
    live.append(number, ItemId{7}, live.owner(number % 2 == 0 ? 1234 : 99));
  live.forget(1234);
  for (std::uint64_t number = 1; number <= 40; ++number) {
    EXPECT_EQ(live.has(number), number % 2 == 1) << number;
    EXPECT_EQ(items_of(live, number).size(), number % 2) << number;
  }
}

TEST(LiveSessions, KeepOutTheClicksThatWereOnTheirWayWhenTheVisitorWasForgotten) {
  LiveSessions live({});
  const LiveSessions::Owner before = live.owner(1234);
  live.append(1, ItemId{7}, before);
  live.forget(1234);
  live.append(1, ItemId{8}, before);  // of the session that was erased
  live.append(2, ItemId{8}, before);  // of one that had not come this far
  EXPECT_FALSE(live.has(1));
  EXPECT_FALSE(live.has(2));
  EXPECT_TRUE(sessions_of(live, 8).empty());
  live.append(3, ItemId{8}, live.owner(1234));
  EXPECT_TRUE(live.has(3)) << "who comes back is a new visitor";
}

TEST(LiveSessions, NeverMixSessionsWhoseWritersMeetInOneSlot) {
  constexpr std::uint64_t kSessions = 1'000'000;
  LiveSessions live({.sessions = 16, .max_postings = 8});
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::size_t> faults{0};
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < 8; ++w) {
      writers.emplace_back([&] {
        for (std::uint64_t lap = next.fetch_add(1); lap < kSessions; lap = next.fetch_add(1)) {
          const std::uint64_t number = 1 + 16 * lap;  // all of one slot, neck and neck
          const auto item = static_cast<std::uint32_t>(lap % 1009);
          for (int i = 0; i < 4; ++i) live.append(number, ItemId{item});
          for (const std::uint32_t there : items_of(live, number)) faults += there != item;
        }
      });
    }
  }
  EXPECT_EQ(faults.load(), 0U);
  EXPECT_EQ(items_of(live, 1 + 16 * (kSessions - 1)).size(), 4U);
}

TEST(LiveSessions, StayBoundedForEver) {
  LiveSessions live({.sessions = 64, .max_postings = 16});
  const auto feed = [&](std::uint64_t from) {
    for (std::uint64_t number = from; number < from + 20'000; ++number) {
      for (std::uint32_t i = 0; i < 5; ++i)
        live.append(number, ItemId{static_cast<std::uint32_t>((number * 31 + i * 7) % 500)});
    }
  };
  feed(1);
  const std::size_t after = live.memory_bytes();
  feed(20'001);
  EXPECT_EQ(live.memory_bytes(), after);
  EXPECT_LE(after, LiveSessions({.sessions = 64, .max_postings = 16}).memory_bytes() +
                       500 * 16 * sizeof(std::uint64_t) + 500 * 64);
}

TEST(LiveSessions, CountTheRowsOfItemsWithTheirMemory) {
  LiveSessions live({.sessions = 64, .max_postings = 16});
  const std::size_t before = live.memory_bytes();
  live.append(1, ItemId{256'000'000});  // the millionth of its stripe
  EXPECT_GE(live.memory_bytes(), before + 1'000'000 * 32);
}

TEST(LiveSessions, ShowReadersOnlyWholeSessions) {
  LiveSessions live({.sessions = 16, .max_postings = 64});
  std::atomic<bool> is_done{false};
  std::atomic<std::uint64_t> newest{0};
  std::atomic<std::size_t> faults{0};
  {
    std::vector<std::jthread> readers;
    for (int r = 0; r < 2; ++r) {
      readers.emplace_back([&] {
        while (!is_done.load()) {
          for (std::uint64_t back = 0; back < 20; ++back) {
            const std::uint64_t number = newest.load() - std::min(newest.load(), back);
            // Session n holds n, n, ... : another's item would give a mixture away.
            for (const std::uint32_t item : items_of(live, number)) {
              if (item != number % 1000) faults.fetch_add(1);
            }
          }
        }
      });
    }
    for (std::uint64_t number = 1; number < 20'000; ++number) {
      newest = number;
      for (int i = 0; i < 4; ++i)
        live.append(number, ItemId{static_cast<std::uint32_t>(number % 1000)});
    }
    is_done = true;
  }
  EXPECT_EQ(faults.load(), 0U);
}

TEST(LiveSessions, NameTheOptionThatIsWrong) {
  EXPECT_THROW(LiveSessions({.sessions = 100}), ConfigError);
  EXPECT_THROW(LiveSessions({.sessions = 8}), ConfigError);
  EXPECT_THROW(LiveSessions({.sessions = 16, .max_postings = 1}), ConfigError);
}

}  // namespace
}  // namespace aisle::retrieve
