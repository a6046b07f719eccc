// Everything at once: for the thread sanitizer, and for rows that were never true.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "small_shop.h"

namespace aisle::features {
namespace {

using namespace small_shop;  // NOLINT(google-build-using-namespace): the tests' own scene

TEST(FeatureStore, IsReadWhileItCountsAndForgets) {
  const auto shop = catalog(100);
  Definition small = definition();
  small.memory_limit = 1U << 20U;
  FeatureStore store(small);
  FeatureStore other(small);
  std::atomic<int> writers{2};
  std::atomic<std::size_t> faults{0};
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      threads.emplace_back([&, seed] {
        std::uint64_t draw = seed;
        for (int i = 0; i < 10'000; ++i) {
          draw = mix(draw + seed);
          see(store, *shop, draw % 500, static_cast<std::uint32_t>((draw >> 20U) % 100),
              kNow + i * kSecond, static_cast<EventType>((draw >> 40U) % 4));
          if (i % 50 == 0) store.forget(visitor(draw % 500));
          if (i % 1000 == 0) store.expire(kNow);
        }
        --writers;
      });
    }
    threads.emplace_back([&] {
      ReadWorkspace work;
      std::vector<ItemId> items;
      for (std::uint32_t i = 0; i < 100; ++i) items.push_back(ItemId{i});
      std::vector<float> out(store.width() * items.size());
      while (writers.load() > 0) {
        store.read({.visitor = visitor(7), .items = items, .now = kNow + kHour}, *shop, work, out);
        for (std::size_t r = 1; r < items.size(); ++r) {
          const float own = out[r * store.width() + 3];  // of the visitor: one value in all rows
          if (own != out[3]) faults.fetch_add(1);
        }
      }
    });
    threads.emplace_back([&] {
      while (writers.load() > 0) {
        store.take_greater(other);
        (void)store.memory_bytes();
      }
    });
  }
  EXPECT_EQ(faults.load(), 0U);
}

TEST(FeatureStore, LosesNoEventOfManyThreads) {
  const auto shop = catalog();
  FeatureStore store(definition());
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 2'000; ++i) see(store, *shop, t, 0, kNow);
      });
    }
  }
  EXPECT_EQ(one(store, *shop, "views", 0, 0, kNow), 8'000.0F);
  EXPECT_EQ(one(store, *shop, "visitor", 0, 0, kNow), 2'000.0F);
}

}  // namespace
}  // namespace aisle::features
