#include "aisle/session/session_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/session/rings.h"

namespace aisle::session {
namespace {

constexpr Timestamp kNow = 1'700'000'000 * kSecond;

Event view_of(std::uint32_t item, Timestamp time, float value = 1.0F) {
  return {.time = time, .item = ItemId{item}, .value = value, .type = EventType::view};
}
AppendOutcome add(SessionStore& store, const std::string& visitor, std::uint32_t item,
                  Timestamp time, std::uint32_t key = 0) {
  return store.append(Visitor(visitor), view_of(item, time), time, key).outcome;
}
std::vector<std::uint32_t> items_of(const SessionStore& store, const std::string& visitor,
                                    Timestamp now = kNow) {
  Recent recent;
  store.recent(Visitor(visitor), now, recent);
  std::vector<std::uint32_t> items;
  for (const Event& event : recent.events) items.push_back(value_of(event.item));
  return items;
}
std::vector<std::uint32_t> running(const SessionStore& store, const std::string& visitor,
                                   Timestamp now = kNow) {
  Recent recent;
  store.recent(Visitor(visitor), now, recent);
  std::vector<std::uint32_t> items;
  for (const Event& event : recent.session()) items.push_back(value_of(event.item));
  return items;
}
using Items = std::vector<std::uint32_t>;

TEST(SessionStore, BeginsANewSessionAfterAPauseLongerThanTheIdleGap) {
  SessionStore store({});
  EXPECT_EQ(add(store, "v", 1, kNow), AppendOutcome::accepted);
  EXPECT_TRUE(store.append(Visitor("w"), view_of(1, kNow), kNow).is_new_session);
  EXPECT_FALSE(
      store.append(Visitor("v"), view_of(2, kNow + 30 * kMinute), kNow + kHour).is_new_session);
  EXPECT_TRUE(store.append(Visitor("v"), view_of(3, kNow + 60 * kMinute + 1), kNow + 2 * kHour)
                  .is_new_session);
  EXPECT_EQ(items_of(store, "v", kNow + kHour), (Items{1, 2, 3}));
  EXPECT_EQ(running(store, "v", kNow + kHour), (Items{3}));
}

TEST(SessionStore, FollowsTheShopsOwnSessionsWhereItHasThem) {
  SessionStore store({});
  add(store, "v", 1, kNow, 7);
  add(store, "v", 2, kNow + 5 * kHour, 7);
  EXPECT_EQ(running(store, "v", kNow + 5 * kHour), (Items{1, 2})) << "no gap cuts a named session";
  add(store, "v", 3, kNow + 5 * kHour + 1, 8);
  EXPECT_EQ(running(store, "v", kNow + 5 * kHour + 1), (Items{3}));
}

TEST(SessionStore, KeepsTheNewestMaxEvents) {
  SessionStore store({.max_events = 13});
  for (std::uint32_t i = 0; i < 100; ++i) add(store, "v", i, kNow + i * kSecond);
  EXPECT_EQ(items_of(store, "v", kNow + kHour),
            (Items{87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99}));
}

TEST(SessionStore, JudgesLateDuplicateAndFutureEvents) {
  SessionStore store({});
  const Visitor v("v");
  store.append(v, view_of(1, kNow), kNow);
  EXPECT_EQ(store.append(v, view_of(1, kNow), kNow).outcome, AppendOutcome::duplicate);
  EXPECT_EQ(store.append(v, view_of(2, kNow - kHour), kNow).outcome, AppendOutcome::reordered);
  EXPECT_EQ(store.append(v, view_of(2, kNow - kHour), kNow).outcome, AppendOutcome::duplicate);
  EXPECT_EQ(store.append(v, view_of(3, kNow - kHour - 1), kNow).outcome, AppendOutcome::late);
  EXPECT_EQ(store.append(v, view_of(4, kNow + 5 * kMinute), kNow).outcome, AppendOutcome::accepted);
  EXPECT_EQ(store.append(v, view_of(5, kNow + 5 * kMinute + 1), kNow).outcome,
            AppendOutcome::future);
  EXPECT_EQ(items_of(store, "v"), (Items{2, 1, 4}));
}

TEST(SessionStore, TellsEventsOfOneTimeApartByItemAndType) {
  SessionStore store({});
  add(store, "v", 1, kNow);
  EXPECT_EQ(add(store, "v", 2, kNow), AppendOutcome::accepted);
  Event cart = view_of(1, kNow);
  cart.type = EventType::cart;
  EXPECT_EQ(store.append(Visitor("v"), cart, kNow).outcome, AppendOutcome::accepted);
  EXPECT_EQ(add(store, "v", 1, kNow), AppendOutcome::duplicate);
  EXPECT_EQ(items_of(store, "v"), (Items{1, 2, 1}));
}

TEST(SessionStore, PutsALateEventIntoTheSessionItHappenedIn) {
  SessionStore store({});
  add(store, "v", 1, kNow);
  add(store, "v", 2, kNow + 50 * kMinute);
  add(store, "v", 3, kNow + kMinute);  // a minute after the old session's last event
  EXPECT_EQ(running(store, "v", kNow + kHour), (Items{2}));
  add(store, "v", 4, kNow + 45 * kMinute);
  EXPECT_EQ(running(store, "v", kNow + kHour), (Items{4, 2}));
  EXPECT_EQ(items_of(store, "v", kNow + kHour), (Items{1, 3, 4, 2}));
}

TEST(SessionStore, ForgetsWhoWasIdleForLongerThanTheTimeToLive) {
  SessionStore store({});
  add(store, "v", 1, kNow);
  EXPECT_EQ(items_of(store, "v", kNow + 30 * kDay), (Items{1}));
  EXPECT_TRUE(items_of(store, "v", kNow + 30 * kDay + 1).empty());
  EXPECT_EQ(store.expire(kNow + 30 * kDay), 0U);
  add(store, "w", 2, kNow + kDay);
  EXPECT_EQ(store.expire(kNow + 30 * kDay + kSecond), 1U);
  EXPECT_EQ(store.size(), 1U);
  EXPECT_EQ(store.evicted(), 1U);
}

TEST(SessionStore, DoesNotBringAnExpiredHistoryBackWithTheNextEvent) {
  SessionStore store({});
  add(store, "v", 1, kNow);
  add(store, "v", 2, kNow + 31 * kDay);
  EXPECT_EQ(items_of(store, "v", kNow + 31 * kDay), (Items{2}));
}

TEST(SessionStore, LeavesNothingOfAForgottenVisitor) {
  SessionStore store({});
  add(store, "w", 9, kNow);
  const std::size_t before = store.memory_bytes();
  for (std::uint32_t i = 0; i < 60; ++i) add(store, "v", i, kNow + i);
  EXPECT_TRUE(store.forget(Visitor("v")));
  EXPECT_FALSE(store.forget(Visitor("v")));
  EXPECT_TRUE(items_of(store, "v").empty());
  EXPECT_EQ(items_of(store, "w"), (Items{9}));
  EXPECT_EQ(store.memory_bytes(), before);
  EXPECT_EQ(store.size(), 1U);
  add(store, "v", 3, kNow);
  EXPECT_EQ(items_of(store, "v"), (Items{3}));
}

TEST(RingPool, GivesNoRingOutWithTheEventsOfSomebodyElse) {
  PiecePool pieces;
  RingPool pool(pieces, 50);
  for (std::size_t size_class = 1; size_class < RingPool::kClasses; ++size_class) {
    PackedEvent* const ring = pool.take(size_class);
    const std::size_t capacity = pool.capacity(size_class);
    for (std::size_t i = 0; i < capacity; ++i) ring[i] = PackedEvent::pack(view_of(7, kNow));
    pool.give_back(ring, size_class);
    EXPECT_TRUE(std::all_of(ring, ring + capacity, [](const PackedEvent& event) {
      return event.time_and_type == 0 && event.item == kNoItem;
    })) << "the ring is still the pool's memory, and must hold nothing";
  }
}

TEST(PackedEvent, KeepsTimesOfEitherSignAndEveryType) {
  for (const Timestamp time : {-kLatest, Timestamp{-1}, Timestamp{0}, kNow, kLatest}) {
    for (std::size_t type = 0; type < kEventTypes; ++type) {
      const Event event{time, ItemId{5}, 2.5F, static_cast<EventType>(type)};
      const Event back = PackedEvent::pack(event).unpack();
      EXPECT_EQ(back.time, time);
      EXPECT_EQ(back.type, event.type);
      EXPECT_EQ(back.value, 2.5F);
    }
  }
}

TEST(SessionStore, KnowsVisitorsByIdsOfAnyLength) {
  SessionStore store({});
  std::vector<std::string> ids;
  for (const std::size_t size : {1U, 14U, 15U, 16U, 17U, 4096U}) {
    ids.emplace_back(size, 'x');
    ids.push_back(std::string(size - 1, 'x') + "y");
  }
  for (std::uint32_t i = 0; i < ids.size(); ++i) add(store, ids[i], i, kNow);
  EXPECT_EQ(store.size(), ids.size());
  for (std::uint32_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(items_of(store, ids[i]), (Items{i})) << ids[i].size() << " bytes";
  }
}

TEST(SessionStore, NeedsAtMost300BytesForASessionOfTenEvents) {
  constexpr std::uint32_t kVisitors = 100'000;
  SessionStore store({});
  for (std::uint32_t v = 0; v < kVisitors; ++v) {
    for (std::uint32_t i = 0; i < 10; ++i) add(store, std::to_string(v), i, kNow + i);
  }
  EXPECT_LE(store.memory_bytes() / kVisitors, 300U);
  EXPECT_EQ(store.size(), kVisitors);
}

TEST(SessionStore, EvictsTheIdlestFirstAndStaysBelowItsLimit) {
  constexpr std::size_t kLimit = 40'000;
  SessionStore store({.memory_limit = kLimit, .shards = 1});
  std::map<std::string, Timestamp> last;
  std::uint64_t draw = 1;
  Timestamp time = kNow;
  for (int step = 0; step < 20'000; ++step) {
    draw = mix(draw + 1);
    const std::string visitor = std::to_string(draw % 500);
    time += kSecond;
    add(store, visitor, static_cast<std::uint32_t>(step), time);
    last[visitor] = time;
    ASSERT_LE(store.memory_bytes(), kLimit) << "after step " << step;
  }
  Timestamp newest_gone = 0;
  Timestamp idlest_kept = time;
  for (const auto& [visitor, at] : last) {
    if (items_of(store, visitor, time).empty()) {
      newest_gone = std::max(newest_gone, at);
    } else {
      idlest_kept = std::min(idlest_kept, at);
    }
  }
  EXPECT_GT(newest_gone, 0);
  EXPECT_GT(idlest_kept, newest_gone);
  EXPECT_GT(store.evicted(), 0U);
}

TEST(SessionStore, CountsTheMemoryOfVisitorsWhoOnlyGrow) {
  constexpr std::size_t kLimit = 16 * 1024;
  SessionStore store({.memory_limit = kLimit, .shards = 1});
  for (int event = 0; event < 50; ++event) {
    for (int v = 0; v < 60; ++v) {
      add(store, std::to_string(v), static_cast<std::uint32_t>(event),
          kNow + (event * 100 + v) * kSecond);
      ASSERT_LE(store.memory_bytes(), kLimit);
    }
  }
}

TEST(SessionStore, NamesTheOptionThatIsWrong) {
  const auto message_of = [](const SessionStoreOptions& options) -> std::string {
    try {
      options.validate();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message_of({}), "");
  EXPECT_EQ(message_of({.max_events = 3}), "max_events must be between 4 and 1024, got 3");
  EXPECT_EQ(message_of({.idle_gap = 0}), "idle_gap must be positive (microseconds), got 0");
  EXPECT_EQ(message_of({.time_to_live = 5}), "time_to_live must be at least idle_gap, got 5");
  EXPECT_EQ(message_of({.max_lateness = -1}), "max_lateness must be zero or more, got -1");
  EXPECT_EQ(message_of({.shards = 3}), "shards must be a power of two up to 4096, got 3");
  EXPECT_NE(message_of({.memory_limit = 1}).find("memory_limit"), std::string::npos);
  EXPECT_NE(message_of({.max_future = kLatest + 1}).find("max_future"), std::string::npos);
}

TEST(SessionStore, RenumbersItemsWhileEventsComeIn) {
  SessionStore store({});
  for (std::uint32_t v = 0; v < 500; ++v) {
    for (std::uint32_t i = 0; i < 5; ++i) add(store, std::to_string(v), i, kNow + i);
  }
  store.announce_renumbering({ItemId{10}, ItemId{11}, kNoItem, ItemId{13}, ItemId{14}}, 1);
  const Visitor v("3");
  EXPECT_EQ(store.append(v, view_of(13, kNow + 9), kNow, 0, nullptr, 1).outcome,
            AppendOutcome::accepted);
  EXPECT_EQ(store.append(v, view_of(3, kNow + 10), kNow, 0, nullptr, 0).outcome,
            AppendOutcome::stale);
  store.finish_renumbering();
  Recent recent;
  EXPECT_FALSE(store.recent(Visitor("4"), kNow, recent, 0));
  EXPECT_TRUE(recent.is_stale);
  EXPECT_TRUE(store.recent(v, kNow, recent, 1));
  Items items;
  for (const Event& event : recent.events) items.push_back(value_of(event.item));
  EXPECT_EQ(items, (Items{10, 11, value_of(kNoItem), 13, 14, 13}));
  EXPECT_EQ(recent.session().size(), 6U) << "the session goes on";
}

TEST(SessionStore, KeepsEveryVisitorsEventsWhileManyThreadsFillIt) {
  constexpr std::uint32_t kThreads = 4;
  constexpr std::uint32_t kVisitors = 1500;
  constexpr std::uint32_t kEvents = 12;
  SessionStore store({.shards = 2});
  const auto name_of = [](std::uint32_t thread, std::uint32_t visitor) {
    return std::to_string(thread) + "-" + std::to_string(visitor);
  };
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint32_t i = 0; i < kEvents; ++i) {
          for (std::uint32_t v = 0; v < kVisitors; ++v) {
            store.prefetch(Visitor(name_of(t, (v + 1) % kVisitors)).hash);
            add(store, name_of(t, v), v + i, kNow + i);
          }
        }
        for (std::uint32_t v = 1; v < kVisitors; v += 2) store.forget(Visitor(name_of(t, v)));
      });
    }
  }
  EXPECT_EQ(store.size(), kThreads * kVisitors / 2);
  for (std::uint32_t t = 0; t < kThreads; ++t) {
    for (std::uint32_t v = 0; v < kVisitors; ++v) {
      Items expected;
      for (std::uint32_t i = 0; v % 2 == 0 && i < kEvents; ++i) expected.push_back(v + i);
      ASSERT_EQ(items_of(store, name_of(t, v)), expected) << t << ", " << v;
    }
  }
}

TEST(SessionStore, NeverLosesAnEventWhileItIsRenumbered) {
  SessionStore store({.max_events = 1024});
  std::atomic<std::uint32_t> generation{0};
  constexpr std::uint32_t kEvents = 1000;
  const auto observe = [&](const std::string& visitor) {
    for (std::uint32_t i = 0; i < kEvents;) {
      const auto outcome = store.append(Visitor(visitor), view_of(i % 8, kNow + i), kNow, 0,
                                        nullptr, generation.load());
      if (outcome.outcome != AppendOutcome::stale) ++i;
    }
  };
  std::jthread one(observe, "one");
  std::jthread two(observe, "two");
  for (std::uint32_t g = 1; g <= 20; ++g) {
    std::vector<ItemId> same;
    for (std::uint32_t i = 0; i < 8; ++i) same.push_back(ItemId{i});
    store.announce_renumbering(std::move(same), g);
    generation.store(g);
    store.finish_renumbering();
  }
  one.join();
  two.join();
  Recent recent;
  for (const char* visitor : {"one", "two"}) {
    ASSERT_TRUE(store.recent(Visitor(visitor), kNow, recent, 20));
    ASSERT_EQ(recent.events.size(), kEvents);
    for (std::uint32_t i = 0; i < kEvents; ++i) ASSERT_EQ(value_of(recent.events[i].item), i % 8);
  }
}

}  // namespace
}  // namespace aisle::session
