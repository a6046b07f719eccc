#pragma once

/// Inner products and what picks the best of them, with the widest instructions there are.
///
/// Data path   retrieve, rerank
/// Threads     pure functions
/// Ownership   borrows for the call
/// Cost        one pass; the choice (baseline, AVX2, AVX-512, VNNI) is made once, at first use

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aisle {

/// a . b in float; both have the same length.
[[nodiscard]] float dot(std::span<const float> a, std::span<const float> b) noexcept;

/// out[r] = query . row r, for out.size() rows that lie one behind the other. The same row gives
/// the same bits wherever it stands, and the same bits as dot().
void dot_rows(std::span<const float> query, const float* rows, std::span<float> out) noexcept;

/// a . b of bytes, summed in 32 bits; both have the same length.
[[nodiscard]] std::int32_t dot(std::span<const std::int8_t> a,
                               std::span<const std::int8_t> b) noexcept;

/// Rows of bytes in blocks of sixteen, four dimensions of each side by side, so that one register
/// holds sixteen sums and nothing is added across lanes:
///   block b, quad c, row r, j   at   ((b * quads + c) * 16 + r) * 4 + j
struct Int8Blocks {
  static constexpr std::size_t kRows = 16;
  const std::int8_t* data;  ///< values within [-127, 127]; places behind the last dimension are 0
  const float* scales;      ///< one a row: what its bytes are multiplied by
  std::size_t blocks;
  std::size_t quads;  ///< ceil(dim / 4)
};

/// out[r] = scale[r] * (query . row r), for all 16 * rows.blocks rows; query has 4 * quads bytes.
void dot_blocks(std::span<const std::int8_t> query, const Int8Blocks& rows, float* out) noexcept;

/// Bit r of lanes[b] says whether the bitmap has the number ids[16 * b + r]; ids.size() is a
/// multiple of sixteen. Numbers behind the last word are not in it. Returns whether any is.
bool lanes_in(std::span<const std::uint32_t> ids, std::span<const std::uint64_t> bitmap,
              std::uint16_t* lanes) noexcept;

/// Writes the places of all scores >= `threshold` to `places` (room for scores.size()), in order;
/// returns how many. With `lanes`, only of those whose bit is set, as lanes_in() writes them.
[[nodiscard]] std::size_t places_above(std::span<const float> scores, float threshold,
                                       std::uint32_t* places,
                                       const std::uint16_t* lanes = nullptr) noexcept;

/// What the functions above run on: "baseline", "avx2", "avx512" or "avx512_vnni".
[[nodiscard]] std::string_view simd_level() noexcept;

/// What this processor could run, widest last. AISLE_SIMD=<level> starts the process with less.
[[nodiscard]] std::vector<std::string_view> simd_levels();

/// Changes the level, for tests; false (and no change) if this processor has no such level.
bool force_simd_level(std::string_view level) noexcept;

}  // namespace aisle
