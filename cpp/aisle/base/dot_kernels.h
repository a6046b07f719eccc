#pragma once

/// The kernels behind dot.h, one table a level; private to base.
///
/// Data path   base/dot.cpp
/// Threads     constants
/// Ownership   static storage
/// Cost        one indirect call per function of dot.h

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "aisle/base/dot.h"

namespace aisle::kernels {

struct Table {
  std::string_view level;
  bool (*runs_here)();
  float (*dot)(const float* a, const float* b, std::size_t n);
  void (*dot_rows)(const float* query, const float* rows, std::size_t count, std::size_t n,
                   float* out);
  std::int32_t (*dot_int8)(const std::int8_t* a, const std::int8_t* b, std::size_t n);
  void (*dot_blocks)(const std::int8_t* query, const Int8Blocks& rows, float* out);
  bool (*lanes_in)(const std::uint32_t* ids, std::size_t blocks, const std::uint64_t* bitmap,
                   std::size_t words, std::uint16_t* lanes);
  std::size_t (*places_above)(const float* scores, std::size_t n, float threshold,
                              std::uint32_t* places, const std::uint16_t* lanes);
};

/// The levels of this architecture above the baseline, narrowest first.
[[nodiscard]] std::span<const Table> wide_tables() noexcept;

}  // namespace aisle::kernels
