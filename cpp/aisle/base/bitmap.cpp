#include "aisle/base/bitmap.h"

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

std::size_t Bitmap::count() const noexcept {
#if defined(__x86_64__)
  static const bool has_popcnt = __builtin_cpu_supports("popcnt") != 0;
  if (has_popcnt) return count_fast(*this);
#endif
  return count_plain(*this);
}

}  // namespace aisle
