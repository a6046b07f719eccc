#pragma once

/// A set of dense numbers, one bit each: what a filter lets through.
///
/// Data path   catalog (filters) -> retrieve, rerank
/// Threads     const methods may run together and, but for words(), beside set_shared() and
///             reset_shared() of any thread; set() and reset() need the bitmap for themselves
/// Ownership   owns its words
/// Cost        test() one load; count() one pass over size() / 64 words; the shared ones a locked
///             instruction

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aisle {

class Bitmap {
 public:
  explicit Bitmap(std::size_t bits = 0, bool value = false)
      : words_((bits + 63) / 64, value ? ~std::uint64_t{0} : 0), size_(bits) {
    if (value && bits % 64 != 0) words_.back() = (std::uint64_t{1} << bits % 64) - 1;
  }

  /// False for places at or beyond size().
  [[nodiscard]] bool test(std::size_t place) const noexcept {
    return place < size_ && (word(place / 64) >> place % 64 & 1U) != 0;
  }
  /// `place` is below size().
  void set(std::size_t place) noexcept { words_[place / 64] |= std::uint64_t{1} << place % 64; }
  void reset(std::size_t place) noexcept {
    words_[place / 64] &= ~(std::uint64_t{1} << place % 64);
  }

  /// The same while other threads test(): they see the bit as it was or as it is, and the other
  /// bits of its word unharmed.
  void set_shared(std::size_t place) noexcept {
    std::atomic_ref(words_[place / 64])
        .fetch_or(std::uint64_t{1} << place % 64, std::memory_order_relaxed);
  }
  void reset_shared(std::size_t place) noexcept {
    std::atomic_ref(words_[place / 64])
        .fetch_and(~(std::uint64_t{1} << place % 64), std::memory_order_relaxed);
  }

  /// May be more than there are items, so that later ones find room: who makes the bitmap decides.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t count() const noexcept;
  /// Places [64 * i, 64 * i + 64).
  [[nodiscard]] std::uint64_t word(std::size_t i) const noexcept {
    // Nothing is written: only in C++26 may an atomic_ref be one of a constant.
    return std::atomic_ref(const_cast<std::uint64_t&>(words_[i])).load(std::memory_order_relaxed);
  }
  void set_word(std::size_t i, std::uint64_t bits) noexcept { words_[i] = bits; }

  /// Another's bits, which shared writers may be changing; keeps its memory.
  void copy(const Bitmap& other);
  /// All bits up to `bits` set.
  void fill(std::size_t bits);
  /// All bits up to `bits` clear.
  void clear(std::size_t bits) {
    words_.assign((bits + 63) / 64, 0);
    size_ = bits;
  }
  /// Keeps what is also in the other; what the other is too short for goes.
  void keep_common(const Bitmap& other) noexcept;
  /// Takes out what is in the other.
  void remove(const Bitmap& other) noexcept;

  /// Bits behind size() are zero. Not beside the shared writers: word() is for that.
  [[nodiscard]] std::span<const std::uint64_t> words() const noexcept { return words_; }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_;
};

}  // namespace aisle
