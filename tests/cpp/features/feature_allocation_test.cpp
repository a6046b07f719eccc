#include <gtest/gtest.h>

#include "small_shop.h"

// Sanitizers bring their own operator new; this file then has nothing to say.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include "../counted_allocations.h"

namespace aisle::features {
namespace {

using namespace small_shop;  // NOLINT(google-build-using-namespace): the tests' own scene

TEST(WarmFeatureStore, AllocatesNothingToReadAndToCountWhoIsKnown) {
  const auto shop = catalog(200);
  FeatureStore store(definition());
  for (std::uint32_t i = 0; i < 200; ++i) see(store, *shop, i % 10, i, kNow + i * kSecond);
  ReadWorkspace work;
  std::vector<ItemId> items;
  for (std::uint32_t i = 0; i < 200; ++i) items.push_back(ItemId{i});
  std::vector<float> out(store.width() * items.size());
  const auto read = [&] {
    for (std::uint64_t who = 0; who < 12; ++who)
      store.read({.visitor = visitor(who), .items = items, .now = kNow + kHour}, *shop, work, out);
  };
  read();
  const std::size_t before = allocations;
  read();
  see(store, *shop, 1, 1, kNow + kHour);
  EXPECT_EQ(allocations - before, 0U);
}

}  // namespace
}  // namespace aisle::features

#endif
