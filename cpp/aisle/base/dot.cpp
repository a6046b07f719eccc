#include "aisle/base/dot.h"

#include <atomic>
#include <cassert>
#include <cstdlib>

#include "aisle/base/dot_kernels.h"

namespace aisle {
namespace {

using kernels::Table;

float dot_float(const float* a, const float* b, std::size_t n) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// Four rows at a time: four sums that do not wait for one another.
void dot_rows_float(const float* query, const float* rows, std::size_t count, std::size_t n,
                    float* out) {
  std::size_t r = 0;
  for (; r + 4 <= count; r += 4) {
    const float* row = rows + r * n;
    float s0 = 0.0F;
    float s1 = 0.0F;
    float s2 = 0.0F;
    float s3 = 0.0F;
    for (std::size_t i = 0; i < n; ++i) {
      s0 += query[i] * row[i];
      s1 += query[i] * row[n + i];
      s2 += query[i] * row[2 * n + i];
      s3 += query[i] * row[3 * n + i];
    }
    out[r] = s0;
    out[r + 1] = s1;
    out[r + 2] = s2;
    out[r + 3] = s3;
  }
  for (; r < count; ++r) out[r] = dot_float(query, rows + r * n, n);
}

std::int32_t dot_int8(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += static_cast<std::int32_t>(a[i]) * b[i];
  return sum;
}

void dot_blocks_int8(const std::int8_t* query, const Int8Blocks& rows, float* out) {
  constexpr std::size_t kRows = Int8Blocks::kRows;
  const std::int8_t* at = rows.data;
  for (std::size_t block = 0; block < rows.blocks; ++block) {
    std::int32_t sums[kRows] = {};
    for (std::size_t c = 0; c < rows.quads; ++c) {
      for (std::size_t r = 0; r < kRows; ++r, at += 4) {
        sums[r] += dot_int8(query + 4 * c, at, 4);
      }
    }
    for (std::size_t r = 0; r < kRows; ++r) {
      out[block * kRows + r] = static_cast<float>(sums[r]) * rows.scales[block * kRows + r];
    }
  }
}

bool lanes_in_scalar(const std::uint32_t* ids, std::size_t blocks, const std::uint64_t* bitmap,
                     std::size_t words, std::uint16_t* lanes) {
  constexpr std::size_t kRows = Int8Blocks::kRows;
  std::uint32_t any = 0;
  for (std::size_t block = 0; block < blocks; ++block, ids += kRows) {
    std::uint32_t mask = 0;
    for (std::size_t r = 0; r < kRows; ++r) {
      const std::uint64_t word = ids[r] / 64 < words ? bitmap[ids[r] / 64] : 0;
      mask |= static_cast<std::uint32_t>(word >> ids[r] % 64 & 1U) << r;
    }
    lanes[block] = static_cast<std::uint16_t>(mask);
    any |= mask;
  }
  return any != 0;
}

std::size_t places_above_scalar(const float* scores, std::size_t n, float threshold,
                                std::uint32_t* places, const std::uint16_t* lanes) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const bool is_chosen = lanes == nullptr || (lanes[i / 16] >> i % 16 & 1) != 0;
    places[found] = static_cast<std::uint32_t>(i);
    found += scores[i] >= threshold && is_chosen ? 1U : 0U;
  }
  return found;
}

constexpr Table kBaseline{"baseline", [] { return true; }, &dot_float,       &dot_rows_float,
                          &dot_int8,  &dot_blocks_int8,    &lanes_in_scalar, &places_above_scalar};

const Table* table_of(std::string_view level) noexcept {
  if (level == kBaseline.level) return &kBaseline;
  for (const Table& table : kernels::wide_tables()) {
    if (table.level == level && table.runs_here()) return &table;
  }
  return nullptr;
}

const Table* first_choice() noexcept {
  const char* wanted = std::getenv("AISLE_SIMD");
  if (wanted != nullptr) {
    if (const Table* table = table_of(wanted)) return table;
  }
  const Table* best = &kBaseline;
  for (const Table& table : kernels::wide_tables()) {
    if (table.runs_here()) best = &table;
  }
  return best;
}

std::atomic<const Table*>& chosen() noexcept {
  static std::atomic<const Table*> table{first_choice()};
  return table;
}

const Table& active() noexcept { return *chosen().load(std::memory_order_relaxed); }

}  // namespace

float dot(std::span<const float> a, std::span<const float> b) noexcept {
  assert(a.size() == b.size());
  return active().dot(a.data(), b.data(), a.size());
}

void dot_rows(std::span<const float> query, const float* rows, std::span<float> out) noexcept {
  active().dot_rows(query.data(), rows, out.size(), query.size(), out.data());
}

std::int32_t dot(std::span<const std::int8_t> a, std::span<const std::int8_t> b) noexcept {
  assert(a.size() == b.size());
  return active().dot_int8(a.data(), b.data(), a.size());
}

void dot_blocks(std::span<const std::int8_t> query, const Int8Blocks& rows, float* out) noexcept {
  assert(query.size() == 4 * rows.quads);
  active().dot_blocks(query.data(), rows, out);
}

bool lanes_in(std::span<const std::uint32_t> ids, std::span<const std::uint64_t> bitmap,
              std::uint16_t* lanes) noexcept {
  assert(ids.size() % Int8Blocks::kRows == 0);
  return active().lanes_in(ids.data(), ids.size() / Int8Blocks::kRows, bitmap.data(), bitmap.size(),
                           lanes);
}

std::size_t places_above(std::span<const float> scores, float threshold, std::uint32_t* places,
                         const std::uint16_t* lanes) noexcept {
  return active().places_above(scores.data(), scores.size(), threshold, places, lanes);
}

std::string_view simd_level() noexcept { return active().level; }

std::vector<std::string_view> simd_levels() {
  std::vector<std::string_view> levels{kBaseline.level};
  for (const Table& table : kernels::wide_tables()) {
    if (table.runs_here()) levels.push_back(table.level);
  }
  return levels;
}

bool force_simd_level(std::string_view level) noexcept {
  const Table* table = table_of(level);
  if (table != nullptr) chosen().store(table, std::memory_order_relaxed);
  return table != nullptr;
}

}  // namespace aisle
