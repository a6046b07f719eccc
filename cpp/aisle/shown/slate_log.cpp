#include "aisle/shown/slate_log.h"

#include <algorithm>
#include <utility>

namespace aisle::shown {

SlateLog::SlateLog(std::size_t slates)
    : capacity_((slates + kShards - 1) / kShards), shards_(std::make_unique<Shard[]>(kShards)) {
  for (std::size_t i = 0; i < kShards; ++i) shards_[i].heads.assign(capacity_, 0);
}

SlateLog::Kept* SlateLog::Shard::find(std::uint64_t number, std::size_t capacity) {
  if (number < kShards) return nullptr;
  const std::size_t at = static_cast<std::size_t>(number / kShards - 1) % capacity;
  return at < ring.size() && ring[at].record.number == number ? &ring[at] : nullptr;
}

std::uint64_t SlateLog::next_number(std::uint64_t visitor) noexcept {
  const std::uint64_t shard =
      (visitor != 0 ? visitor : nobody_.fetch_add(1, std::memory_order_relaxed)) % kShards;
  return (shards_[shard].count.fetch_add(1, std::memory_order_relaxed) + 1) * kShards + shard;
}

void SlateLog::add(Record& record) {
  if (capacity_ == 0) return;
  Shard& shard = shard_of(record.number);
  const std::scoped_lock lock(shard.mutex);
  const auto at = static_cast<std::size_t>(record.number / kShards - 1) % capacity_;
  if (at >= shard.ring.size()) {
    // Doubling leaves nothing behind that a small shop would never use.
    if (at >= shard.ring.capacity())
      shard.ring.reserve(std::min(capacity_, std::max<std::size_t>(2 * at, 64)));
    shard.ring.resize(at + 1);
  }
  Kept& kept = shard.ring[at];
  if (kept.record.number > record.number) return;  // a whole round came between
  std::swap(kept.record, record);
  std::uint64_t& head = shard.heads[bucket_of(kept.record.visitor)];
  kept.before = kept.record.visitor == 0 ? 0 : std::exchange(head, kept.record.number);
}

/// The visitor's records, newest first, until visit() says no.
template <class Visit>
void SlateLog::for_each_of(Shard& shard, std::uint64_t visitor, const Visit& visit) const {
  if (capacity_ == 0 || visitor == 0) return;
  std::uint64_t number = shard.heads[bucket_of(visitor)];
  while (Kept* const kept = shard.find(number, capacity_)) {
    if (kept->record.visitor == visitor && !visit(kept->record)) return;
    if (kept->before >= number) return;  // written out of turn: no way further back
    number = kept->before;
  }
}

void SlateLog::recent(std::uint64_t visitor, Timestamp since, std::uint32_t generation,
                      std::vector<Showing>& out) const {
  out.clear();
  if (visitor == 0) return;
  Shard& shard = shard_of(visitor);
  const std::scoped_lock lock(shard.mutex);
  std::size_t left = kMostSlates;
  for_each_of(shard, visitor, [&](const Record& record) {
    if (record.time < since) return false;
    if (record.generation == generation) {
      for (const Place& place : record.places) out.push_back({place.item, record.time});
    }
    return --left > 0;
  });
}

bool SlateLog::was_shown(std::uint64_t visitor, ItemId item, std::uint32_t generation) const {
  if (capacity_ == 0 || visitor == 0) return false;
  Shard& shard = shard_of(visitor);
  const std::scoped_lock lock(shard.mutex);
  std::size_t left = kMostSlates;
  bool is_found = false;
  for_each_of(shard, visitor, [&](const Record& record) {
    is_found = record.generation == generation &&
               std::ranges::find(record.places, item, &Place::item) != record.places.end();
    return !is_found && --left > 0;
  });
  return is_found;
}

bool SlateLog::pages(std::uint64_t number, std::uint64_t visitor, std::uint32_t generation,
                     std::vector<ItemId>& out) const {
  if (capacity_ == 0) return false;
  bool is_first = true;
  while (number != 0) {
    Shard& shard = shard_of(number);
    const std::scoped_lock lock(shard.mutex);
    const Kept* const kept = shard.find(number, capacity_);
    if (kept == nullptr || kept->record.visitor != visitor) return !is_first;
    if (kept->record.generation == generation) {
      for (const Place& place : kept->record.places) out.push_back(place.item);
    }
    is_first = false;
    number = kept->record.page_before;  // older, and so never in a circle
  }
  return !is_first;
}

void SlateLog::forget(std::uint64_t visitor) {
  if (visitor == 0) return;
  Shard& shard = shard_of(visitor);
  const std::scoped_lock lock(shard.mutex);
  for_each_of(shard, visitor, [](Record& record) {
    const std::uint64_t number = record.number;
    record = Record{};
    record.number = number;  // the chain goes through it
    return true;
  });
}

void SlateLog::renumber(std::span<const ItemId> new_item_of, std::uint32_t generation) {
  for (std::size_t s = 0; s < kShards; ++s) {
    const std::scoped_lock lock(shards_[s].mutex);
    for (Kept& kept : shards_[s].ring) {
      if (kept.record.generation + 1 != generation) continue;
      kept.record.generation = generation;
      for (Place& place : kept.record.places) {
        const std::size_t old = value_of(place.item);
        place.item = old < new_item_of.size() ? new_item_of[old] : kNoItem;
      }
    }
  }
}

std::size_t SlateLog::memory_bytes() const {
  std::size_t bytes = 0;
  for (std::size_t s = 0; s < kShards; ++s) {
    const std::scoped_lock lock(shards_[s].mutex);
    bytes += shards_[s].ring.capacity() * sizeof(Kept) + capacity_ * sizeof(std::uint64_t);
    for (const Kept& kept : shards_[s].ring)
      bytes += kept.record.places.capacity() * sizeof(Place) +
               kept.record.context.capacity() * sizeof(double);
  }
  return bytes;
}

}  // namespace aisle::shown
