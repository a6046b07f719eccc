#include "aisle/base/bitmap.h"

#include <algorithm>
#include <bit>

namespace aisle {
namespace {

std::size_t count_plain(const Bitmap& bitmap) noexcept {
  const std::size_t words = bitmap.words().size();
  std::size_t total = 0;
  for (std::size_t i = 0; i < words; ++i) {
    total += static_cast<std::size_t>(std::popcount(bitmap.word(i)));
  }
  return total;
}

#if defined(__x86_64__)

// One instruction a word; without the attribute the portable build calls a function for each.
__attribute__((target("popcnt"))) std::size_t count_fast(const Bitmap& bitmap) noexcept {
  const std::size_t words = bitmap.words().size();
  std::size_t total = 0;
  for (std::size_t i = 0; i < words; ++i) {
    total += static_cast<std::size_t>(__builtin_popcountll(bitmap.word(i)));
  }
  return total;
}

#endif

}  // namespace

void Bitmap::copy(const Bitmap& other) {
  size_ = other.size_;
  words_.resize(other.words_.size());
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] = other.word(i);
}

void Bitmap::fill(std::size_t bits) {
  size_ = bits;
  words_.assign((bits + 63) / 64, ~std::uint64_t{0});
  if (bits % 64 != 0) words_.back() = (std::uint64_t{1} << bits % 64) - 1;
}

void Bitmap::keep_common(const Bitmap& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i)
    words_[i] &= i < other.words_.size() ? other.word(i) : 0;
}

void Bitmap::remove(const Bitmap& other) noexcept {
  for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i)
    words_[i] &= ~other.word(i);
}

std::size_t Bitmap::count() const noexcept {
#if defined(__x86_64__)
  static const bool has_popcnt = __builtin_cpu_supports("popcnt") != 0;
  if (has_popcnt) return count_fast(*this);
#endif
  return count_plain(*this);
}

}  // namespace aisle
