#include "aisle/session/hygiene.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::session {
namespace {

/// Events of one session, told one after the other as the store tells them.
HygieneCounts after(const std::vector<Timestamp>& times, EventType type = EventType::view,
                    const HygieneLimits& limits = {}) {
  Hygiene hygiene(limits);
  Tail tail;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Event event{.time = times[i], .item = ItemId{1}, .type = type};
    hygiene.seen(
        event, tail,
        {.is_new_session = i == 0, .is_second = i == 1, .act = static_cast<std::uint32_t>(i + 1)});
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

TEST(Hygiene, DrawsItsLinesWhereItIsTold) {
  std::vector<Timestamp> person{0};
  for (int i = 1; i < 11; ++i) person.push_back(person.back() + (3 + i * i % 17) * kSecond);
  const auto judged = [&](const HygieneLimits& limits) {
    return after(person, EventType::view, limits);
  };
  EXPECT_EQ(judged({}).bot_events, 0U);
  EXPECT_EQ(judged({.burst = 5 * kMinute}).bursts, 1U);
  EXPECT_EQ(judged({.dwell = kMinute}).no_dwell, 1U);
  EXPECT_EQ(judged({.regularity = 5.0}).regular, 1U);
}

TEST(Hygiene, CountsASessionOnceWhenItHasComeToTheLimit) {
  EXPECT_EQ(after(every(kMinute, 499)).huge_sessions, 0U);
  EXPECT_EQ(after(every(kMinute, 500)).huge_sessions, 1U);
  EXPECT_EQ(after(every(kMinute, 900)).huge_sessions, 1U);
  EXPECT_EQ(after(every(kMinute, 3), EventType::view, {.session_acts = 3}).huge_sessions, 1U);
}

TEST(Hygiene, NamesTheLimitThatIsWrong) {
  const auto refusal = [](const HygieneLimits& limits) {
    try {
      const Hygiene hygiene(limits);
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refusal({}), "accepted");
  EXPECT_EQ(refusal({.burst = 0}), "burst must be positive (microseconds), got 0");
  EXPECT_EQ(refusal({.dwell = -1}), "dwell must be positive (microseconds), got -1");
  EXPECT_TRUE(refusal({.regularity = std::nan("")}).starts_with("regularity must be above 0"));
  EXPECT_EQ(refusal({.session_acts = 1}), "session_acts must be between 2 and 1000000, got 1");
  EXPECT_TRUE(refusal({.session_acts = 1'000'001}).starts_with("session_acts must be"));
}

TEST(Hygiene, JoinsClicksToWhatWasShown) {
  Hygiene hygiene;
  const Event click{.time = 0, .item = ItemId{1}, .type = EventType::click};
  for (const Impression one : {Impression::none, Impression::fresh, Impression::fresh,
                               Impression::clicked, Impression::not_asked})
    hygiene.seen_late(click, {.impression = one});
  EXPECT_EQ(hygiene.counts().clicks_without_impressions, 1U);
  EXPECT_EQ(hygiene.counts().clicked_impressions, 2U);
}

TEST(Hygiene, LosesNothingBetweenThreads) {
  Hygiene hygiene;
  const auto tell = [&] {
    for (int i = 0; i < 1000; ++i) {
      hygiene.seen({.time = i, .item = ItemId{1}}, Tail{}, {.is_new_session = true});
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
