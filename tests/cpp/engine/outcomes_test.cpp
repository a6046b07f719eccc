#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "aisle/base/error.h"
#include "shop.h"

namespace aisle::engine {
namespace {

using namespace shop;  // NOLINT(google-build-using-namespace): the tests' own scene

live::Strategy exploring(std::size_t slots = 2, bool counts_shown = false) {
  live::Strategy strategy;
  strategy.explore.is_on = true;
  strategy.explore.slots = slots;
  strategy.explore.counts_shown = counts_shown;
  strategy.explore.rewards[static_cast<std::size_t>(EventType::click)] = 0.5;
  strategy.explore.rewards[static_cast<std::size_t>(EventType::purchase)] = 1.0;
  strategy.fatigue.strength = 0.5F;
  return strategy;
}

slate::Slate shown(const Engine& engine, std::string_view visitor, Timestamp now = kNow,
                   std::size_t k = 6) {
  slate::Slate slate;
  engine.recommend({.visitor = visitor, .k = k, .now = now}, slate);
  return slate;
}

double mean_of(const Engine& engine, std::uint64_t arm) {
  const explore::ArmId id{arm};
  double mean = 0.0;
  engine.learned().front().explorer->bandit().expectations(std::span(&id, 1), {},
                                                           std::span(&mean, 1));
  return mean;
}

TEST(Outcomes, TheBestOfAPlaceCountsAndARefundTakesBack) {
  const auto engine = shop::engine(exploring());
  const slate::Slate slate = shown(*engine, "v");
  const auto explored = std::ranges::find(slate.items, true, &slate::SlateItem::is_explored);
  ASSERT_NE(explored, slate.items.end());
  const auto at = static_cast<std::size_t>(explored - slate.items.begin());
  const auto tell = [&](EventType type) {
    return engine->outcome(slate.number, slate.names[at], type);
  };
  EXPECT_EQ(tell(EventType::click), Joined::learned);
  EXPECT_DOUBLE_EQ(mean_of(*engine, explored->arm), 1.5 / 3.0);
  EXPECT_EQ(tell(EventType::purchase), Joined::learned);
  EXPECT_EQ(tell(EventType::click), Joined::learned);
  EXPECT_DOUBLE_EQ(mean_of(*engine, explored->arm), 2.0 / 3.0);
  EXPECT_EQ(tell(EventType::refund), Joined::learned);
  EXPECT_DOUBLE_EQ(mean_of(*engine, explored->arm), 1.5 / 3.0) << "a click is left";
}

TEST(Outcomes, WithoutAReasonNothingIsLearned) {
  const auto engine = shop::engine(exploring());
  const slate::Slate slate = shown(*engine, "v");
  EXPECT_EQ(engine->outcome(slate.number, "i-none", EventType::click), Joined::not_in_slate);
  EXPECT_EQ(engine->outcome(slate.number + 16, slate.names[0], EventType::click),
            Joined::unknown_slate);
  engine->settle(kNow + 29 * kMinute);
  EXPECT_EQ(engine->learned().front().explorer->bandit().updates(), 0U);
  engine->settle(kNow + 30 * kMinute);
  EXPECT_EQ(engine->learned().front().explorer->bandit().updates(), 2U);
  engine->settle(kNow + 90 * kMinute);
  EXPECT_EQ(engine->learned().front().explorer->bandit().updates(), 2U) << "once";
}

TEST(Outcomes, RequestsSettleWhatIsOver) {
  const auto engine = shop::engine(exploring(1));
  shown(*engine, "v");
  shown(*engine, "w", kNow + kHour);
  EXPECT_EQ(engine->learned().front().explorer->bandit().updates(), 1U);
}

TEST(Outcomes, ShownMayCountAtOnce) {
  const auto engine = shop::engine(exploring(2, true));
  const slate::Slate slate = shown(*engine, "v");
  EXPECT_EQ(engine->learned().front().explorer->bandit().updates(), 2U);
  engine->settle(kNow + kHour);
  EXPECT_EQ(engine->learned().front().explorer->bandit().updates(), 2U);
}

TEST(Outcomes, ArmsOutliveABundle) {
  const auto engine = shop::engine(exploring());
  const slate::Slate slate = shown(*engine, "v");
  engine->swap(bundle({.seed = 9, .first_item = 1}), exploring());
  const auto explored = std::ranges::find(slate.items, true, &slate::SlateItem::is_explored);
  const auto at = static_cast<std::size_t>(explored - slate.items.begin());
  EXPECT_EQ(engine->outcome(slate.number, slate.names[at], EventType::purchase), Joined::learned);
  EXPECT_GT(mean_of(*engine, explored->arm), 0.5);
}

TEST(Strategies, NameTheCircleAndTheMissing) {
  const auto chain = [](const char* of_a, const char* of_b) {
    live::Strategy a;
    live::Strategy b;
    a.fallback = {of_a};
    b.fallback = {of_b};
    return live::Strategies({{"a", a}, {"b", b}});
  };
  EXPECT_THROW(chain("b", "a"), ConfigError);
  EXPECT_THROW(chain("c", "a"), ConfigError);
}

TEST(Outcomes, ThreadsShowTellSwapAndForgetAtOnce) {
  const Options small{.items = 60, .sessions = 60};
  const auto engine = shop::engine(exploring(3), small, {.slates = 512});
  std::atomic<int> writers{3};
  std::atomic<std::size_t> faults{0};
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        slate::Slate slate;
        for (std::uint32_t i = 0; i < 400; ++i) {
          const std::string visitor = name("v", (i + t) % 30);
          const Timestamp now = kNow + i * kMinute;
          engine->recommend({.visitor = visitor, .k = 6, .now = now}, slate);
          const std::set<std::string_view> distinct(slate.names.begin(), slate.names.end());
          if (distinct.size() != slate.items.size()) faults.fetch_add(1);
          engine->outcome(slate.number, slate.names[i % slate.names.size()], EventType::click);
          if (i % 40 == 0) engine->forget(visitor);
          if (i % 50 == 0) {
            std::vector<PlacedSlate> placed;
            const std::array widgets = {Widget{{.visitor = visitor, .k = 3, .now = now}, 1.0},
                                        Widget{{.visitor = visitor, .k = 3, .now = now}, 2.0}};
            engine->recommend_page(widgets, placed);
            std::set<std::string> on_page;
            for (const PlacedSlate& one : placed)
              on_page.insert(one.slate.names.begin(), one.slate.names.end());
            if (placed.size() != 2 || on_page.size() != 6) faults.fetch_add(1);
          }
        }
        writers.fetch_sub(1);
      });
    }
    threads.emplace_back([&] {
      for (std::uint64_t n = 0; writers.load() > 0; ++n) {
        engine->swap(bundle({.items = 60, .sessions = 60, .seed = 2 + n}), exploring(3));
        engine->set_strategies(exploring(2));
        engine->restore(engine->learned());
        engine->settle(kNow + static_cast<Timestamp>(n) * kMinute);
      }
    });
  }
  EXPECT_EQ(faults.load(), 0U);
}

}  // namespace
}  // namespace aisle::engine
