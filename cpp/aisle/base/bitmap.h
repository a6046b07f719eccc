#pragma once

/// A set of dense numbers, one bit each: what a filter lets through.
///
/// Data path   catalog (filters) -> retrieve, rerank
/// Threads     const methods may run together; set() and reset() need the bitmap for themselves
/// Ownership   owns its words
/// Cost        test() one load; count() one pass over size() / 64 words

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
    return place < size_ && (words_[place / 64] >> place % 64 & 1U) != 0;
  }
  /// `place` is below size().
  void set(std::size_t place) noexcept { words_[place / 64] |= std::uint64_t{1} << place % 64; }
  void reset(std::size_t place) noexcept {
    words_[place / 64] &= ~(std::uint64_t{1} << place % 64);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t count() const noexcept;
  /// Bits behind size() are zero.
  [[nodiscard]] std::span<const std::uint64_t> words() const noexcept { return words_; }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_;
};

}  // namespace aisle
