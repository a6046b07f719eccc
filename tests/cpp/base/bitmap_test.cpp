#include "aisle/base/bitmap.h"

#include <gtest/gtest.h>

#include <cstddef>

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
}

}  // namespace
}  // namespace aisle
