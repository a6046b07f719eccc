#include "aisle/base/bitmap.h"

#include <bit>

namespace aisle {
namespace {

using Words = std::span<const std::uint64_t>;

std::size_t count_plain(Words words) noexcept {
  std::size_t total = 0;
  for (const std::uint64_t word : words) total += static_cast<std::size_t>(std::popcount(word));
  return total;
}

#if defined(__x86_64__)

// One instruction a word; without the attribute the portable build calls a function for each.
__attribute__((target("popcnt"))) std::size_t count_fast(Words words) noexcept {
  std::size_t total = 0;
  for (const std::uint64_t word : words) {
    total += static_cast<std::size_t>(__builtin_popcountll(word));
  }
  return total;
}

#endif

}  // namespace

std::size_t Bitmap::count() const noexcept {
#if defined(__x86_64__)
  static const bool has_popcnt = __builtin_cpu_supports("popcnt") != 0;
  if (has_popcnt) return count_fast(words_);
#endif
  return count_plain(words_);
}

}  // namespace aisle
