#include "aisle/features/cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace aisle::features {
namespace {

constexpr Timestamp kStart = 1'700'000'000 * kSecond;

TEST(WindowCell, CountsItsBucketAndTheFifteenBefore) {
  std::array<Word, WindowCell::kWords> cell{};
  const Timestamp width = kHour / WindowCell::kBuckets;
  const Timestamp begin = kStart / width * width;
  WindowCell::add(cell.data(), begin, kHour);
  WindowCell::add(cell.data(), begin + width - 1, kHour);
  EXPECT_EQ(WindowCell::count(cell.data(), begin, kHour), 2.0);
  EXPECT_EQ(WindowCell::count(cell.data(), begin + 16 * width - 1, kHour), 2.0);
  EXPECT_EQ(WindowCell::count(cell.data(), begin + 16 * width, kHour), 0.0);
  EXPECT_EQ(WindowCell::count(cell.data(), begin - 1, kHour), 0.0) << "not there yet";
}

TEST(WindowCell, CountsBefore1970AndAfterLongPauses) {
  std::array<Word, WindowCell::kWords> cell{};
  WindowCell::add(cell.data(), -5 * kDay, kHour);
  EXPECT_EQ(WindowCell::count(cell.data(), -5 * kDay + kMinute, kHour), 1.0);
  WindowCell::add(cell.data(), kStart, kHour);
  EXPECT_EQ(WindowCell::count(cell.data(), kStart, kHour), 1.0);
}

TEST(WindowCell, IsTheSameInWhateverOrderEventsCome) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Timestamp> times(40);
    for (auto& time : times) time = kStart + static_cast<Timestamp>(random() % (3 * kHour));
    const Timestamp newest = *std::ranges::max_element(times);
    const auto counted = [&] {
      std::array<Word, WindowCell::kWords> cell{};
      for (const Timestamp time : times) WindowCell::add(cell.data(), time, kHour);
      return cell;
    };
    const auto first = counted();
    std::ranges::shuffle(times, random);
    const auto second = counted();
    for (const Timestamp later : {Timestamp{0}, 10 * kMinute, 50 * kMinute}) {
      EXPECT_EQ(WindowCell::count(first.data(), newest + later, kHour),
                WindowCell::count(second.data(), newest + later, kHour));
    }
  }
}

TEST(WindowCell, TakesTheGreaterOfEachBucket) {
  std::array<Word, WindowCell::kWords> mine{};
  std::array<Word, WindowCell::kWords> its{};
  for (int i = 0; i < 3; ++i) WindowCell::add(mine.data(), kStart, kHour);
  for (int i = 0; i < 2; ++i) WindowCell::add(its.data(), kStart, kHour);
  WindowCell::add(its.data(), kStart + 10 * kMinute, kHour);
  WindowCell::take_greater(mine.data(), its.data());
  EXPECT_EQ(WindowCell::count(mine.data(), kStart + 10 * kMinute, kHour), 4.0);
}

TEST(DecayCell, HalvesWithEveryHalfLife) {
  std::array<Word, DecayCell::kWords> cell{};
  DecayCell::add(cell.data(), kStart, kHour, {1.0});
  EXPECT_DOUBLE_EQ(DecayCell::sums(cell.data(), kStart + kHour, kHour)[0], 0.5);
  DecayCell::add(cell.data(), kStart + kHour, kHour, {1.0});
  EXPECT_DOUBLE_EQ(DecayCell::sums(cell.data(), kStart + 2 * kHour, kHour)[0], 0.75);
}

TEST(DecayCell, IsTheSameInWhateverOrderEventsCome) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Timestamp> times(40);
    for (auto& time : times) time = kStart + static_cast<Timestamp>(random() % (60 * kDay));
    const auto sum = [&] {
      std::array<Word, DecayCell::kWords> cell{};
      for (const Timestamp time : times) DecayCell::add(cell.data(), time, kDay, {1.0});
      return DecayCell::sums(cell.data(), kStart + 61 * kDay, kDay)[0];
    };
    const double first = sum();
    std::ranges::shuffle(times, random);
    EXPECT_NEAR(sum() / first, 1.0, 1e-12);
  }
}

TEST(DecayCell, TakesTheGreaterAtOneMoment) {
  std::array<Word, DecayCell::kWords> mine{};
  std::array<Word, DecayCell::kWords> its{};
  DecayCell::add(mine.data(), kStart, kHour, {4.0});
  DecayCell::add(its.data(), kStart + kHour, kHour, {1.0});
  DecayCell::take_greater(mine.data(), its.data(), kHour);
  EXPECT_DOUBLE_EQ(DecayCell::sums(mine.data(), kStart + kHour, kHour)[0], 2.0);
}

TEST(Cells, OfTwoJoinedAreThoseOfAllEvents) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    std::array<std::array<Word, WindowCell::kWords>, 3> windows{};  // the last saw all
    std::array<std::array<Word, DecayCell::kWords>, 3> sums{};
    Timestamp newest = kStart;
    for (int i = 0; i < 40; ++i) {
      const std::size_t side = random() % 2;
      const Timestamp late = side == 0 ? 0 : static_cast<Timestamp>(random() % 3) * 20 * kMinute;
      const Timestamp time = kStart + late + static_cast<Timestamp>(random() % kHour);
      newest = std::max(newest, time);
      for (const std::size_t which : {side, std::size_t{2}}) {
        WindowCell::add(windows[which].data(), time, kHour);
        DecayCell::add(sums[which].data(), time, kHour, {1.0});
      }
    }
    for (const std::size_t into : {std::size_t{0}, std::size_t{1}}) {
      auto window = windows[into];
      auto sum = sums[into];
      WindowCell::join(window.data(), windows[1 - into].data());
      DecayCell::join(sum.data(), sums[1 - into].data(), kHour);
      for (const Timestamp pause : {Timestamp{0}, 10 * kMinute, 50 * kMinute}) {
        EXPECT_EQ(WindowCell::count(window.data(), newest + pause, kHour),
                  WindowCell::count(windows[2].data(), newest + pause, kHour));
        EXPECT_NEAR(DecayCell::sums(sum.data(), newest + pause, kHour)[0],
                    DecayCell::sums(sums[2].data(), newest + pause, kHour)[0], 1e-12);
      }
    }
  }
}

TEST(LastCell, KnowsTheNewestAndThatThereWasNone) {
  Word cell = 0;
  EXPECT_TRUE(std::isnan(LastCell::since(cell, kStart)));
  LastCell::add(&cell, kStart);
  LastCell::add(&cell, kStart - kHour);
  EXPECT_EQ(LastCell::since(cell, kStart + 5 * kSecond), 5.0);
  EXPECT_EQ(LastCell::since(cell, kStart - kSecond), 0.0);
}

}  // namespace
}  // namespace aisle::features
