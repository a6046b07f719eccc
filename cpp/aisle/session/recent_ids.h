#pragma once

/// The last event ids, to tell a retried event from a new one.
///
/// Data path   observe -> [recent ids] -> session
/// Threads     add() may be called by any number of threads; each holds the lock of one shard
/// Ownership   owns hashes only: 24 bytes an id, a fixed number of them
/// Cost        one cache line
///
/// Ids are known by 64 bits of hash: two different ids of a window of a million meet by chance
/// about once in 30 million events, and then one event is lost as a "duplicate".

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "aisle/base/hash.h"

namespace aisle::session {

class RecentIds {
 public:
  /// Remembers the id; false when it was among the last ones already.
  bool add(std::string_view id) {
    const std::uint64_t hash = hash_bytes(id, 0x1d5) | 1U;  // 0 marks an empty place
    Shard& shard = shards_[hash >> 60U];
    const std::scoped_lock lock(shard.mutex);
    if (shard.ring.empty()) {
      shard.ring.assign(kWindow, 0);
      shard.table.assign(2 * kWindow, 0);
    }
    if (shard.table[shard.locate(hash)] == hash) return false;
    if (shard.ring[shard.next] != 0) shard.erase(shard.ring[shard.next]);
    shard.ring[shard.next] = hash;
    shard.next = (shard.next + 1) % kWindow;
    shard.table[shard.locate(hash)] = hash;
    return true;
  }

  /// Forgets an id that was added a moment ago: its event was refused and may come again.
  void take_back(std::string_view id) {
    const std::uint64_t hash = hash_bytes(id, 0x1d5) | 1U;
    Shard& shard = shards_[hash >> 60U];
    const std::scoped_lock lock(shard.mutex);
    if (shard.ring.empty() || shard.table[shard.locate(hash)] != hash) return;
    std::size_t place = shard.next;
    do {  // the newest is next to it, unless others were added meanwhile
      place = (place + kWindow - 1) % kWindow;
    } while (shard.ring[place] != hash);
    shard.ring[place] = 0;
    shard.erase(hash);
  }

 private:
  static constexpr std::size_t kWindow = std::size_t{1} << 15U;  // a shard; 16 shards
  struct Shard {
    std::mutex mutex;
    std::vector<std::uint64_t> ring;
    std::vector<std::uint64_t> table;
    std::size_t next = 0;

    [[nodiscard]] std::size_t locate(std::uint64_t hash) const noexcept {
      std::size_t at = hash & (table.size() - 1);
      while (table[at] != 0 && table[at] != hash) at = (at + 1) & (table.size() - 1);
      return at;
    }
    void erase(std::uint64_t hash) noexcept {
      const std::size_t mask = table.size() - 1;
      std::size_t hole = locate(hash);
      for (std::size_t next_at = (hole + 1) & mask; table[next_at] != 0;
           next_at = (next_at + 1) & mask) {
        const std::size_t wanted = table[next_at] & mask;
        if (((next_at - wanted) & mask) >= ((next_at - hole) & mask)) {
          table[hole] = table[next_at];
          hole = next_at;
        }
      }
      table[hole] = 0;
    }
  };
  std::array<Shard, 16> shards_;
};

}  // namespace aisle::session
