#pragma once

/// Sets of labels, each distinct one kept once and known by a number: what items share of tags.
///
/// Data path   catalog (columns of labels) -> filters, expressions
/// Threads     labels() and size() take no lock and may run beside one another and beside insert();
///             insert() calls exclude each other by a mutex
/// Ownership   owns its sets, or keeps the block they were loaded from; spans live as long as this
/// Cost        labels() two loads; insert() one hash; 4 bytes a label and 28 a set. A set that no
///             item has any more stays until the catalogue is saved and read again

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "aisle/base/chunked.h"

namespace aisle::catalog {

class LabelSets {
 public:
  static constexpr std::size_t kMaxLabels = 1'024;  ///< Of one set.

  LabelSets() = default;

  /// Sets that lie one behind the other: set i is labels[offsets[i], offsets[i + 1]), ascending.
  /// Neither is copied; `keep` holds them. It grows from there as any other.
  /// @throws DataError if the offsets do not fit, or a set is not ascending or has a label at or
  /// beyond `label_count`.
  [[nodiscard]] static std::shared_ptr<LabelSets> from_blob(std::span<const std::uint32_t> labels,
                                                            std::span<const std::uint64_t> offsets,
                                                            std::size_t label_count,
                                                            std::shared_ptr<const void> keep);

  /// The number of the set of these labels, in any order and as often as they come.
  /// @throws DataError if they are more than kMaxLabels.
  std::uint32_t insert(std::span<const std::uint32_t> labels);

  /// The labels of set number `set`, ascending; empty also where there is no such set.
  [[nodiscard]] std::span<const std::uint32_t> labels(std::uint32_t set) const noexcept {
    const Set* const found = sets_.find(set);
    return found == nullptr ? Set() : *found;
  }
  [[nodiscard]] bool contains(std::uint32_t set, std::uint32_t label) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  using Set = std::span<const std::uint32_t>;

  void grow();
  [[nodiscard]] std::uint32_t& slot_of(Set labels) noexcept;
  Set keep(Set labels);

  Chunked<Set> sets_;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::size_t> label_bytes_{0};
  std::shared_ptr<const void> keep_;

  std::mutex writer_;                 // of all below
  std::vector<std::uint32_t> table_;  // set + 1 by its hash; 0: free. Made at the first insert()
  std::vector<std::uint32_t> sorted_;
  std::vector<std::unique_ptr<std::uint32_t[]>> blocks_;
  std::size_t left_ = 0;  // of the newest block
  std::uint32_t* at_ = nullptr;
};

}  // namespace aisle::catalog
