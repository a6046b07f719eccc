#include "aisle/features/row_table.h"

#include <algorithm>

namespace aisle::features {

void RowTable::grow(Shard& shard) const {
  constexpr std::size_t kFirst = 8;
  Shard bigger;
  bigger.keys.assign(std::max(kFirst, shard.keys.size() * 2), 0);
  bigger.rows.assign(bigger.keys.size() * words_, 0);
  for (std::size_t slot = 0; slot < shard.keys.size(); ++slot) {
    if (shard.keys[slot] == 0) continue;
    const std::size_t to = bigger.slot(shard.keys[slot]);
    bigger.keys[to] = shard.keys[slot];
    std::copy_n(shard.rows.data() + slot * words_, words_, bigger.rows.data() + to * words_);
  }
  shard.keys.swap(bigger.keys);
  shard.rows.swap(bigger.rows);
}

std::size_t RowTable::memory_bytes() const {
  std::size_t bytes = shards_.size() * sizeof(Shard);
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    bytes += shard.keys.size() * sizeof(Key) + shard.rows.size() * sizeof(Word);
  }
  return bytes;
}

}  // namespace aisle::features
