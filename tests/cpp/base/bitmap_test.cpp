#include "aisle/base/bitmap.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <thread>

namespace aisle {
namespace {

TEST(Bitmap, FullOneHoldsExactlyItsBits) {
  for (const std::size_t bits : {0U, 1U, 63U, 64U, 65U, 200U}) {
    const Bitmap full(bits, true);
    EXPECT_EQ(full.count(), bits);
    EXPECT_EQ(Bitmap(bits).count(), 0U);
    EXPECT_FALSE(full.test(bits));
    if (bits != 0) {
      EXPECT_TRUE(full.test(bits - 1));
    }
  }
}

TEST(Bitmap, SetAndResetTouchOneBit) {
  Bitmap bitmap(130);
  bitmap.set(64);
  bitmap.set(129);
  EXPECT_EQ(bitmap.count(), 2U);
  EXPECT_FALSE(bitmap.test(63));
  EXPECT_TRUE(bitmap.test(64));
  EXPECT_FALSE(bitmap.test(65));
  bitmap.reset(64);
  EXPECT_FALSE(bitmap.test(64));
  EXPECT_EQ(bitmap.words()[2], 2U);
  EXPECT_EQ(bitmap.word(2), 2U);
}

TEST(Bitmap, IsCorrectedWhileItIsRead) {
  constexpr std::size_t kBits = 256;
  Bitmap bitmap(kBits);
  for (std::size_t i = 0; i < kBits; i += 4) bitmap.set(i);  // these stay
  std::atomic<int> writers{2};
  const auto write = [&](std::size_t rest) {
    for (int round = 0; round < 2'000; ++round) {
      for (std::size_t i = rest; i < kBits; i += 4) bitmap.set_shared(i);
      for (std::size_t i = rest; i < kBits; i += 4) bitmap.reset_shared(i);
    }
    --writers;
  };
  std::thread first(write, 1);
  std::thread second(write, 2);
  std::size_t wrong = 0;
  while (writers != 0) {
    for (std::size_t i = 0; i < kBits; i += 4) wrong += bitmap.test(i) ? 0U : 1U;
    for (std::size_t i = 3; i < kBits; i += 4) wrong += bitmap.test(i) ? 1U : 0U;
    const std::size_t held = bitmap.count();
    wrong += held >= kBits / 4 && held <= 3 * kBits / 4 ? 0U : 1U;
  }
  first.join();
  second.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(bitmap.count(), kBits / 4) << "no bit of another writer was lost";
}

}  // namespace
}  // namespace aisle
