#include "aisle/base/dot_x86.h"

#if defined(__x86_64__)

#include <cstring>

namespace aisle::kernels {
namespace {

std::int32_t quad_at(const std::int8_t* query, std::size_t c) {
  std::int32_t four = 0;
  std::memcpy(&four, query + 4 * c, sizeof four);
  return four;
}

// --- AVX2 ------------------------------------------------------------------------------------

// Sums of four registers of eight, as one register of four.
AISLE_AVX2 inline __m128 sums_of(__m256 a, __m256 b, __m256 c, __m256 d) {
  const __m256 lanes = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  return _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
}

AISLE_AVX2 float dot_avx2(const float* a, const float* b, std::size_t n) {
  __m256 sum = _mm256_setzero_ps();
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    sum = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), sum);
  }
  const __m256 zero = _mm256_setzero_ps();
  float total = _mm_cvtss_f32(sums_of(sum, zero, zero, zero));
  for (; i < n; ++i) total = __builtin_fmaf(a[i], b[i], total);
  return total;
}

AISLE_AVX2 void dot_rows_avx2(const float* query, const float* rows, std::size_t count,
                              std::size_t n, float* out) {
  std::size_t r = 0;
  for (; r + 4 <= count; r += 4) {
    const float* row = rows + r * n;
    __m256 s0 = _mm256_setzero_ps();
    __m256 s1 = s0;
    __m256 s2 = s0;
    __m256 s3 = s0;
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
      const __m256 q = _mm256_loadu_ps(query + i);
      s0 = _mm256_fmadd_ps(q, _mm256_loadu_ps(row + i), s0);
      s1 = _mm256_fmadd_ps(q, _mm256_loadu_ps(row + n + i), s1);
      s2 = _mm256_fmadd_ps(q, _mm256_loadu_ps(row + 2 * n + i), s2);
      s3 = _mm256_fmadd_ps(q, _mm256_loadu_ps(row + 3 * n + i), s3);
    }
    _mm_storeu_ps(out + r, sums_of(s0, s1, s2, s3));
    for (; i < n; ++i) {
      for (std::size_t j = 0; j < 4; ++j) {
        out[r + j] = __builtin_fmaf(query[i], row[j * n + i], out[r + j]);
      }
    }
  }
  for (; r < count; ++r) out[r] = dot_avx2(query, rows + r * n, n);
}

AISLE_AVX2 std::int32_t dot_int8_avx2(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
  __m256i sum = _mm256_setzero_si256();
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m256i x =
        _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i)));
    const __m256i y =
        _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b + i)));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x, y));
  }
  alignas(32) std::int32_t lanes[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sum);
  std::int32_t total = 0;
  for (const std::int32_t lane : lanes) total += lane;
  for (; i < n; ++i) total += static_cast<std::int32_t>(a[i]) * b[i];
  return total;
}

// maddubs wants one side unsigned: |row| * (query with row's sign). Bytes stay within +-127, so
// two products fit into 16 bits: 2 * 127 * 127 = 32258.
AISLE_AVX2 inline __m256i multiply_add(__m256i sum, __m256i query, __m256i row) {
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(row), _mm256_sign_epi8(query, row));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

AISLE_AVX2 void dot_blocks_avx2(const std::int8_t* query, const Int8Blocks& rows, float* out) {
  const auto* at = reinterpret_cast<const __m256i*>(rows.data);
  for (std::size_t block = 0; block < rows.blocks; ++block) {
    __m256i low = _mm256_setzero_si256();
    __m256i high = low;
    for (std::size_t c = 0; c < rows.quads; ++c, at += 2) {
      const __m256i q = _mm256_set1_epi32(quad_at(query, c));
      low = multiply_add(low, q, _mm256_loadu_si256(at));
      high = multiply_add(high, q, _mm256_loadu_si256(at + 1));
    }
    const float* scale = rows.scales + block * kRows;
    float* to = out + block * kRows;
    _mm256_storeu_ps(to, _mm256_mul_ps(_mm256_cvtepi32_ps(low), _mm256_loadu_ps(scale)));
    _mm256_storeu_ps(to + 8, _mm256_mul_ps(_mm256_cvtepi32_ps(high), _mm256_loadu_ps(scale + 8)));
  }
}

// --- AVX-512 -----------------------------------------------------------------------------------

AISLE_AVX512 inline __m256 halves(__m512 v) {
  return _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
}

AISLE_AVX512 float dot_avx512(const float* a, const float* b, std::size_t n) {
  __m512 sum = _mm512_setzero_ps();
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    sum = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), sum);
  }
  if (i < n) {
    const __mmask16 rest = first_lanes(n - i);
    sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(rest, a + i), _mm512_maskz_loadu_ps(rest, b + i),
                          sum);
  }
  const __m256 zero = _mm256_setzero_ps();
  return _mm_cvtss_f32(sums_of(halves(sum), zero, zero, zero));
}

AISLE_AVX512 void dot_rows_avx512(const float* query, const float* rows, std::size_t count,
                                  std::size_t n, float* out) {
  std::size_t r = 0;
  for (; r + 4 <= count; r += 4) {
    const float* row = rows + r * n;
    __m512 s0 = _mm512_setzero_ps();
    __m512 s1 = s0;
    __m512 s2 = s0;
    __m512 s3 = s0;
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
      const __m512 q = _mm512_loadu_ps(query + i);
      s0 = _mm512_fmadd_ps(q, _mm512_loadu_ps(row + i), s0);
      s1 = _mm512_fmadd_ps(q, _mm512_loadu_ps(row + n + i), s1);
      s2 = _mm512_fmadd_ps(q, _mm512_loadu_ps(row + 2 * n + i), s2);
      s3 = _mm512_fmadd_ps(q, _mm512_loadu_ps(row + 3 * n + i), s3);
    }
    if (i < n) {
      const __mmask16 rest = first_lanes(n - i);
      const __m512 q = _mm512_maskz_loadu_ps(rest, query + i);
      s0 = _mm512_fmadd_ps(q, _mm512_maskz_loadu_ps(rest, row + i), s0);
      s1 = _mm512_fmadd_ps(q, _mm512_maskz_loadu_ps(rest, row + n + i), s1);
      s2 = _mm512_fmadd_ps(q, _mm512_maskz_loadu_ps(rest, row + 2 * n + i), s2);
      s3 = _mm512_fmadd_ps(q, _mm512_maskz_loadu_ps(rest, row + 3 * n + i), s3);
    }
    _mm_storeu_ps(out + r, sums_of(halves(s0), halves(s1), halves(s2), halves(s3)));
  }
  for (; r < count; ++r) out[r] = dot_avx512(query, rows + r * n, n);
}

// dpbusd wants one side unsigned: flipping the top bit adds 128 to every byte of the row, and the
// surplus, 128 times the sum of the query, is the same for all rows.
AISLE_VNNI void dot_blocks_vnni(const std::int8_t* query, const Int8Blocks& rows, float* out) {
  std::int32_t surplus = 0;
  for (std::size_t i = 0; i < 4 * rows.quads; ++i) surplus -= 128 * query[i];
  const __m512i start = _mm512_set1_epi32(surplus);
  const __m512i flip = _mm512_set1_epi8(-128);
  const std::int8_t* at = rows.data;
  for (std::size_t block = 0; block < rows.blocks; ++block) {
    __m512i even = start;
    __m512i odd = _mm512_setzero_si512();
    std::size_t c = 0;
    for (; c + 2 <= rows.quads; c += 2, at += 128) {
      even = _mm512_dpbusd_epi32(even, _mm512_xor_si512(_mm512_loadu_si512(at), flip),
                                 _mm512_set1_epi32(quad_at(query, c)));
      odd = _mm512_dpbusd_epi32(odd, _mm512_xor_si512(_mm512_loadu_si512(at + 64), flip),
                                _mm512_set1_epi32(quad_at(query, c + 1)));
    }
    if (c < rows.quads) {
      even = _mm512_dpbusd_epi32(even, _mm512_xor_si512(_mm512_loadu_si512(at), flip),
                                 _mm512_set1_epi32(quad_at(query, c)));
      at += 64;
    }
    const __m512 sums = _mm512_cvtepi32_ps(_mm512_add_epi32(even, odd));
    _mm512_storeu_ps(out + block * kRows,
                     _mm512_mul_ps(sums, _mm512_loadu_ps(rows.scales + block * kRows)));
  }
}

bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
}

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0;
}

bool has_vnni() { return has_avx512() && __builtin_cpu_supports("avx512vnni") != 0; }

constexpr Table kTables[] = {
    {"avx2", &has_avx2, &dot_avx2, &dot_rows_avx2, &dot_int8_avx2, &dot_blocks_avx2, &lanes_in_avx2,
     &places_above_avx2},
    {"avx512", &has_avx512, &dot_avx512, &dot_rows_avx512, &dot_int8_avx2, &dot_blocks_avx2,
     &lanes_in_avx512, &places_above_avx512},
    {"avx512_vnni", &has_vnni, &dot_avx512, &dot_rows_avx512, &dot_int8_avx2, &dot_blocks_vnni,
     &lanes_in_avx512, &places_above_avx512},
};

}  // namespace

std::span<const Table> wide_tables() noexcept { return kTables; }

}  // namespace aisle::kernels

#else

namespace aisle::kernels {

std::span<const Table> wide_tables() noexcept { return {}; }

}  // namespace aisle::kernels

#endif
