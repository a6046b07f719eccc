#pragma once

/// The walk of a block of candidates through all trees; private to score.
///
/// Data path   score/trees.cpp
/// Threads     pure functions of their arguments
/// Ownership   none
/// Cost        see trees.h
///
/// Buffers hold runs of TreeEnsemble::kBlock bytes: in `codes` one for each plane, in `slots` first
/// one for each leaf, filled with its number, then one for each split of a tree.

#include <cstddef>
#include <cstdint>

#include "aisle/score/trees.h"

namespace aisle::score {

/// Numbers of a plane's cuts: the last of each sixteen, then all 256.
inline constexpr std::size_t kPivots = 16;
inline constexpr std::size_t kCuts = 256;

/// The codes of `rows` values of one feature, `columns` apart.
void code_plain(const float* cuts, const float* values, std::size_t columns, std::size_t rows,
                std::uint8_t* codes);

struct WalkTable {
  /// As code_plain().
  void (*code)(const float* cuts, const float* values, std::size_t columns, std::size_t rows,
               std::uint8_t* codes);
  /// Adds each candidate's leaves to `sums`, which holds kBlock numbers; `rows` is at most that.
  void (*walk)(const TreeEnsemble::View& trees, const std::uint8_t* codes, std::uint8_t* slots,
               std::size_t rows, std::int32_t* sums);
};

/// The widest that simd_level() allows.
[[nodiscard]] const WalkTable& walk_table() noexcept;

}  // namespace aisle::score
