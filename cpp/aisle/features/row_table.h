#pragma once

/// Rows of counters by a key: those of items, and those of a column's values.
///
/// Data path   observe -> [row table] -> read
/// Threads     every method may run beside every other; each holds the lock of one shard, for one row
/// Ownership   owns its rows; a row is borrowed under the lock
/// Cost        two or three waits for memory; a shard that is full is copied into one of twice the
///             size

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "aisle/features/cells.h"

namespace aisle::features {

/// A well mixed hash; 0 is none.
using Key = std::uint64_t;

class RowTable {
 public:
  /// Rows of so many words.
  explicit RowTable(std::size_t words) : words_(words), nothing_(words, 0), shards_(kShards) {}

  /// Calls use(row) with the key's row, made of zeros where it is not there yet.
  template <class Use>
  void change(Key key, const Use& use) {
    Shard& shard = shards_[shard_of(key)];
    const std::scoped_lock lock(shard.mutex);
    if ((shard.size + 1) * 4 > shard.keys.size() * 3) grow(shard);
    const std::size_t slot = shard.slot(key);
    if (shard.keys[slot] == 0) {
      shard.keys[slot] = key;
      ++shard.size;
    }
    use(shard.rows.data() + slot * words_);
  }
  /// Calls use(row) with the key's row, or with zeros where it is not there.
  template <class Use>
  void read(Key key, const Use& use) const {
    const Shard& shard = shards_[shard_of(key)];
    const std::scoped_lock lock(shard.mutex);
    const bool may_be_there = key != 0 && !shard.keys.empty();
    const std::size_t slot = may_be_there ? shard.slot(key) : 0;
    const bool is_there = may_be_there && shard.keys[slot] == key;
    use(is_there ? shard.rows.data() + slot * words_ : nothing_.data());
  }

  /// Bring on its way what read() waits for: first where the row is, then the row.
  void prefetch_slot(Key key) const noexcept {
    const Shard& shard = shards_[shard_of(key)];
    const std::scoped_lock lock(shard.mutex);
    if (!shard.keys.empty()) __builtin_prefetch(&shard.keys[key & (shard.keys.size() - 1)]);
  }
  void prefetch_row(Key key) const noexcept {
    const Shard& shard = shards_[shard_of(key)];
    const std::scoped_lock lock(shard.mutex);
    if (shard.keys.empty()) return;
    const Word* const row = shard.rows.data() + shard.slot(key) * words_;
    for (std::size_t word = 0; word < words_; word += kLine) __builtin_prefetch(row + word);
  }

  [[nodiscard]] std::size_t words() const noexcept { return words_; }
  [[nodiscard]] std::size_t memory_bytes() const;
  /// Calls use(key, row) for each row, a shard at a time under its lock.
  template <class Use>
  void for_each(const Use& use) const {
    for (const Shard& shard : shards_) {
      const std::scoped_lock lock(shard.mutex);
      for (std::size_t slot = 0; slot < shard.keys.size(); ++slot) {
        if (shard.keys[slot] != 0) use(shard.keys[slot], shard.rows.data() + slot * words_);
      }
    }
  }

 private:
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kLine = 8;  // words that memory brings at once
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::vector<Key>
        keys;  // a power of two of slots, 0 where one is free; the next free one is near
    std::vector<Word> rows;
    std::size_t size = 0;
    [[nodiscard]] std::size_t slot(Key key) const noexcept {
      const std::size_t mask = keys.size() - 1;
      std::size_t at = static_cast<std::size_t>(key) & mask;
      while (keys[at] != 0 && keys[at] != key) at = (at + 1) & mask;
      return at;
    }
  };
  static constexpr std::size_t shard_of(Key key) noexcept { return key >> 58U; }
  void grow(Shard& shard) const;

  std::size_t words_;
  std::vector<Word> nothing_;
  std::vector<Shard> shards_;
};

}  // namespace aisle::features
