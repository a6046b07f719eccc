#pragma once

/// Which items changed last: a count that only grows, and a ring of the newest changes.
///
/// Data path   catalog (columns) -> [changes] -> whoever keeps something that was made of cells
/// Threads     one writer; readers take no lock and find out when a change was overwritten
/// Ownership   owns its ring
/// Cost        add() two stores; item() one load

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "aisle/base/ids.h"

namespace aisle::catalog {

/// A reader that made something of the cells when count() was n brings it up to date by looking
/// again at item(n), item(n + 1), ... up to the count() of now. It reads the count before the
/// cells, both when it makes the thing and when it repairs it, so a change beside it is seen at
/// the latest the next time. Where item() is nothing it came too late and makes the thing again.
class Changes {
 public:
  static constexpr std::size_t kKept = 1'024;

  [[nodiscard]] std::uint64_t count() const noexcept {
    return count_.load(std::memory_order_acquire);
  }
  /// The item of change number `change`, or nothing where that is not among the last kKept.
  [[nodiscard]] std::optional<ItemId> item(std::uint64_t change) const noexcept {
    const std::uint64_t slot = ring_[change % kKept].load(std::memory_order_acquire);
    const std::uint64_t now = count();
    const bool is_kept = change < now && now - change <= kKept && slot >> 32U == (change & kLap);
    return is_kept ? std::optional(ItemId{static_cast<std::uint32_t>(slot)}) : std::nullopt;
  }

  /// After the cell was written: who sees the change sees the cell.
  void add(ItemId item) noexcept {
    const std::uint64_t change = count_.load(std::memory_order_relaxed);
    ring_[change % kKept].store((change & kLap) << 32U | value_of(item), std::memory_order_release);
    count_.store(change + 1, std::memory_order_release);
  }

 private:
  static constexpr std::uint64_t kLap = 0xffffffffU;  // of a change's number, beside its item

  std::array<std::atomic<std::uint64_t>, kKept> ring_{};
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace aisle::catalog
