// Everything at once: for the thread sanitizer, and for torn slates.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "shop.h"

namespace aisle::engine {
namespace {

using namespace shop;  // NOLINT(google-build-using-namespace): the tests' own scene

TEST(Engine, ServesWhileItLearnsForgetsAndIsSwapped) {
  const Options small{.items = 40, .sessions = 100};
  const auto engine = shop::engine({}, small, {.learn = {.live_sessions = {.sessions = 64}}});
  std::atomic<int> writers{2};
  std::atomic<std::size_t> faults{0};
  std::atomic<std::size_t> read{0};
  std::atomic<std::size_t> forgotten{0};
  std::size_t swaps = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      threads.emplace_back([&, seed] {
        std::uint64_t draw = seed;
        for (int i = 0; i < 6'000; ++i) {
          draw = mix(draw + seed);
          const std::string visitor = name("v", draw % 300);
          const bool is_new = (draw >> 10U) % 8 == 0;
          const std::string item =
              is_new ? name("new", (draw >> 20U) % 2'000) : name("i", (draw >> 20U) % small.items);
          see(*engine, visitor, item, kNow + i * kSecond,
              static_cast<EventType>((draw >> 40U) % 4));
          if (i % 50 == 0) forgotten.fetch_add(engine->forget(visitor) ? 1 : 0);
        }
        --writers;
      });
    }
    for (std::uint64_t seed = 11; seed <= 12; ++seed) {
      threads.emplace_back([&, seed] {
        std::uint64_t draw = seed;
        slate::Slate slate;
        while (writers.load() > 0) {
          draw = mix(draw + seed);
          const std::string visitor = name("v", draw % 300);
          engine->recommend({.visitor = visitor,
                             .session = {},
                             .anchor = {},
                             .k = 20,
                             .now = kNow + 6'000 * kSecond},
                            slate);
          const auto items = names(slate);  // of a model that may be swapped out by now
          const bool is_whole =
              items.size() == 20 && std::set<std::string>(items.begin(), items.end()).size() == 20;
          if (!is_whole) faults.fetch_add(1);
          read.fetch_add(1);
        }
      });
    }
    threads.emplace_back([&] {
      for (; writers.load() > 0; ++swaps)
        engine->swap(bundle({.items = small.items, .sessions = 100, .seed = 2 + swaps}), {});
    });
  }
  EXPECT_EQ(faults.load(), 0U);
  EXPECT_GT(read.load(), 0U);
  EXPECT_GT(swaps, 0U);
  EXPECT_EQ(forgotten.load(), 2 * 6'000 / 50) << "each had just been seen";
}

TEST(Engine, ReadsALogWhileItIsSwapped) {
  const auto engine = shop::engine();
  catalog::Dictionary visitors;
  catalog::Dictionary items;
  std::vector<std::uint32_t> visitor;
  std::vector<std::uint32_t> item;
  std::vector<Timestamp> time;
  for (std::uint32_t row = 0; row < 20'000; ++row) {
    visitor.push_back(visitors.insert(name("v", row % 100)));
    item.push_back(items.insert(name("i", mix(row) % 60)));
    time.push_back(kNow + row * kSecond);
  }
  const std::vector<std::uint8_t> type(time.size(), 0);
  const LogColumns log{.visitor = visitor,
                       .item = item,
                       .session = {},
                       .time = time,
                       .type = type,
                       .value = {},
                       .visitors = &visitors,
                       .items = &items};
  std::atomic<bool> is_done{false};
  {
    const std::jthread swapper([&] {
      for (std::uint64_t seed = 2; !is_done.load(); ++seed)
        engine->swap(bundle({.items = 60, .sessions = 50, .seed = seed}), {});
    });
    const auto counts = engine->observe_many(log, time.back());
    is_done = true;
    EXPECT_EQ(counts[0], time.size()) << "every row once, whatever model it met";
  }
  session::Recent recent;
  const auto model = engine->model();
  ASSERT_TRUE(
      engine->sessions().recent(session::Visitor("v7"), time.back(), recent, model->generation()));
  ASSERT_EQ(recent.events.size(), 50U);
  for (std::size_t back = 0; back < 50; ++back) {
    const auto row = static_cast<std::uint32_t>(19'907 - 100 * back);
    EXPECT_EQ(model->catalog().items()->name(value_of(recent.events[49 - back].item)),
              items.name(item[row]));
  }
}

TEST(Engine, KeepsItemsThatAreNewWhileItIsSwapped) {
  const auto engine = shop::engine({}, {}, {.learn = {.live_sessions = {.sessions = 64}}});
  const std::array bundles{bundle({.items = 60, .sessions = 20, .seed = 2}),
                           bundle({.items = 50, .sessions = 20, .seed = 3})};
  constexpr std::size_t kEvents = 20;
  const std::array<const char*, 2> writers{"a", "b"};
  std::array<std::size_t, 2> visitors{};
  const auto item_of = [](const std::string& visitor, std::size_t event) {
    return visitor + name("-", event);
  };
  std::atomic<bool> is_done{false};
  std::atomic<std::size_t> written{0};
  {
    std::vector<std::jthread> threads;
    for (std::size_t w = 0; w < writers.size(); ++w) {
      threads.emplace_back([&, w] {
        for (; !is_done.load(); ++visitors[w]) {
          const std::string visitor = name(writers[w], visitors[w]);
          for (std::size_t i = 0; i < kEvents; ++i)
            see(*engine, visitor, item_of(visitor, i), kNow + static_cast<Timestamp>(i) * kSecond);
          written.fetch_add(1);
        }
      });
    }
    for (std::size_t i = 0; written.load() < 400; ++i) engine->swap(bundles[i % 2], {});
    is_done = true;
  }
  const auto model = engine->model();
  session::Recent recent;
  for (std::size_t w = 0; w < writers.size(); ++w) {
    for (std::size_t v = 0; v < visitors[w]; ++v) {
      const std::string visitor = name(writers[w], v);
      engine->sessions().recent(session::Visitor(visitor), kNow, recent, model->generation());
      ASSERT_EQ(recent.events.size(), kEvents) << visitor;
      for (std::size_t i = 0; i < kEvents; ++i) {
        ASSERT_TRUE(is_known(recent.events[i].item)) << visitor << " lost item " << i;
        ASSERT_EQ(model->catalog().items()->name(value_of(recent.events[i].item)),
                  item_of(visitor, i));
      }
    }
  }
}

}  // namespace
}  // namespace aisle::engine
