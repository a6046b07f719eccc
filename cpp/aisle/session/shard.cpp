#include "aisle/session/shard.h"

#include <algorithm>
#include <functional>

namespace aisle::session {
namespace {

std::uint32_t to_second(Timestamp time) noexcept {
  return static_cast<std::uint32_t>(std::clamp<Timestamp>(time / kSecond, 0, 0xffffffffLL));
}

}  // namespace

void SessionStore::Shard::grow_table() {
  std::vector<std::uint64_t> old(table.size() * 2);
  old.swap(table);
  for (const std::uint64_t entry : old) {
    if (entry == 0) continue;
    const auto slot = static_cast<std::uint32_t>(entry) - 1;
    put(at(slot).hash, slot);
  }
}

Record& SessionStore::Shard::create(const Visitor& visitor, Timestamp time) {
  if ((live + 1) * 3 > table.size() * 2) grow_table();
  if (free_slots.empty()) {
    const auto first = static_cast<std::uint32_t>(records.size() * kChunk);
    records.push_back(std::make_unique<Record[]>(kChunk));
    for (std::uint32_t i = kChunk; i-- > 0;) free_slots.push_back(first + i);
  }
  const std::uint32_t slot = free_slots.back();
  free_slots.pop_back();
  Record& record = at(slot);
  record = Record{};
  record.hash = visitor.hash;
  record.id.assign(visitor.id);
  record.ring = rings->take(0);
  put(visitor.hash, slot);
  idle.push_back({to_second(time), slot});
  std::push_heap(idle.begin(), idle.end(), std::greater<>{});
  ++live;
  return record;
}

void SessionStore::Shard::erase(std::size_t place) {
  const auto slot = static_cast<std::uint32_t>(table[place]) - 1;
  Record& record = at(slot);
  rings->give_back(record.ring, record.size_class);
  record.ring = nullptr;
  free_slots.push_back(slot);
  --live;
  // Backward shift: no tombstones, so look-ups stay short for ever.
  const std::size_t mask = table.size() - 1;
  for (std::size_t hole = place, next = (place + 1) & mask;; next = (next + 1) & mask) {
    if (table[next] == 0) {
      table[hole] = 0;
      return;
    }
    const std::size_t wanted = home(at(static_cast<std::uint32_t>(table[next]) - 1).hash);
    if (((next - wanted) & mask) >= ((next - hole) & mask)) {
      table[hole] = table[next];
      hole = next;
    }
  }
}

bool SessionStore::Shard::settle_idlest() {
  while (!idle.empty()) {
    const Idle top = idle.front();
    const std::uint32_t truth = to_second(at(top.slot).last_time);
    if (truth <= top.second) return true;
    std::pop_heap(idle.begin(), idle.end(), std::greater<>{});
    idle.back().second = truth;
    std::push_heap(idle.begin(), idle.end(), std::greater<>{});
  }
  return false;
}

void SessionStore::Shard::evict_idlest() {
  const Record& record = at(idle.front().slot);
  std::size_t place = home(record.hash);
  while (static_cast<std::uint32_t>(table[place]) != idle.front().slot + 1) {
    place = (place + 1) & (table.size() - 1);
  }
  erase(place);
  std::pop_heap(idle.begin(), idle.end(), std::greater<>{});
  idle.pop_back();
}

void SessionStore::Shard::remove_idle_entry(std::uint32_t slot) {
  const auto found = std::ranges::find(idle, slot, &Idle::slot);
  *found = idle.back();
  idle.pop_back();
  std::make_heap(idle.begin(), idle.end(), std::greater<>{});
}

void SessionStore::Shard::make_room(Record& record) {
  const std::size_t capacity = rings->capacity(record.size_class);
  if (record.count < capacity) return;
  std::size_t bigger = record.size_class;
  while (bigger + 1 < RingPool::kClasses && rings->capacity(bigger) == capacity) ++bigger;
  if (rings->capacity(bigger) == capacity) {  // at its largest: the oldest goes
    record.begin = static_cast<std::uint16_t>((record.begin + 1U) % capacity);
    --record.count;
    record.session_count = std::min(record.session_count, record.count);
    return;
  }
  PackedEvent* ring = rings->take(bigger);
  for (std::size_t i = 0; i < record.count; ++i) ring[i] = event_at(record, i);
  rings->give_back(record.ring, record.size_class);
  record.ring = ring;
  record.begin = 0;
  record.size_class = static_cast<std::uint8_t>(bigger);
}

void SessionStore::Shard::restart(Record& record) {
  std::fill_n(record.ring, rings->capacity(record.size_class), PackedEvent{});
  record.begin = 0;
  record.count = 0;
  record.session_count = 0;
  record.session_number = 0;
}

void SessionStore::Shard::renumber(std::span<const ItemId> new_item_of) {
  const auto renumbered = [&](ItemId item) {
    return value_of(item) < new_item_of.size() ? new_item_of[value_of(item)] : kNoItem;
  };
  for (const Idle& entry : idle) {
    Record& record = at(entry.slot);
    for (std::size_t i = 0; i < record.count; ++i) {
      PackedEvent& event = event_at(record, i);
      event.item = renumbered(event.item);
    }
    record.last_item = renumbered(record.last_item);
    record.session_number = 0;  // the new model's index does not know the session yet
  }
}

void SessionStore::Shard::push_newest(Record& record, const Event& event) {
  make_room(record);
  ++record.count;
  ++record.session_count;
  event_at(record, record.count - 1U) = PackedEvent::pack(event);
  record.last_time = event.time;
  record.last_item = event.item;
  record.last_type = event.type;
}

AppendOutcome SessionStore::Shard::insert_late(Record& record, const Event& event,
                                               Timestamp reach) {
  std::size_t place = record.count;
  while (place > 0 && event_at(record, place - 1).time() >= event.time) {
    const Event there = event_at(record, --place).unpack();
    if (there.time == event.time && there.item == event.item && there.type == event.type) {
      return AppendOutcome::duplicate;
    }
  }
  while (place < record.count && event_at(record, place).time() <= event.time) ++place;
  if (place == 0 && record.count == rings->capacity(RingPool::kClasses - 1)) {
    return AppendOutcome::late;  // older than all that is kept, and no room
  }
  const std::size_t behind = record.count - place;  // events newer than it
  const bool is_running =
      behind < record.session_count ||
      (behind == record.session_count && event_at(record, place).time() - event.time <= reach);
  make_room(record);
  ++record.count;
  for (std::size_t i = record.count - 1U; i + behind + 1 > record.count; --i) {
    event_at(record, i) = event_at(record, i - 1);
  }
  event_at(record, record.count - 1U - behind) = PackedEvent::pack(event);
  if (is_running) ++record.session_count;
  return AppendOutcome::reordered;
}

}  // namespace aisle::session
