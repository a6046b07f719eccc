#pragma once

/// The vectors that came after the index was built: a short list, scanned exactly.
///
/// Data path   [retrieve] beside VectorBackend, until VectorIndex folds it in
/// Threads     one append() at a time; const methods may run beside it and beside one another. A
///             row is published by one release store after it is whole, and never changes again:
///             a search sees the rows below the size it read at its start, and no others.
/// Ownership   owns its rows; its memory is fixed at construction
/// Cost        append() O(dim); newest() about one cache line

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "aisle/base/ids.h"

namespace aisle::vectors {

class VectorDelta {
 public:
  static constexpr std::uint32_t kNone = 0xffffffffU;

  VectorDelta(std::size_t dim, std::size_t capacity);

  /// False when full.
  bool append(ItemId item, std::span<const float> vector);

  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] ItemId item(std::size_t row) const noexcept { return items_[row]; }
  [[nodiscard]] const float* rows() const noexcept { return values_.get(); }
  [[nodiscard]] const float* row(std::size_t row) const noexcept {
    return values_.get() + row * dim_;
  }

  /// The newest row of `item` among the first `visible` rows, or kNone.
  [[nodiscard]] std::uint32_t newest(ItemId item, std::size_t visible) const noexcept;

 private:
  struct Slot {
    std::atomic<ItemId> item{kNoItem};
    std::atomic<std::uint32_t> latest{kNone};
  };
  [[nodiscard]] std::size_t slot_of(ItemId item) const noexcept;

  std::size_t dim_;
  std::size_t capacity_;
  std::size_t mask_;  // slots - 1: at least twice the capacity, so a probe ends soon
  std::unique_ptr<float[]> values_;
  std::unique_ptr<ItemId[]> items_;
  std::unique_ptr<std::uint32_t[]> previous_;  // the row that this one replaced
  std::unique_ptr<Slot[]> slots_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace aisle::vectors
