#include "aisle/session/shard.h"

#include <algorithm>
#include <functional>

namespace aisle::session {
namespace {

std::uint32_t to_second(Timestamp time) noexcept {
  return static_cast<std::uint32_t>(std::clamp<Timestamp>(time / kSecond, 0, 0xffffffffLL));
}

}  // namespace

Record& SessionStore::Shard::create(const Visitor& visitor, Timestamp time) {
  const std::uint32_t tag = tag_of(visitor.hash);
  idle.push_back({to_second(time), tag});
  std::push_heap(idle.begin(), idle.end(), std::greater<>{});
  return table.insert(tag, InlineId(visitor));
}

Record* SessionStore::Shard::settle_idlest() {
  while (!idle.empty()) {
    const Idle top = idle.front();
    Record* const record = table.idlest(top.tag);
    const std::uint32_t truth = to_second(record->last_time());
    if (truth <= top.second) return record;
    std::pop_heap(idle.begin(), idle.end(), std::greater<>{});
    idle.back().second = truth;
    std::push_heap(idle.begin(), idle.end(), std::greater<>{});
  }
  return nullptr;
}

void SessionStore::Shard::evict_idlest() {
  const Record& record = *table.idlest(idle.front().tag);
  std::pop_heap(idle.begin(), idle.end(), std::greater<>{});
  idle.pop_back();
  rings.give_back(record.older, record.size_class);
  table.erase(record);
}

void SessionStore::Shard::forget(const Record& record) {
  auto entry = idle.end();  // the latest with this tag: the others stay early enough
  for (auto one = idle.begin(); one != idle.end(); ++one) {
    if (one->tag == record.tag && (entry == idle.end() || one->second > entry->second)) entry = one;
  }
  *entry = idle.back();
  idle.pop_back();
  std::make_heap(idle.begin(), idle.end(), std::greater<>{});
  rings.give_back(record.older, record.size_class);
  table.erase(record);
}

void SessionStore::Shard::make_room(Record& record) {
  if (record.count == max_events) {
    if (record.older_count() > 0) {
      record.begin =
          static_cast<std::uint16_t>((record.begin + 1U) % rings.capacity(record.size_class));
    } else {
      std::move(record.newest.begin() + 1, record.newest.end(), record.newest.begin());
      --record.newest_count;
    }
    --record.count;
    record.session_count = std::min(record.session_count, record.count);
  }
  if (record.newest_count < Record::kNewest) return;
  const std::size_t older = record.older_count();
  if (record.count > rings.capacity(record.size_class)) {
    const std::size_t bigger = rings.class_for(record.count);
    PackedEvent* const ring = rings.take(bigger);
    for (std::size_t i = 0; i < older; ++i) ring[i] = event_at(record, i);
    rings.give_back(record.older, record.size_class);
    record.older = ring;
    record.begin = 0;
    record.size_class = static_cast<std::uint8_t>(bigger);
  }
  const std::size_t capacity = rings.capacity(record.size_class);
  for (std::size_t i = 0; i < Record::kNewest; ++i) {
    record.older[(record.begin + older + i) % capacity] = record.newest[i];
  }
  record.newest_count = 0;
}

void SessionStore::Shard::restart(Record& record) {
  rings.give_back(record.older, record.size_class);
  Record again;
  again.tag = record.tag;
  again.id = record.id;
  again.session_key = record.session_key;
  record = again;
}

void SessionStore::Shard::renumber(std::span<const ItemId> new_item_of) {
  table.for_each([&](Record& record) {
    for_newest(record, record.count, [&](PackedEvent& event) {
      const std::size_t old = value_of(event.item);
      event.item = old < new_item_of.size() ? new_item_of[old] : kNoItem;
    });
    record.session_number = 0;  // the new model's index does not know the session yet
  });
}

void SessionStore::Shard::push_newest(Record& record, const Event& event) {
  make_room(record);
  record.newest[record.newest_count] = PackedEvent::pack(event);
  ++record.newest_count;
  ++record.count;
  ++record.session_count;
}

bool SessionStore::Shard::has_twin(Record& record, const Event& event) const noexcept {
  for (std::size_t i = record.count; i-- > 0;) {
    const Event there = event_at(record, i).unpack();
    if (there.time != event.time) return false;
    if (there.item == event.item && there.type == event.type) return true;
  }
  return false;
}

Impression SessionStore::Shard::impression_before(Record& record,
                                                  const Event& click) const noexcept {
  bool was_clicked = false;
  for (std::size_t i = record.count; i-- > 0;) {
    const PackedEvent& one = event_at(record, i);
    if (one.item != click.item || one.time() > click.time) continue;
    const EventType type = one.unpack().type;
    if (type == EventType::impression) return was_clicked ? Impression::clicked : Impression::fresh;
    was_clicked = was_clicked || type == EventType::click;
  }
  return Impression::none;
}

Appended SessionStore::Shard::insert_late(Record& record, const Event& event, Timestamp reach) {
  Appended appended{.outcome = AppendOutcome::reordered, .session_number = record.session_number};
  std::size_t place = record.count;
  while (place > 0 && event_at(record, place - 1).time() >= event.time) {
    const Event there = event_at(record, --place).unpack();
    if (there.time == event.time && there.item == event.item && there.type == event.type) {
      appended.outcome = AppendOutcome::duplicate;
      return appended;
    }
  }
  while (place < record.count && event_at(record, place).time() <= event.time) ++place;
  if (place == 0 && record.count == max_events) {
    appended.outcome = AppendOutcome::late;  // older than all that is kept, and no room
    return appended;
  }
  const std::size_t behind = record.count - place;  // events newer than it
  const bool is_running =
      behind < record.session_count ||
      (behind == record.session_count && event_at(record, place).time() - event.time <= reach);
  const bool is_act = place == 0 || !is_one_act(event_at(record, place - 1).unpack(), event);
  make_room(record);
  ++record.newest_count;
  ++record.count;
  for (std::size_t i = record.count - 1U; i + behind + 1 > record.count; --i) {
    event_at(record, i) = event_at(record, i - 1);
  }
  event_at(record, record.count - 1U - behind) = PackedEvent::pack(event);
  if (!is_running) return appended;
  if (is_act) appended.act = record.count_act();
  appended.is_second = record.session_count == 1;
  ++record.session_count;
  const auto time_at = [&](std::size_t i) { return event_at(record, i).time(); };
  for (std::size_t first = record.count - record.session_count;  // it may close a pause
       first > 0 && reach < kLatest && time_at(first) - time_at(first - 1) <= reach; --first)
    ++record.session_count;
  return appended;
}

}  // namespace aisle::session
