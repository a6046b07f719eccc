#pragma once

/// One slice of the visitors: their records, their rings, and who has been idle longest.
///
/// Data path   session, inside the store only
/// Threads     the store holds `mutex` around every call
/// Ownership   owns its records and rings; both lie in the store's pieces of memory
/// Cost        that of Table and RingPool; eviction O(log visitors), paid only when it happens

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "aisle/session/record.h"
#include "aisle/session/rings.h"
#include "aisle/session/session_store.h"
#include "aisle/session/table.h"

namespace aisle::session {

/// When a visitor was last seen to be active, at one second's precision. True activity is never
/// earlier, so the heap's top, once it tells the truth, is the idlest of all. The visitor is known
/// by the tag, for records move. Of those that share a tag, the i-th earliest entry is never later
/// than the i-th earliest visitor: that is all that eviction needs.
struct Idle {
  std::uint32_t second;
  std::uint32_t tag;
  bool operator>(const Idle& other) const noexcept { return second > other.second; }
};

struct alignas(128) SessionStore::Shard {
  Shard(PiecePool& pieces, std::size_t most_events)
      : table(pieces), rings(pieces, most_events), max_events(most_events) {}

  mutable std::mutex mutex;
  std::uint32_t generation = 0;
  Table table;
  std::vector<Idle> idle;  // a heap, idlest on top, one entry for each record
  RingPool rings;
  std::size_t max_events;

  [[nodiscard]] std::size_t bytes() const noexcept {
    return table.bytes() + idle.size() * sizeof(Idle) + rings.bytes();
  }
  /// What the limit is held against: it falls with each eviction, where bytes() may take a while.
  [[nodiscard]] std::size_t most_bytes() const noexcept {
    return Table::most_bytes(table.size()) + idle.size() * sizeof(Idle) + rings.bytes();
  }

  [[nodiscard]] Record* find(const Visitor& visitor) const noexcept {
    return table.find(tag_of(visitor.hash), InlineId(visitor));
  }
  Record& create(const Visitor& visitor, Timestamp time);

  /// The idlest visitor; null when there is none.
  Record* settle_idlest();
  void evict_idlest();
  void forget(const Record& record);

  [[nodiscard]] PackedEvent& event_at(Record& record, std::size_t index) const noexcept {
    const std::size_t older = record.older_count();
    if (index >= older) return record.newest[index - older];
    const std::size_t capacity = rings.capacity(record.size_class);
    const std::size_t place = record.begin + index;
    return record.older[place < capacity ? place : place - capacity];
  }
  /// Calls back with the newest `count` events, oldest first.
  template <class Each>
  void for_newest(Record& record, std::size_t count, const Each& each) const {
    for (std::size_t i = record.count - count; i < record.count; ++i) each(event_at(record, i));
  }

  /// Room for one more event within the record: the others go to the ring, the oldest goes for ever.
  void make_room(Record& record);
  /// Forgets the visitor's events, but not the visitor.
  void restart(Record& record);

  void renumber(std::span<const ItemId> new_item_of);

  void push_newest(Record& record, const Event& event);

  /// Whether an event of that time, item and type is the visitor's newest, or as new.
  [[nodiscard]] bool has_twin(Record& record, const Event& event) const noexcept;

  /// Whether the events up to the click's time hold an impression of its item, and a click on it.
  [[nodiscard]] Impression impression_before(Record& record, const Event& click) const noexcept;

  /// A late event takes its place in time; one with its exact twin there is a duplicate. What lies
  /// before the running session's first event by up to `reach` joins that session.
  Appended insert_late(Record& record, const Event& event, Timestamp reach);
};

}  // namespace aisle::session
