#pragma once

/// Rings for the events that no longer fit into the visitor's cache lines.
///
/// Data path   session, inside the store only
/// Threads     none of its own: the shard's lock guards it
/// Ownership   lends rings; their memory is the store's, in pieces
/// Cost        a few ns; rings of three sizes, reused through free lists

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "aisle/session/pieces.h"
#include "aisle/session/record.h"

namespace aisle::session {

class RingPool {
 public:
  static constexpr std::size_t kClasses = 4;

  /// Class 0 is no ring. With the newest five, the others make room for 10, 20 and `max_events`;
  /// the last must hold all but the event that sent the others into it.
  RingPool(PiecePool& pieces, std::size_t max_events)
      : pieces_(pieces),
        capacity_{0, std::min<std::size_t>(5, max_events - 1),
                  std::min<std::size_t>(15, max_events - 1), max_events - 1} {}

  [[nodiscard]] std::size_t capacity(std::size_t size_class) const noexcept {
    return capacity_[size_class];
  }
  /// The smallest class that has room for so many events.
  [[nodiscard]] std::size_t class_for(std::size_t events) const noexcept {
    std::size_t size_class = 0;
    while (capacity_[size_class] < events) ++size_class;
    return size_class;
  }
  [[nodiscard]] PackedEvent* take(std::size_t size_class) {
    if (size_class == 0) return nullptr;
    auto& free = free_[size_class];
    if (free.empty()) cut(size_class);
    PackedEvent* const ring = free.back();
    free.pop_back();
    bytes_ += capacity_[size_class] * sizeof(PackedEvent);
    return ring;
  }
  /// Wiped, so that nothing of a visitor stays behind when the ring grows or is forgotten.
  void give_back(PackedEvent* ring, std::size_t size_class) {
    if (size_class == 0) return;
    std::fill_n(ring, capacity_[size_class], PackedEvent{});
    free_[size_class].push_back(ring);
    bytes_ -= capacity_[size_class] * sizeof(PackedEvent);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  void cut(std::size_t size_class) {
    const std::size_t each = capacity_[size_class];
    const std::size_t rings = PiecePool::kPiece / sizeof(PackedEvent) / each;
    auto* const first = static_cast<PackedEvent*>(pieces_.take());
    std::uninitialized_fill_n(first, rings * each, PackedEvent{});
    for (std::size_t i = rings; i-- > 0;) free_[size_class].push_back(first + i * each);
  }

  PiecePool& pieces_;
  std::array<std::size_t, kClasses> capacity_;
  std::array<std::vector<PackedEvent*>, kClasses> free_;
  std::size_t bytes_ = 0;
};

}  // namespace aisle::session
