#include "aisle/vectors/vector_bytes.h"

#include <algorithm>
#include <cmath>

namespace aisle::vectors {
namespace {

constexpr std::size_t kRows = Int8Blocks::kRows;
constexpr std::size_t kLine = 64;     // bytes the processor fetches at once
constexpr std::size_t kAhead = 1024;  // bytes of a list fetched before its turn; the processor
                                      // then sees where it goes
static_assert(kTile % kRows == 0);

// What makes the largest of `values` 127; 0 for a vector of zeros.
float byte_factor(std::span<const float> values) noexcept {
  float largest = 0.0F;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest > 0.0F ? 127.0F / largest : 0.0F;
}

std::int8_t to_byte(float value, float factor) noexcept {
  const float scaled = value * factor;
  return static_cast<std::int8_t>(scaled + (scaled < 0.0F ? -0.5F : 0.5F));
}

}  // namespace

void VectorBytes::append_list(std::span<const ItemId> ids, const float* rows) {
  const List list{.first = ids_.size(), .count = ids.size()};
  const std::size_t padded = list.first + (ids.size() + kRows - 1) / kRows * kRows;
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  ids_.resize(padded, kNoItem);
  scales_.resize(padded, 0.0F);
  bytes_.resize(padded * quads_ * 4, 0);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::span<const float> row(rows + i * dim_, dim_);
    const float factor = byte_factor(row);
    const std::size_t r = list.first + i;
    scales_[r] = factor > 0.0F ? 1.0F / factor : 0.0F;
    for (std::size_t j = 0; j < dim_; ++j) {
      bytes_[((r / kRows * quads_ + j / 4) * kRows + r % kRows) * 4 + j % 4] =
          to_byte(row[j], factor);
    }
  }
  lists_.push_back(list);
}

void VectorBytes::prepare(const VectorQuery& query, std::size_t spare,
                          VectorWorkspace& work) const {
  work.bytes.assign(4 * quads_, 0);
  work.byte_factor = byte_factor(query.vector);
  for (std::size_t i = 0; i < dim_; ++i) {
    work.bytes[i] = to_byte(query.vector[i], work.byte_factor);
  }
  work.shortlist.reset(std::min(ids_.size(), 2 * query.k + spare));
}

Int8Blocks VectorBytes::blocks(std::size_t first, std::size_t count) const noexcept {
  return {.data = bytes_.data() + first * quads_ * 4,
          .scales = scales_.data() + first,
          .blocks = (count + kRows - 1) / kRows,
          .quads = quads_};
}

bool VectorBytes::admit(std::size_t list, const Bitmap& allowed,
                        std::uint16_t* lanes) const noexcept {
  const auto* const ids = reinterpret_cast<const std::uint32_t*>(ids_.data() + lists_[list].first);
  return lanes_in({ids, block_count(list) * kRows}, allowed.words(), lanes);
}

void VectorBytes::scan(std::size_t list, const VectorQuery& query, const std::uint16_t* lanes,
                       VectorWorkspace& work) const {
  for (std::size_t done = 0; done < lists_[list].count; done += kTile) {
    const std::size_t first = lists_[list].first + done;
    const std::size_t count = std::min(kTile, lists_[list].count - done);
    dot_blocks(work.bytes, blocks(first, count), work.scores.data());
    const std::size_t hits =
        places_above({work.scores.data(), count}, work.shortlist.threshold(), work.places.data(),
                     lanes == nullptr ? nullptr : lanes + done / kRows);
    for (std::size_t i = 0; i < hits; ++i) {
      const float score = work.scores[work.places[i]];
      const ItemId item = ids_[first + work.places[i]];
      if (score >= work.shortlist.threshold() && !query.is_replaced(item)) {
        work.shortlist.push({item, score});
      }
    }
  }
}

void VectorBytes::score(std::size_t list, std::span<const std::int8_t> query,
                        std::vector<float>& out) const {
  const Int8Blocks rows = blocks(lists_[list].first, lists_[list].count);
  out.resize(rows.blocks * kRows);
  dot_blocks(query, rows, out.data());
}

void VectorBytes::prefetch(std::size_t list) const noexcept {
  const auto [first, count] = lists_[list];
  const std::int8_t* const begin = bytes_.data() + first * quads_ * 4;
  const std::size_t bytes = std::min<std::size_t>(count * quads_ * 4, kAhead);
  for (std::size_t i = 0; i < bytes; i += kLine) __builtin_prefetch(begin + i);
  for (std::size_t i = 0; i < count; i += kLine / sizeof(float)) {
    __builtin_prefetch(scales_.data() + first + i);
  }
}

void VectorBytes::prefetch_ids(std::size_t list) const noexcept {
  const auto [first, count] = lists_[list];
  for (std::size_t i = 0; i < count; i += kLine / sizeof(ItemId)) {
    __builtin_prefetch(ids_.data() + first + i);
  }
}

}  // namespace aisle::vectors
