#pragma once

/// Where something of a key lies: keys and pointers side by side.
///
/// Data path   visitor table -> [row index] -> a visitor's node
/// Threads     whoever has it holds its shard's lock
/// Ownership   owns the places, not what they point to
/// Cost        a look-up waits for memory once, and prefetch() brings that on its way

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "aisle/features/row_table.h"

namespace aisle::features {

template <class Node>
class RowIndex {
 public:
  /// Null where there is none.
  [[nodiscard]] Node* find(Key key) const noexcept {
    return places_.empty() ? nullptr : places_[place_of(key)].node;
  }
  /// The key is new.
  void put(Key key, Node* node) {
    if ((size_ + 1) * 4 > places_.size() * 3) grow();
    places_[place_of(key)] = {key, node};
    ++size_;
  }
  /// The key is there. Those behind it move up: whoever looks for them stops at the first free place.
  void erase(Key key) noexcept {
    const std::size_t mask = places_.size() - 1;
    std::size_t free = place_of(key);
    for (std::size_t at = (free + 1) & mask; places_[at].node != nullptr; at = (at + 1) & mask) {
      const std::size_t first = static_cast<std::size_t>(places_[at].key) & mask;
      if (((at - first) & mask) < ((at - free) & mask)) continue;  // it would lie before its first
      places_[free] = places_[at];
      free = at;
    }
    places_[free] = {};
    --size_;
  }
  void prefetch(Key key) const noexcept {
    if (places_.empty()) return;
    __builtin_prefetch(&places_[static_cast<std::size_t>(key) & (places_.size() - 1)]);
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return places_.size() * sizeof(Place); }

 private:
  struct Place {
    Key key = 0;
    Node* node = nullptr;  // null: free
  };
  [[nodiscard]] std::size_t place_of(Key key) const noexcept {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = static_cast<std::size_t>(key) & mask;
    while (places_[at].node != nullptr && places_[at].key != key) at = (at + 1) & mask;
    return at;
  }
  void grow() {
    constexpr std::size_t kFirst = 8;
    const auto old =
        std::exchange(places_, std::vector<Place>(std::max(kFirst, places_.size() * 2)));
    for (const Place& place : old) {
      if (place.node != nullptr) places_[place_of(place.key)] = place;
    }
  }

  std::vector<Place> places_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace aisle::features
