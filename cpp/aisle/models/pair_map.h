#pragma once

/// A number for each pair of numbers: open addressing, no removal.
///
/// Data path   context tree
/// Threads     readers beside each other; a writer alone
/// Ownership   owns its cells
/// Cost        12 bytes a cell, at most seven of ten in use; a look-up is about one cache line

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "aisle/base/hash.h"

namespace aisle::models {

class PairMap {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  [[nodiscard]] std::uint32_t find(std::uint32_t a, std::uint32_t b) const noexcept {
    if (keys_.empty()) return kNone;
    const std::uint64_t key = key_of(a, b);
    std::size_t at = place(key);
    while (values_[at] != kNone && keys_[at] != key) at = (at + 1) & (keys_.size() - 1);
    return values_[at];
  }

  /// The pair must not be there; `value` is not kNone.
  void insert(std::uint32_t a, std::uint32_t b, std::uint32_t value) {
    if ((count_ + 1) * 10 > keys_.size() * 7) grow();
    put(key_of(a, b), value);
    ++count_;
  }

 private:
  static std::uint64_t key_of(std::uint32_t a, std::uint32_t b) noexcept {
    return (std::uint64_t{a} << 32U) | b;
  }
  [[nodiscard]] std::size_t place(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>(mix(key)) & (keys_.size() - 1);
  }
  void put(std::uint64_t key, std::uint32_t value) noexcept {
    std::size_t at = place(key);
    while (values_[at] != kNone) at = (at + 1) & (keys_.size() - 1);
    keys_[at] = key;
    values_[at] = value;
  }
  void grow() {
    const auto keys = std::move(keys_);
    const auto values = std::move(values_);
    const std::size_t capacity = keys.empty() ? 1024 : keys.size() * 2;
    keys_.assign(capacity, 0);
    values_.assign(capacity, kNone);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (values[i] != kNone) put(keys[i], values[i]);
    }
  }

  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> values_;
  std::size_t count_ = 0;
};

}  // namespace aisle::models
