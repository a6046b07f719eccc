#include "aisle/retrieve/trending.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <thread>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::retrieve {
namespace {

constexpr Timestamp kNow = 1'700'000'000 * kSecond;

struct Seen {
  std::uint32_t item;
  Timestamp time;
};

std::vector<Seen> random_events(std::uint64_t seed, std::size_t count, std::uint32_t items) {
  std::vector<Seen> events;
  std::uint64_t draw = seed;
  Timestamp time = kNow;
  for (std::size_t i = 0; i < count; ++i) {
    draw = mix(draw + seed);
    time += static_cast<Timestamp>(draw % (600 * kSecond));
    events.push_back({static_cast<std::uint32_t>((draw >> 40U) % items), time});
  }
  return events;
}

std::map<std::uint32_t, double> decayed(const std::vector<Seen>& events, Timestamp half_life,
                                        Timestamp now) {
  std::map<std::uint32_t, double> counts;
  for (const Seen& one : events) {
    counts[one.item] +=
        std::exp2(-static_cast<double>(now - one.time) / static_cast<double>(half_life));
  }
  return counts;
}

TEST(Trending, CountsWithDecayAsTheSumOverAllEventsDoes) {
  for (std::uint64_t seed = 1; seed < 10; ++seed) {
    Trending trending({.half_life = kHour, .top = 10, .top_of_value = 10});
    const auto events = random_events(seed, 2000, 40);
    for (const Seen& one : events) trending.observe(ItemId{one.item}, 1.0, one.time, {});
    const Timestamp now = events.back().time + kHour;
    const auto counts = decayed(events, kHour, now);
    for (const auto& [item, count] : counts) {
      ASSERT_NEAR(trending.decayed_count(ItemId{item}, now) / count, 1.0, 1e-5);
    }
    std::vector<TopList::Entry> top;
    trending.top(10, now, top);
    ASSERT_EQ(top.size(), 10U);
    for (std::size_t i = 0; i < top.size(); ++i) {
      const double true_count = counts.at(value_of(top[i].item));
      EXPECT_NEAR(top[i].score / true_count, 1.0, 1e-5);
      const auto ahead = std::ranges::count_if(
          counts, [&](const auto& one) { return one.second > true_count * (1 + 1e-5); });
      EXPECT_LE(static_cast<std::size_t>(ahead), i) << "place " << i << " is taken too early";
    }
  }
}

TEST(Trending, KeepsAListForEachAttributeValue) {
  Trending trending({});
  const AttributeValue shoes{.column = 0, .code = 3};
  const AttributeValue bags{.column = 0, .code = 4};
  for (int i = 0; i < 3; ++i) trending.observe(ItemId{1}, 1.0, kNow, {&shoes, 1});
  trending.observe(ItemId{2}, 1.0, kNow, {&shoes, 1});
  for (int i = 0; i < 9; ++i) trending.observe(ItemId{3}, 1.0, kNow, {&bags, 1});
  std::vector<TopList::Entry> top;
  trending.top_of(shoes, 10, kNow, top);
  ASSERT_EQ(top.size(), 2U);
  EXPECT_EQ(top[0].item, ItemId{1});
  EXPECT_NEAR(top[0].score, 3.0, 1e-5);
  trending.top_of({.column = 0, .code = 99}, 10, kNow, top);
  EXPECT_TRUE(top.empty());
  trending.top(1, kNow, top);
  EXPECT_EQ(top[0].item, ItemId{3});
}

TEST(Trending, ForgetsWhatIsOldBesideWhatIsNew) {
  Trending trending({.half_life = kHour});
  for (int i = 0; i < 100; ++i) trending.observe(ItemId{1}, 1.0, kNow, {});
  for (int i = 0; i < 3; ++i) trending.observe(ItemId{2}, 1.0, kNow + 10 * kHour, {});
  std::vector<TopList::Entry> top;
  trending.top(2, kNow + 10 * kHour, top);
  EXPECT_EQ(top[0].item, ItemId{2});
  EXPECT_EQ(trending.count(ItemId{1}), 100.0F) << "counts of all time do not fade";
}

TEST(Trending, GoesOnFromASavedStateAsIfItHadSeenAll) {
  const auto events = random_events(5, 1000, 30);
  Trending whole({});
  for (const Seen& one : events) whole.observe(ItemId{one.item}, 1.0, one.time, {});
  Trending half({});
  for (std::size_t i = 0; i < 500; ++i)
    half.observe(ItemId{events[i].item}, 1.0, events[i].time, {});
  Trending restored({});
  for (std::uint32_t i = 0; i < 30; ++i)
    restored.restore(ItemId{i}, half.heat(ItemId{i}), half.count(ItemId{i}), {});
  for (std::size_t i = 500; i < 1000; ++i)
    restored.observe(ItemId{events[i].item}, 1.0, events[i].time, {});
  const Timestamp now = events.back().time;
  for (std::uint32_t i = 0; i < 30; ++i) {
    EXPECT_NEAR(restored.decayed_count(ItemId{i}, now), whole.decayed_count(ItemId{i}, now), 1e-4);
    EXPECT_EQ(restored.count(ItemId{i}), whole.count(ItemId{i}));
  }
}

TEST(Trending, TakesDamagedStatesForNeverSeen) {
  Trending trending({});
  const double nan = std::nan("");
  trending.restore(ItemId{1}, nan, 1.0F, {});
  trending.restore(ItemId{2}, 1.0, std::nanf(""), {});
  trending.restore(ItemId{3}, -1e12, 1.0F, {});
  std::vector<TopList::Entry> top;
  trending.top(5, kNow, top);
  EXPECT_TRUE(top.empty());
  EXPECT_EQ(trending.decayed_count(ItemId{1}, kNow), 0.0);
}

TEST(Trending, LosesNoCountAmongThreads) {
  Trending trending({});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (std::uint32_t i = 0; i < 20'000; ++i)
          trending.observe(ItemId{i % 10}, 1.0, kNow + i, {});
      });
    }
  }
  for (std::uint32_t i = 0; i < 10; ++i) {
    EXPECT_EQ(trending.count(ItemId{i}), 8000.0F);
    EXPECT_NEAR(trending.decayed_count(ItemId{i}, kNow), 8000.0, 1.0);
  }
}

TEST(Trending, NamesTheOptionThatIsWrong) {
  EXPECT_THROW(Trending({.half_life = 0}), ConfigError);
  EXPECT_THROW(Trending({.half_life = kDay, .top = 0}), ConfigError);
}

}  // namespace
}  // namespace aisle::retrieve
