#include "aisle/base/dot_x86.h"

#if defined(__x86_64__)

namespace aisle::kernels {
namespace {

// Eight bits of the bitmap at once: number i is bit i % 32 of half a word i / 32.
AISLE_AVX2 inline std::uint32_t eight_lanes(const std::uint32_t* ids, const int* halves,
                                            __m256i last) {
  const __m256i id = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(ids));
  const __m256i half = _mm256_srli_epi32(id, 5);
  const __m256i is_inside = _mm256_cmpgt_epi32(last, half);
  const __m256i words =
      _mm256_mask_i32gather_epi32(_mm256_setzero_si256(), halves, half, is_inside, 4);
  const __m256i bit =
      _mm256_sub_epi32(_mm256_set1_epi32(31), _mm256_and_si256(id, _mm256_set1_epi32(31)));
  return static_cast<std::uint32_t>(
      _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_sllv_epi32(words, bit))));
}

}  // namespace

AISLE_AVX2 bool lanes_in_avx2(const std::uint32_t* ids, std::size_t blocks,
                              const std::uint64_t* bitmap, std::size_t words,
                              std::uint16_t* lanes) {
  const int* const halves = reinterpret_cast<const int*>(bitmap);
  const __m256i last = _mm256_set1_epi32(static_cast<int>(2 * words));
  std::uint32_t any = 0;
  for (std::size_t block = 0; block < blocks; ++block, ids += kRows) {
    const std::uint32_t mask = eight_lanes(ids, halves, last) | eight_lanes(ids + 8, halves, last)
                                                                    << 8;
    lanes[block] = static_cast<std::uint16_t>(mask);
    any |= mask;
  }
  return any != 0;
}

AISLE_AVX2 std::size_t places_above_avx2(const float* scores, std::size_t n, float threshold,
                                         std::uint32_t* places, const std::uint16_t* lanes) {
  const __m256 limit = _mm256_set1_ps(threshold);
  std::size_t found = 0;
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256 hits = _mm256_cmp_ps(_mm256_loadu_ps(scores + i), limit, _CMP_GE_OQ);
    auto mask = static_cast<std::uint32_t>(_mm256_movemask_ps(hits));
    if (lanes != nullptr) mask &= static_cast<std::uint32_t>(lanes[i / kRows] >> i % kRows);
    for (; mask != 0; mask &= mask - 1) {
      places[found++] =
          static_cast<std::uint32_t>(i) + static_cast<std::uint32_t>(__builtin_ctz(mask));
    }
  }
  for (; i < n; ++i) {
    const bool is_chosen = lanes == nullptr || (lanes[i / kRows] >> i % kRows & 1) != 0;
    if (scores[i] >= threshold && is_chosen) places[found++] = static_cast<std::uint32_t>(i);
  }
  return found;
}

AISLE_AVX512 bool lanes_in_avx512(const std::uint32_t* ids, std::size_t blocks,
                                  const std::uint64_t* bitmap, std::size_t words,
                                  std::uint16_t* lanes) {
  const __m512i last = _mm512_set1_epi32(static_cast<int>(2 * words));
  const __m512i one = _mm512_set1_epi32(1);
  std::uint32_t any = 0;
  for (std::size_t block = 0; block < blocks; ++block, ids += kRows) {
    const __m512i id = _mm512_loadu_si512(ids);
    const __m512i half = _mm512_srli_epi32(id, 5);
    const __mmask16 is_inside = _mm512_cmplt_epu32_mask(half, last);
    const __m512i found =
        _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), is_inside, half, bitmap, 4);
    const __m512i bit = _mm512_sllv_epi32(one, _mm512_and_si512(id, _mm512_set1_epi32(31)));
    lanes[block] = _mm512_test_epi32_mask(found, bit);
    any |= lanes[block];
  }
  return any != 0;
}

AISLE_AVX512 std::size_t places_above_avx512(const float* scores, std::size_t n, float threshold,
                                             std::uint32_t* places, const std::uint16_t* lanes) {
  const __m512 limit = _mm512_set1_ps(threshold);
  const __m512i step = _mm512_set1_epi32(16);
  __m512i place = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  std::size_t found = 0;
  for (std::size_t i = 0; i < n; i += 16, place = _mm512_add_epi32(place, step)) {
    __mmask16 chosen = n - i >= 16 ? static_cast<__mmask16>(0xffff) : first_lanes(n - i);
    if (lanes != nullptr) chosen = static_cast<__mmask16>(chosen & lanes[i / kRows]);
    const __m512 score = _mm512_maskz_loadu_ps(chosen, scores + i);
    const __mmask16 hits = _mm512_mask_cmp_ps_mask(chosen, score, limit, _CMP_GE_OQ);
    if (hits == 0) continue;
    const auto count = static_cast<std::size_t>(__builtin_popcount(hits));
    _mm512_mask_storeu_epi32(places + found, first_lanes(count),
                             _mm512_maskz_compress_epi32(hits, place));
    found += count;
  }
  return found;
}

}  // namespace aisle::kernels

#endif
