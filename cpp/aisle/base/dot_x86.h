#pragma once

/// What the files of x86 kernels share; private to base.
///
/// Data path   base/dot_x86.cpp (inner products), base/dot_x86_pick.cpp (what picks the best)
/// Threads     pure functions
/// Ownership   none
/// Cost        see dot.h
///
/// Each function carries its own target attribute and is reached only through a table whose
/// runs_here() has asked the processor: the wheel stays portable without -march=native.

#include "aisle/base/dot_kernels.h"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12's own intrinsics (PR 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <immintrin.h>

#define AISLE_AVX2 __attribute__((target("avx2,fma")))
#define AISLE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma")))
#define AISLE_VNNI __attribute__((target("avx512vnni,avx512f,avx512bw,avx512vl,avx512dq,avx2,fma")))

namespace aisle::kernels {

inline constexpr std::size_t kRows = Int8Blocks::kRows;

bool lanes_in_avx2(const std::uint32_t* ids, std::size_t blocks, const std::uint64_t* bitmap,
                   std::size_t words, std::uint16_t* lanes);
bool lanes_in_avx512(const std::uint32_t* ids, std::size_t blocks, const std::uint64_t* bitmap,
                     std::size_t words, std::uint16_t* lanes);
std::size_t places_above_avx2(const float* scores, std::size_t n, float threshold,
                              std::uint32_t* places, const std::uint16_t* lanes);
std::size_t places_above_avx512(const float* scores, std::size_t n, float threshold,
                                std::uint32_t* places, const std::uint16_t* lanes);

/// The lowest `count` of sixteen lanes.
AISLE_AVX512 inline __mmask16 first_lanes(std::size_t count) {
  return static_cast<__mmask16>((1U << count) - 1U);
}

}  // namespace aisle::kernels

#endif
