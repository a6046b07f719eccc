#include "aisle/vectors/vector_delta.h"

#include <algorithm>
#include <bit>

#include "aisle/base/hash.h"

namespace aisle::vectors {

VectorDelta::VectorDelta(std::size_t dim, std::size_t capacity)
    : dim_(dim),
      capacity_(capacity),
      mask_(std::bit_ceil(2 * capacity + 1) - 1),
      values_(std::make_unique_for_overwrite<float[]>(dim * capacity)),
      items_(std::make_unique_for_overwrite<ItemId[]>(capacity)),
      previous_(std::make_unique_for_overwrite<std::uint32_t[]>(capacity)),
      slots_(std::make_unique<Slot[]>(mask_ + 1)) {}

// The slot of the item, or the free one where it would go.
std::size_t VectorDelta::slot_of(ItemId item) const noexcept {
  std::size_t at = mix(value_of(item)) & mask_;
  for (;; at = (at + 1) & mask_) {
    const ItemId found = slots_[at].item.load(std::memory_order_acquire);
    if (found == item || found == kNoItem) return at;
  }
}

// The row first, then the way to it, then the size that makes it visible. A reader that finds the
// new `latest` before its size was raised walks back through previous_ to the row it may see.
bool VectorDelta::append(ItemId item, std::span<const float> vector) {
  const std::size_t row = size_.load(std::memory_order_relaxed);
  if (row == capacity_) return false;
  std::copy(vector.begin(), vector.end(), values_.get() + row * dim_);
  items_[row] = item;
  Slot& slot = slots_[slot_of(item)];
  previous_[row] = slot.latest.load(std::memory_order_relaxed);
  slot.latest.store(static_cast<std::uint32_t>(row), std::memory_order_release);
  slot.item.store(item, std::memory_order_release);
  size_.store(row + 1, std::memory_order_release);
  return true;
}

std::uint32_t VectorDelta::newest(ItemId item, std::size_t visible) const noexcept {
  const Slot& slot = slots_[slot_of(item)];
  if (slot.item.load(std::memory_order_acquire) != item) return kNone;
  std::uint32_t row = slot.latest.load(std::memory_order_acquire);
  while (row != kNone && row >= visible) row = previous_[row];
  return row;
}

}  // namespace aisle::vectors
