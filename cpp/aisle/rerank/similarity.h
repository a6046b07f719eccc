#pragma once

/// How like two places of a pool are, one against all: what MMR and the DPP are told of items.
///
/// Data path   score -> [rerank] -> slate
/// Threads     pure functions
/// Ownership   borrows for the call
/// Cost        one pass over the pool's rows or codes

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "aisle/base/dot.h"

namespace aisle::rerank {

inline constexpr std::uint32_t kNoValue = 0xffffffffU;  ///< A missing attribute: equal to nothing.

using Columns = std::span<const std::span<const std::uint32_t>>;

/// out[p] = the inner product of the rows of `place` and p.
inline void similar_by_vectors(const float* rows, std::size_t dim, std::size_t place,
                               std::span<float> out) noexcept {
  dot_rows({rows + place * dim, dim}, rows, out);
}

/// out[p] = the share of `columns` in which `place` and p have the same value.
inline void similar_by_attributes(Columns columns, std::size_t place,
                                  std::span<float> out) noexcept {
  const float share = columns.empty() ? 0.0F : 1.0F / static_cast<float>(columns.size());
  std::fill(out.begin(), out.end(), 0.0F);
  for (const auto column : columns) {
    const std::uint32_t value = column[place];
    if (value == kNoValue) continue;
    for (std::size_t other = 0; other < out.size(); ++other) {
      out[other] += column[other] == value ? share : 0.0F;
    }
  }
}

}  // namespace aisle::rerank
