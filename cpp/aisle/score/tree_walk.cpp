#include "aisle/score/tree_walk.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "aisle/base/dot.h"

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12's own intrinsics (PR 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#define AISLE_AVX2 __attribute__((target("avx2")))
#define AISLE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt")))
#endif

namespace aisle::score {
namespace {

constexpr std::size_t kBlock = TreeEnsemble::kBlock;

// --- any processor ---------------------------------------------------------------------------

/// Loops over a run's bytes that any compiler turns into wide registers.
[[gnu::always_inline]] inline void walk_bytes(const TreeEnsemble::View& view,
                                              const std::uint8_t* codes, std::uint8_t* slots,
                                              std::size_t rows, std::int32_t* sums) {
  const std::size_t lanes = (rows + 31) / 32 * 32;
  const TreeEnsemble::Split* split = view.splits;
  const std::int32_t* leaf = view.leaves;
  for (const TreeEnsemble::Tree& tree : view.trees) {
    std::uint8_t* out = slots + view.width * kBlock;
    for (std::size_t s = 0; s < tree.splits; ++s, ++split, out += kBlock) {
      const std::uint8_t* __restrict const code = codes + split->plane * kBlock;
      const std::uint8_t* __restrict const left = slots + split->left * kBlock;
      const std::uint8_t* __restrict const right = slots + split->right * kBlock;
      std::uint8_t* __restrict const to = out;
      const auto limit = static_cast<std::uint8_t>(split->code);
      for (std::size_t i = 0; i < lanes; ++i) to[i] = code[i] <= limit ? left[i] : right[i];
    }
    const std::uint8_t* const reached = out - kBlock;
    for (std::size_t i = 0; i < rows; ++i) sums[i] += leaf[reached[i]];
    leaf += view.width;
  }
}

void walk_plain(const TreeEnsemble::View& view, const std::uint8_t* codes, std::uint8_t* slots,
                std::size_t rows, std::int32_t* sums) {
  walk_bytes(view, codes, slots, rows, sums);
}

#if defined(__x86_64__)

AISLE_AVX2 void walk_avx2(const TreeEnsemble::View& view, const std::uint8_t* codes,
                          std::uint8_t* slots, std::size_t rows, std::int32_t* sums) {
  walk_bytes(view, codes, slots, rows, sums);
}

// --- AVX-512 ---------------------------------------------------------------------------------

AISLE_AVX512 void code_avx512(const float* cuts, const float* values, std::size_t columns,
                              std::size_t rows, std::uint8_t* codes) {
  const __m512 pivots = _mm512_loadu_ps(cuts);
  const float* const all = cuts + kPivots;
  for (std::size_t i = 0; i < rows; ++i) {
    const __m512 value = _mm512_set1_ps(values[i * columns]);
    const auto below = [&](__m512 sixteen) AISLE_AVX512 {
      return static_cast<unsigned>(
          __builtin_popcount(_mm512_cmp_ps_mask(sixteen, value, _CMP_LT_OQ)));
    };
    // The last pivot is infinite, so at most fifteen lie below.
    const std::size_t group = below(pivots);
    codes[i] = static_cast<std::uint8_t>(16 * group + below(_mm512_loadu_ps(all + 16 * group)));
  }
}

AISLE_AVX512 inline __m512i load(const std::uint8_t* at) { return _mm512_loadu_si512(at); }

AISLE_AVX512 inline void store(std::uint8_t* at, __m512i bytes) { _mm512_storeu_si512(at, bytes); }

AISLE_AVX512 inline __m512i four_times(std::uint32_t number) {
  return _mm512_set1_epi32(static_cast<int>(number));
}

/// Leaf values of sixteen candidates: number i of each four bytes is in byte i.
template <std::size_t kWidth>
AISLE_AVX512 inline __m512i leaf_values(const std::int32_t* leaf, __m512i numbers) {
  if constexpr (kWidth == 16) {
    return _mm512_permutexvar_epi32(numbers, _mm512_loadu_si512(leaf));
  } else if constexpr (kWidth == 32) {
    return _mm512_permutex2var_epi32(_mm512_loadu_si512(leaf), numbers,
                                     _mm512_loadu_si512(leaf + 16));
  } else {
    const __m512i lowest = _mm512_and_si512(numbers, _mm512_set1_epi32(0xff));
    return _mm512_i32gather_epi32(lowest, leaf, 4);
  }
}

/// All trees for 64 x kRuns candidates. The sums stay in registers; candidate 64 r + 4 i + b is in
/// lane i of sum 4 r + b.
template <std::size_t kRuns, std::size_t kWidth>
AISLE_AVX512 void walk_runs(const TreeEnsemble::View& view, const std::uint8_t* codes,
                            std::uint8_t* slots, std::int32_t* sums) {
  __m512i sum[4 * kRuns];
  for (__m512i& one : sum) one = _mm512_setzero_si512();
  const TreeEnsemble::Split* split = view.splits;
  const std::int32_t* leaf = view.leaves;
  for (const TreeEnsemble::Tree& tree : view.trees) {
    std::uint8_t* out = slots + kWidth * kBlock;
    std::size_t s = 0;
    for (; s < tree.twigs; ++s, ++split, out += kBlock) {
      const std::uint8_t* const code = codes + split->plane * kBlock;
      const __m512i limit = four_times(split->code);
      const __m512i left = four_times(split->left_leaf);
      const __m512i right = four_times(split->right_leaf);
      for (std::size_t r = 0; r < 64 * kRuns; r += 64) {
        const __mmask64 goes_left = _mm512_cmple_epu8_mask(load(code + r), limit);
        store(out + r, _mm512_mask_blend_epi8(goes_left, right, left));
      }
    }
    for (; s < tree.splits; ++s, ++split, out += kBlock) {
      const std::uint8_t* const code = codes + split->plane * kBlock;
      const std::uint8_t* const left = slots + split->left * kBlock;
      const std::uint8_t* const right = slots + split->right * kBlock;
      const __m512i limit = four_times(split->code);
      for (std::size_t r = 0; r < 64 * kRuns; r += 64) {
        const __mmask64 goes_left = _mm512_cmple_epu8_mask(load(code + r), limit);
        store(out + r, _mm512_mask_blend_epi8(goes_left, load(right + r), load(left + r)));
      }
    }
    const std::uint8_t* const reached = out - kBlock;
    for (std::size_t r = 0; r < kRuns; ++r) {
      __m512i numbers = load(reached + 64 * r);
      for (std::size_t b = 0; b < 4; ++b) {
        sum[4 * r + b] = _mm512_add_epi32(sum[4 * r + b], leaf_values<kWidth>(leaf, numbers));
        numbers = _mm512_srli_epi32(numbers, 8);
      }
    }
    leaf += kWidth;
  }
  for (std::size_t r = 0; r < kRuns; ++r) {
    for (std::size_t b = 0; b < 4; ++b) {
      std::int32_t lanes[16];
      _mm512_storeu_si512(lanes, sum[4 * r + b]);
      for (std::size_t i = 0; i < 16; ++i) sums[64 * r + 4 * i + b] += lanes[i];
    }
  }
}

template <std::size_t kWidth>
void walk_width(const TreeEnsemble::View& view, const std::uint8_t* codes, std::uint8_t* slots,
                std::size_t rows, std::int32_t* sums) {
  if (rows <= 64) return walk_runs<1, kWidth>(view, codes, slots, sums);
  if (rows <= 128) return walk_runs<2, kWidth>(view, codes, slots, sums);
  if (rows <= 192) return walk_runs<3, kWidth>(view, codes, slots, sums);
  walk_runs<4, kWidth>(view, codes, slots, sums);
}

void walk_avx512(const TreeEnsemble::View& view, const std::uint8_t* codes, std::uint8_t* slots,
                 std::size_t rows, std::int32_t* sums) {
  switch (view.width) {
    case 16:
      return walk_width<16>(view, codes, slots, rows, sums);
    case 32:
      return walk_width<32>(view, codes, slots, rows, sums);
    case 64:
      return walk_width<64>(view, codes, slots, rows, sums);
    default:
      return walk_width<128>(view, codes, slots, rows, sums);
  }
}

constexpr WalkTable kAvx2{code_plain, walk_avx2};
constexpr WalkTable kAvx512{code_avx512, walk_avx512};

#endif

constexpr WalkTable kPlain{code_plain, walk_plain};

}  // namespace

void code_plain(const float* cuts, const float* values, std::size_t columns, std::size_t rows,
                std::uint8_t* codes) {
  const float* const all = cuts + kPivots;
  for (std::size_t i = 0; i < rows; ++i) {
    const float* const found = std::lower_bound(all, all + kCuts - 1, values[i * columns]);
    codes[i] = static_cast<std::uint8_t>(found - all);
  }
}

const WalkTable& walk_table() noexcept {
#if defined(__x86_64__)
  const std::string_view level = simd_level();
  if (level.starts_with("avx512")) return kAvx512;
  if (level.starts_with("avx2")) return kAvx2;
#endif
  return kPlain;
}

}  // namespace aisle::score
