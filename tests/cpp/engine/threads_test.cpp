// Everything at once: for the thread sanitizer, and for torn slates.

#include <gtest/gtest.h>

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
          if (i % 50 == 0) engine->forget(visitor);
        }
        --writers;
      });
    }
    for (std::uint64_t seed = 11; seed <= 12; ++seed) {
      threads.emplace_back([&, seed] {
        std::uint64_t draw = seed;
        Slate slate;
        while (writers.load() > 0) {
          draw = mix(draw + seed);
          const std::string visitor = name("v", draw % 300);
          const auto model = engine->model();  // names live as long as the model they are of
          engine->recommend({.visitor = visitor,
                             .session = {},
                             .anchor = {},
                             .k = 20,
                             .now = kNow + 6'000 * kSecond},
                            slate);
          if (slate.generation != model->generation()) continue;
          const auto items = names(slate);
          const bool is_whole =
              items.size() == 20 && std::set<std::string>(items.begin(), items.end()).size() == 20;
          if (!is_whole) faults.fetch_add(1);
        }
      });
    }
    threads.emplace_back([&] {
      for (std::uint64_t seed = 2; writers.load() > 0; ++seed) {
        engine->swap(bundle({.items = small.items, .sessions = 100, .seed = seed}), {});
      }
    });
  }
  EXPECT_EQ(faults.load(), 0U);
  EXPECT_LE(engine->sessions().size(), 300U);
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

}  // namespace
}  // namespace aisle::engine
