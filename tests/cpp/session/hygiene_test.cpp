#include "aisle/session/hygiene.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace aisle::session {
namespace {

/// Events of one session, told one after the other as the store tells them.
HygieneCounts after(const std::vector<Timestamp>& times, EventType type = EventType::view) {
  Hygiene hygiene;
  Tail tail;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Event event{.time = times[i], .item = ItemId{1}, .type = type};
    hygiene.seen(event, tail, i == 0);
    if (tail.count == Tail::kLength) {
      std::move(tail.events.begin() + 1, tail.events.end(), tail.events.begin());
      --tail.count;
    }
    tail.events[tail.count++] = event;
  }
  return hygiene.counts();
}

std::vector<Timestamp> every(Timestamp pause, int events) {
  std::vector<Timestamp> times;
  for (int i = 0; i < events; ++i) times.push_back(pause * i);
  return times;
}

TEST(Hygiene, CountsSessionsWithoutASecondEvent) {
  EXPECT_EQ(after({0}).one_event_sessions, 1U);
  EXPECT_EQ(after({0, kMinute}).one_event_sessions, 0U);
  EXPECT_EQ(after({0, kMinute}).sessions, 1U);
}

TEST(Hygiene, CountsEventsByType) {
  const auto counts = after({0, kMinute}, EventType::cart);
  EXPECT_EQ(counts.types[1], 2U);
  EXPECT_EQ(counts.types[0], 0U);
}

TEST(Hygiene, TellsABurstFromTheEleventhEventOn) {
  EXPECT_EQ(after(every(200'000, 10)).bursts, 0U);
  EXPECT_EQ(after(every(200'000, 11)).bursts, 1U);
  EXPECT_EQ(after(every(200'000, 15)).bursts, 5U);
  EXPECT_EQ(after(every(200'000, 15)).bot_events, 5U);
}

TEST(Hygiene, TellsAMetronome) {
  const auto counts = after(every(15 * kSecond, 12));
  EXPECT_EQ(counts.regular, 2U);
  EXPECT_EQ(counts.bursts, 0U);
  EXPECT_EQ(counts.bot_events, 2U);
}

TEST(Hygiene, TellsWhoNeverReads) {
  std::vector<Timestamp> times{0};
  for (int i = 1; i < 12; ++i) times.push_back(times.back() + (i % 3 == 0 ? kMinute : 900'000));
  const auto counts = after(times);
  EXPECT_GT(counts.no_dwell, 0U);
  EXPECT_EQ(counts.bursts, 0U);
}

TEST(Hygiene, LeavesPeopleAlone) {
  std::vector<Timestamp> times{0};
  for (int i = 1; i < 40; ++i) times.push_back(times.back() + (3 + i * i % 17) * kSecond);
  EXPECT_EQ(after(times).bot_events, 0U);
}

TEST(Hygiene, TakesTheLinesOfAnOrderForOneAct) {
  EXPECT_EQ(after(every(0, 40), EventType::purchase).bot_events, 0U);
}

TEST(Hygiene, LosesNothingBetweenThreads) {
  Hygiene hygiene;
  const auto tell = [&] {
    for (int i = 0; i < 1000; ++i) {
      hygiene.seen({.time = i, .item = ItemId{1}}, Tail{}, true);
      hygiene.seen_new_item();
    }
  };
  {
    const std::jthread first(tell);
    const std::jthread second(tell);
  }
  EXPECT_EQ(hygiene.counts().types[0], 2000U);
  EXPECT_EQ(hygiene.counts().sessions, 2000U);
  EXPECT_EQ(hygiene.counts().unknown_items, 2000U);
}

}  // namespace
}  // namespace aisle::session
