#pragma once

/// Counters in words of memory: what lies in a row of a table, in a visitor's state and in a bundle.
///
/// Data path   observe -> [cells] -> read
/// Threads     whoever has the row holds its lock
/// Ownership   borrow the words of a row; a word of zero is a counter that saw nothing
/// Cost        add() and a read a few ns; where something decays, one exp2 more

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "aisle/base/ids.h"

namespace aisle::features {

using Word = std::uint64_t;

/// A time as a word that is never zero.
[[nodiscard]] constexpr Word word_of(Timestamp time) noexcept {
  return std::bit_cast<Word>(time) ^ (Word{1} << 63U);
}
[[nodiscard]] constexpr Timestamp time_of(Word word) noexcept {
  return std::bit_cast<Timestamp>(word ^ (Word{1} << 63U));
}

/// What is left of 1 after that time.
[[nodiscard]] inline double faded(Timestamp passed, Timestamp half_life) noexcept {
  return passed <= 0 ? 1.0
                     : std::exp2(-static_cast<double>(passed) / static_cast<double>(half_life));
}

/// Events in sixteen buckets of a window. A read counts the bucket it falls into and the fifteen
/// before: never an event older than the window, and all that are younger than 15/16 of it.
struct WindowCell {
  static constexpr Timestamp kBuckets = 16;
  static constexpr std::size_t kWords = 1 + kBuckets / 2;

  [[nodiscard]] static constexpr Timestamp bucket(Timestamp time, Timestamp window) noexcept {
    const Timestamp width = window / kBuckets;
    return time / width - (time % width < 0 ? 1 : 0);
  }
  static void add(Word* cell, Timestamp time, Timestamp window) noexcept {
    const Timestamp at = bucket(time, window);
    move_to(cell, at);
    if (time_of(cell[0]) - at < kBuckets) cell[word(at)] += Word{1} << shift(at);
  }
  [[nodiscard]] static double count(const Word* cell, Timestamp now, Timestamp window) noexcept {
    if (cell[0] == 0) return 0.0;
    const Timestamp at = bucket(now, window);
    const Timestamp newest = time_of(cell[0]);
    const Timestamp gone = at - newest;  // of the sixteen that are kept, the oldest
    if (gone >= kBuckets || gone <= -kBuckets) return 0.0;
    std::uint64_t sum = 0;
    if (gone < 0) {
      for (Timestamp b = newest - kBuckets + 1; b <= at; ++b) sum += in(cell, b);
      return static_cast<double>(sum);
    }
    for (std::size_t w = 1; w < kWords; ++w) sum += (cell[w] & 0xffffffffU) + (cell[w] >> 32U);
    for (Timestamp b = newest - kBuckets + 1; b <= at - kBuckets; ++b) sum -= in(cell, b);
    return static_cast<double>(sum);
  }
  /// Of each bucket the greater count: both saw a part of the same events.
  static void take_greater(Word* cell, const Word* other) noexcept {
    combine(cell, other, [](std::uint64_t mine, std::uint64_t its) {
      return its > mine ? its - mine : std::uint64_t{0};
    });
  }
  /// Adds the other's events: the two saw none together.
  static void join(Word* cell, const Word* other) noexcept {
    combine(cell, other, [](std::uint64_t, std::uint64_t its) { return its; });
  }

 private:
  /// Adds more(mine, its) to each bucket that both keep.
  template <class More>
  static void combine(Word* cell, const Word* other, const More& more) noexcept {
    if (other[0] == 0) return;
    const Timestamp newest = time_of(other[0]);
    move_to(cell, newest);
    for (Timestamp b = time_of(cell[0]) - kBuckets + 1; b <= newest; ++b)
      cell[word(b)] += more(in(cell, b), in(other, b)) << shift(b);
  }
  static constexpr std::size_t place(Timestamp bucket) noexcept {
    return static_cast<std::size_t>(bucket & (kBuckets - 1));
  }
  static constexpr std::size_t word(Timestamp bucket) noexcept { return 1 + place(bucket) / 2; }
  static constexpr unsigned shift(Timestamp bucket) noexcept {
    return place(bucket) % 2 == 0 ? 0U : 32U;
  }
  static std::uint64_t in(const Word* cell, Timestamp bucket) noexcept {
    return (cell[word(bucket)] >> shift(bucket)) & 0xffffffffU;
  }
  static void move_to(Word* cell, Timestamp at) noexcept {
    if (cell[0] == 0) cell[0] = word_of(at);
    const Timestamp newest = time_of(cell[0]);
    if (at <= newest) return;
    for (Timestamp b = std::max(newest + 1, at - kBuckets + 1); b <= at; ++b)
      cell[word(b)] &= ~(Word{0xffffffffU} << shift(b));
    cell[0] = word_of(at);
  }
};

/// Sums of `kSums` things that fade together: an event of time t adds amount * 2^((t - now) / h).
/// Whatever the order in which events come, the sums are the same up to rounding.
template <std::size_t kSums>
struct FadingCell {
  static constexpr std::size_t kWords = 1 + kSums;
  using Amounts = std::array<double, kSums>;

  static void add(Word* cell, Timestamp time, Timestamp half_life,
                  const Amounts& amounts) noexcept {
    const Timestamp at = cell[0] == 0 ? time : time_of(cell[0]);
    const double before = faded(time - at, half_life);
    const double own = faded(at - time, half_life);
    for (std::size_t i = 0; i < kSums; ++i) {
      const double sum = std::bit_cast<double>(cell[1 + i]);
      cell[1 + i] = std::bit_cast<Word>(sum * before + own * amounts[i]);
    }
    cell[0] = word_of(std::max(at, time));
  }
  [[nodiscard]] static Amounts sums(const Word* cell, Timestamp now, Timestamp half_life) noexcept {
    Amounts out{};
    if (cell[0] == 0) return out;
    const double left = faded(now - time_of(cell[0]), half_life);
    for (std::size_t i = 0; i < kSums; ++i) out[i] = std::bit_cast<double>(cell[1 + i]) * left;
    return out;
  }
  static void take_greater(Word* cell, const Word* other, Timestamp half_life) noexcept {
    combine(cell, other, half_life, [](double mine, double its) { return std::max(mine, its); });
  }
  /// Adds the other's sums: the two saw no event together.
  static void join(Word* cell, const Word* other, Timestamp half_life) noexcept {
    combine(cell, other, half_life, [](double mine, double its) { return mine + its; });
  }

 private:
  template <class Both>
  static void combine(Word* cell, const Word* other, Timestamp half_life,
                      const Both& both) noexcept {
    if (other[0] == 0) return;
    const Timestamp at =
        std::max(time_of(other[0]), cell[0] == 0 ? time_of(other[0]) : time_of(cell[0]));
    const Amounts mine = sums(cell, at, half_life);
    const Amounts its = sums(other, at, half_life);
    for (std::size_t i = 0; i < kSums; ++i)
      cell[1 + i] = std::bit_cast<Word>(both(mine[i], its[i]));
    cell[0] = word_of(at);
  }
};
using DecayCell = FadingCell<1>;
/// Weight, sum and sum of squares of a number.
using MomentsCell = FadingCell<3>;

/// The time of the last event.
struct LastCell {
  static constexpr std::size_t kWords = 1;
  static void add(Word* cell, Timestamp time) noexcept { *cell = std::max(*cell, word_of(time)); }
  /// Seconds; NaN when there was none.
  [[nodiscard]] static double since(Word cell, Timestamp now) noexcept {
    if (cell == 0) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(std::max<Timestamp>(0, now - time_of(cell))) / double{kSecond};
  }
};

}  // namespace aisle::features
