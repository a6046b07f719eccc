#pragma once

/// One slice of the visitors: a hash table of records, their rings, and who has been idle longest.
///
/// Data path   session, inside the store only
/// Threads     the store holds `mutex` around every call
/// Ownership   owns its records and rings
/// Cost        find() a probe and one cache line; eviction O(log visitors), paid only when it
/// happens

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "aisle/session/record.h"
#include "aisle/session/session_store.h"

namespace aisle::session {

/// When a record was last seen to be active, at one second's precision. True activity is never
/// earlier, so the heap's top, once it tells the truth, is the idlest of all.
struct Idle {
  std::uint32_t second;
  std::uint32_t slot;
  bool operator>(const Idle& other) const noexcept { return second > other.second; }
};

struct SessionStore::Shard {
  mutable std::mutex mutex;
  std::vector<std::uint64_t> table = std::vector<std::uint64_t>(64);  // tag | slot + 1; 0 is empty
  std::vector<std::unique_ptr<Record[]>> records;                     // chunks of kChunk
  std::vector<std::uint32_t> free_slots;
  std::vector<Idle> idle;  // a heap, idlest on top, one entry for each record
  std::unique_ptr<RingPool> rings;
  std::size_t live = 0;
  std::uint32_t generation = 0;

  static constexpr std::size_t kChunk = 256;

  [[nodiscard]] Record& at(std::uint32_t slot) const noexcept {
    return records[slot / kChunk][slot % kChunk];
  }
  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept {
    return (hash >> 12U) & (table.size() - 1);  // the low bits chose the shard
  }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return live * (sizeof(Record) + sizeof(Idle)) + table.size() * sizeof(table[0]) +
           rings->bytes();
  }

  /// The place of the visitor in the table, or of the empty slot where it would go.
  [[nodiscard]] std::size_t locate(const Visitor& visitor) const noexcept {
    for (std::size_t place = home(visitor.hash);; place = (place + 1) & (table.size() - 1)) {
      const std::uint64_t entry = table[place];
      if (entry == 0) return place;
      if ((entry ^ visitor.hash) >> 32U != 0) continue;
      const Record& record = at(static_cast<std::uint32_t>(entry) - 1);
      if (record.hash == visitor.hash && record.id.equals(visitor)) return place;
    }
  }
  [[nodiscard]] Record* find(const Visitor& visitor) const noexcept {
    const std::uint64_t entry = table[locate(visitor)];
    return entry == 0 ? nullptr : &at(static_cast<std::uint32_t>(entry) - 1);
  }

  void put(std::uint64_t hash, std::uint32_t slot) noexcept {
    std::size_t place = home(hash);
    while (table[place] != 0) place = (place + 1) & (table.size() - 1);
    table[place] = (hash & 0xffffffff00000000ULL) | (std::uint64_t{slot} + 1);
  }
  void grow_table();

  Record& create(const Visitor& visitor, Timestamp time);

  /// Takes the record out of the table and gives its memory back; the heap's entry is the caller's.
  void erase(std::size_t place);

  /// Brings the idlest record to the heap's top; false when there is none.
  bool settle_idlest();
  void evict_idlest();
  void remove_idle_entry(std::uint32_t slot);

  [[nodiscard]] PackedEvent& event_at(const Record& record, std::size_t index) const noexcept {
    const std::size_t capacity = rings->capacity(record.size_class);
    std::size_t place = record.begin + index;
    if (place >= capacity) place -= capacity;
    return record.ring[place];
  }
  void make_room(Record& record);
  /// Forgets the visitor's events, but not the visitor.
  void restart(Record& record);

  void renumber(std::span<const ItemId> new_item_of);

  void push_newest(Record& record, const Event& event);

  /// A late event takes its place in time; one with its exact twin there is a duplicate. What lies
  /// before the running session's first event by up to `reach` joins that session.
  AppendOutcome insert_late(Record& record, const Event& event, Timestamp reach);
};

}  // namespace aisle::session
