#include "aisle/retrieve/co_visitation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <thread>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::retrieve {
namespace {

constexpr Timestamp kStart = 1'700'000'000 * kSecond;

struct Step {
  std::uint32_t session;
  std::uint32_t item;
  Timestamp time;
  EventType type;
};

std::vector<Step> random_log(std::uint64_t seed, std::uint32_t sessions, std::uint32_t items) {
  std::vector<Step> log;
  std::uint64_t draw = seed;
  const auto next = [&](std::uint64_t below) {
    return static_cast<std::uint32_t>((draw = mix(draw + seed)) % below);
  };
  Timestamp time = kStart;
  constexpr std::array kTypes = {EventType::view, EventType::cart, EventType::purchase};
  for (std::uint32_t s = 0; s < sessions; ++s) {
    for (std::uint32_t step = 0, length = 1 + next(14); step < length; ++step) {
      time += kSecond * (1 + next(3600));
      log.push_back({s, next(items), time, kTypes[next(3)]});
    }
  }
  return log;
}

SessionIndexData index_of(const std::vector<Step>& log, std::uint32_t sessions,
                          std::uint32_t items) {
  std::vector<std::uint32_t> session;
  std::vector<ItemId> item;
  std::vector<Timestamp> time;
  std::vector<EventType> type;
  for (const Step& one : log) {
    session.push_back(one.session);
    item.push_back(ItemId{one.item});
    time.push_back(one.time);
    type.push_back(one.type);
  }
  return build_session_index({.session = session,
                              .item = item,
                              .time = time,
                              .type = type,
                              .session_count = sessions,
                              .session_rank = {}},
                             items, {});
}

using Pairs = std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<double, double>>;

/// (of, other) -> forward, backward: every pair of every session, one by one.
Pairs brute_force(const std::vector<Step>& log, const CoVisitationOptions& options) {
  std::map<std::uint32_t, std::vector<Step>> sessions;
  for (const Step& one : log) sessions[one.session].push_back(one);
  Pairs pairs;
  for (const auto& [number, steps] : sessions) {
    const double age = static_cast<double>(log.back().time - steps.back().time);
    const double fade =
        options.half_life == 0 ? 1.0 : std::exp2(-age / static_cast<double>(options.half_life));
    for (std::size_t a = 0; a < steps.size(); ++a) {
      for (std::size_t b = a + 1; b < steps.size() && b - a <= options.distance; ++b) {
        if (steps[a].item == steps[b].item) continue;
        const double near = fade / static_cast<double>(b - a);
        const auto weight = [&](std::size_t at) -> double {
          return options.type_weight[static_cast<std::size_t>(steps[at].type)];
        };
        pairs[{steps[a].item, steps[b].item}].first += near * weight(b);
        pairs[{steps[b].item, steps[a].item}].second += near * weight(a);
      }
    }
  }
  return pairs;
}

TEST(CoVisitation, CountsEveryPairOfEverySession) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto log = random_log(seed, 80, 15);
    const CoVisitationOptions options{
        .neighbours = 20, .distance = 1 + seed % 10, .half_life = seed % 2 == 0 ? kDay : 0};
    const auto table = build_co_visitation(index_of(log, 80, 15), options);
    EXPECT_NO_THROW(table.view().validate());
    const Pairs expected = brute_force(log, options);
    std::size_t found = 0;
    for (std::uint32_t i = 0; i < 15; ++i) {
      for (std::uint32_t j = table.offsets[i]; j < table.offsets[i + 1]; ++j, ++found) {
        const auto& [forward, backward] = expected.at({i, value_of(table.items[j])});
        ASSERT_NEAR(table.forward[j], forward, 1e-4 * (1.0 + forward));
        ASSERT_NEAR(table.backward[j], backward, 1e-4 * (1.0 + backward));
      }
    }
    ASSERT_EQ(found, expected.size()) << "twenty neighbours hold all of fifteen items";
  }
}

TEST(CoVisitation, KeepsTheStrongestNeighbours) {
  const auto log = random_log(3, 200, 30);
  const CoVisitationOptions options{.neighbours = 5, .half_life = 0};
  const auto table = build_co_visitation(index_of(log, 200, 30), options);
  const Pairs all = brute_force(log, options);
  for (std::uint32_t i = 0; i < 30; ++i) {
    double weakest = 1e9;
    for (std::uint32_t j = table.offsets[i]; j < table.offsets[i + 1]; ++j)
      weakest = std::min(weakest, table.forward[j] + 0.5 * table.backward[j]);
    const auto row = std::span(table.items).subspan(table.offsets[i], 5);
    for (const auto& [pair, weights] : all) {
      if (pair.first != i || std::ranges::find(row, ItemId{pair.second}) != row.end()) continue;
      EXPECT_LE(weights.first + 0.5 * weights.second, weakest * (1 + 1e-5));
    }
  }
}

TEST(CoVisitation, LearnsLiveWhatItWouldHaveCountedInTheLog) {
  const auto log = random_log(7, 60, 12);
  const CoVisitationOptions options{.half_life = 0};
  LiveCoVisitation live(options, log.back().time);
  std::map<std::uint32_t, std::vector<Event>> before;
  for (const Step& one : log) {
    auto& session = before[one.session];
    const Event event{.time = one.time, .item = ItemId{one.item}, .type = one.type};
    live.observe(session, event);
    session.push_back(event);
  }
  const Pairs expected = brute_force(log, options);
  std::array<LiveCoVisitation::Pair, 48> row;
  for (std::uint32_t i = 0; i < 12; ++i) {
    const std::size_t size = live.row(ItemId{i}, row);
    for (std::size_t j = 0; j < size; ++j) {
      const auto& [forward, backward] = expected.at({i, value_of(row[j].item)});
      EXPECT_NEAR(row[j].forward, forward, 1e-3 * (1.0 + forward));
      EXPECT_NEAR(row[j].backward, backward, 1e-3 * (1.0 + backward));
    }
  }
}

TEST(LiveCoVisitation, StaysBoundedForEver) {
  LiveCoVisitation live({.neighbours = 8}, kStart);
  const auto feed = [&](std::uint64_t seed) {
    std::uint64_t draw = seed;
    Event before{.time = kStart, .item = ItemId{0}};
    for (int i = 0; i < 50'000; ++i) {
      draw = mix(draw + seed);
      const Event event{.time = kStart + i, .item = ItemId{static_cast<std::uint32_t>(draw % 300)}};
      live.observe({&before, 1}, event);
      before = event;
    }
  };
  feed(1);
  const std::size_t after = live.memory_bytes();
  feed(2);
  EXPECT_EQ(live.memory_bytes(), after);
  std::array<LiveCoVisitation::Pair, 256> row;
  for (std::uint32_t i = 0; i < 300; ++i) EXPECT_LE(live.row(ItemId{i}, row), 8U);
}

TEST(LiveCoVisitation, KeepsThePairsThatComeBack) {
  LiveCoVisitation live({.neighbours = 4}, kStart);
  const auto pair = [&](std::uint32_t a, std::uint32_t b) {
    const Event first{.time = kStart, .item = ItemId{a}};
    live.observe({&first, 1}, {.time = kStart, .item = ItemId{b}});
  };
  for (std::uint32_t i = 0; i < 100; ++i) {
    pair(1, 2);
    pair(1, 3);
    pair(1, 10 + i);
  }
  std::array<LiveCoVisitation::Pair, 4> row;
  ASSERT_EQ(live.row(ItemId{1}, row), 4U);
  const auto has = [&](std::uint32_t item) {
    return std::ranges::find(row, ItemId{item}, &LiveCoVisitation::Pair::item) != row.end();
  };
  EXPECT_TRUE(has(2) && has(3));
}

TEST(CoVisitation, AddsTheTableAndTheLiveRows) {
  const auto log = random_log(9, 50, 10);
  const CoVisitationOptions options{.half_life = 0};
  const auto table = build_co_visitation(index_of(log, 50, 10), options);
  LiveCoVisitation live(options, log.back().time);
  const Event first{.time = kStart, .item = ItemId{1}};
  live.observe({&first, 1}, {.time = kStart, .item = ItemId{2}});
  Trending counts({});
  const CoVisitationQuery plain{
      .last_items = 1, .backward = 0.0, .item_power = 0.0, .popularity_power = 0.0};
  const std::vector<ItemId> session{ItemId{1}};
  ItemScores both;
  ItemScores alone;
  CoVisitation{table.view(), &live, &counts}.score(session, 10, plain, both);
  CoVisitation{table.view(), nullptr, &counts}.score(session, 10, plain, alone);
  EXPECT_NEAR(both.score(ItemId{2}), alone.score(ItemId{2}) + 1.0, 1e-6);
  EXPECT_EQ(both.score(ItemId{3}), alone.score(ItemId{3}));
}

TEST(CoVisitation, WaitsWithItemsThatAreNewerThanTheRequest) {
  LiveCoVisitation live({}, kStart);
  const Event first{.time = kStart, .item = ItemId{1}};
  live.observe({&first, 1}, {.time = kStart, .item = ItemId{7000}});
  Trending counts({});
  ItemScores scores;
  CoVisitation{{}, &live, &counts}.score(std::vector<ItemId>{ItemId{1}}, 4, {}, scores);
  EXPECT_FALSE(scores.has(ItemId{7000}));
}

TEST(LiveCoVisitation, MayBeReadWhileItLearns) {
  LiveCoVisitation live({.neighbours = 8}, kStart);
  std::atomic<bool> is_done{false};
  std::atomic<std::size_t> faults{0};
  {
    const std::jthread reader([&] {
      std::array<LiveCoVisitation::Pair, 8> row;
      while (!is_done.load()) {
        const std::size_t size = live.row(ItemId{1}, row);
        for (std::size_t j = 0; j < size; ++j) {
          if (!is_known(row[j].item) || row[j].forward < 0.0F) faults.fetch_add(1);
        }
      }
    });
    std::vector<std::jthread> writers;
    for (std::uint32_t t = 0; t < 2; ++t) {
      writers.emplace_back([&, t] {
        const Event first{.time = kStart, .item = ItemId{1}};
        for (std::uint32_t i = 0; i < 20'000; ++i)
          live.observe({&first, 1}, {.time = kStart, .item = ItemId{2 + (i * 7 + t) % 50}});
      });
    }
    writers.clear();
    is_done = true;
  }
  EXPECT_EQ(faults.load(), 0U);
}

TEST(CoVisitation, NamesTheOptionThatIsWrong) {
  EXPECT_THROW((CoVisitationOptions{.neighbours = 0}.validate()), ConfigError);
  EXPECT_THROW((CoVisitationOptions{.neighbours = 257}.validate()), ConfigError);
  EXPECT_THROW((CoVisitationOptions{.distance = 11}.validate()), ConfigError);
  EXPECT_THROW((CoVisitationOptions{.half_life = -1}.validate()), ConfigError);
}

TEST(CoVisitation, RefusesDamagedTables) {
  CoVisitationData table;
  table.offsets = {0, 1};
  table.items = {ItemId{0}};
  table.forward = {1.0F};
  table.backward = {1.0F};
  EXPECT_NO_THROW(table.view().validate());
  table.items = {ItemId{1}};
  EXPECT_THROW(table.view().validate(), BundleError);
  table.items = {ItemId{0}};
  table.forward.clear();
  EXPECT_THROW(table.view().validate(), BundleError);
}

}  // namespace
}  // namespace aisle::retrieve
