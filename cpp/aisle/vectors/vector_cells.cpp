#include "aisle/vectors/vector_cells.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace aisle::vectors {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();
constexpr float kLowest = std::numeric_limits<float>::lowest();
constexpr float kBands = 16.0F;  // between the highest bound and 0

// Sixteen maxima side by side: one would wait for itself.
float largest(std::span<const float> values) noexcept {
  std::array<float, 16> top;
  top.fill(kNothing);
  std::size_t i = 0;
  for (; i + top.size() <= values.size(); i += top.size()) {
    for (std::size_t j = 0; j < top.size(); ++j) top[j] = std::max(top[j], values[i + j]);
  }
  for (; i < values.size(); ++i) top[0] = std::max(top[0], values[i]);
  return *std::max_element(top.begin(), top.end());
}

}  // namespace

void VectorCells::append(std::span<const float> rows) {
  const std::size_t count = rows.size() / dim_;
  means_.resize(means_.size() + dim_, 0.0F);
  const std::span mean = std::span(means_).last(dim_);
  float squares = 0.0F;
  for (std::size_t r = 0; r < count; ++r) {
    const auto row = rows.subspan(r * dim_, dim_);
    for (std::size_t i = 0; i < dim_; ++i) mean[i] += row[i];
    squares += dot(row, row);
  }
  if (count == 0) {
    spread_.push_back(kNothing);
    return;
  }
  for (float& value : mean) value /= static_cast<float>(count);
  const float apart = squares / static_cast<float>(count) - dot(mean, mean);
  spread_.push_back(std::sqrt(std::max(apart, 0.0F) / static_cast<float>(dim_)));
}

void VectorCells::seal() {
  std::vector<ItemId> numbers(spread_.size());
  for (std::uint32_t list = 0; list < numbers.size(); ++list) numbers[list] = ItemId{list};
  bytes_.append_list(numbers, means_.data());
  means_ = {};
}

void VectorCells::bound(const VectorQuery& query, float reach, VectorWorkspace& work) const {
  bytes_.score(0, work.bytes, work.bounds);
  work.bounds.resize(spread_.size());
  const float length = std::sqrt(dot(query.vector, query.vector));
  const float width = reach * length * work.byte_factor;
  for (std::size_t list = 0; list < spread_.size(); ++list) {
    work.bounds[list] += width * spread_[list];
  }
  work.band = largest(work.bounds);
  work.band_step = work.band > 0.0F ? work.band / kBands : 0.0F;
}

std::span<std::uint32_t> VectorCells::next_band(VectorWorkspace& work) {
  if (work.cells.size() < work.bounds.size()) work.cells.resize(work.bounds.size());
  std::size_t count = 0;
  while (count == 0 && work.band > kLowest && work.band >= work.shortlist.threshold()) {
    work.band = work.band > 1.5F * work.band_step ? work.band - work.band_step : kLowest;
    const float least = std::max(work.band, work.shortlist.threshold());
    count = places_above(work.bounds, least, work.cells.data());
  }
  for (std::size_t i = 0; i < count; ++i) work.bounds[work.cells[i]] = kNothing;
  return std::span(work.cells).first(count);
}

}  // namespace aisle::vectors
