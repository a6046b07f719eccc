#include "aisle/session/session_store.h"

#include <algorithm>
#include <bit>
#include <mutex>
#include <string>

#include "aisle/base/error.h"
#include "aisle/session/shard.h"

namespace aisle::session {
namespace {

void check(bool holds, const char* field, const char* rule, std::int64_t value) {
  if (holds) return;
  throw ConfigError(std::string(field) + " must be " + rule + ", got " + std::to_string(value));
}

}  // namespace

void SessionStoreOptions::validate() const {
  const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
  check(max_events >= 4 && max_events <= 1024, "max_events", "between 4 and 1024",
        number(max_events));
  check(idle_gap > 0, "idle_gap", "positive (microseconds)", idle_gap);
  check(time_to_live >= idle_gap, "time_to_live", "at least idle_gap", time_to_live);
  check(max_lateness >= 0, "max_lateness", "zero or more", max_lateness);
  check(max_future >= 0 && max_future <= kLatest, "max_future", "between zero and a thousand years",
        max_future);
  check(std::has_single_bit(shards) && shards <= 4096, "shards", "a power of two up to 4096",
        number(shards));
  check(memory_limit >= shards * 4096, "memory_limit", "at least 4096 bytes a shard",
        number(memory_limit));
}

SessionStore::SessionStore(const SessionStoreOptions& options)
    : options_(options), pieces_(std::make_unique<PiecePool>()) {
  options_.validate();
  shards_.reserve(options_.shards);
  for (std::size_t i = 0; i < options_.shards; ++i) {
    shards_.push_back(std::make_unique<Shard>(*pieces_, options_.max_events));
  }
}

SessionStore::~SessionStore() = default;

SessionStore::Shard& SessionStore::shard_of(std::uint64_t visitor_hash) const noexcept {
  return *shards_[visitor_hash & (options_.shards - 1)];
}

Appended SessionStore::append(const Visitor& visitor, const Event& event, Timestamp now,
                              std::uint32_t session_key, Tail* tail, std::uint32_t generation) {
  if (event.time > now + options_.max_future) return {.outcome = AppendOutcome::future};
  Shard& shard = shard_of(visitor.hash);
  const std::scoped_lock lock(shard.mutex);
  if (!is_current(shard, generation)) return {.outcome = AppendOutcome::stale};
  Record* record = shard.find(visitor);
  const auto impression_of = [&] {
    return tail == nullptr || event.type != EventType::click
               ? Impression::not_asked
               : shard.impression_before(*record, event);
  };
  if (record == nullptr) {
    drop(shard, [&](const Record& idlest) {
      return event.time - idlest.last_time() > options_.time_to_live;
    });
    record = &shard.create(visitor, event.time);
    size_.fetch_add(1, std::memory_order_relaxed);
  } else if (event.time - record->last_time() > options_.time_to_live) {
    shard.restart(*record);  // expired, whether somebody came by to drop it or not
  } else if (event.time < record->last_time()) {
    if (record->last_time() - event.time > options_.max_lateness) {
      return {.outcome = AppendOutcome::late};
    }
    const Impression impression = impression_of();
    Appended appended = shard.insert_late(*record, event, reach_of(*record, session_key));
    appended.impression = impression;
    keep_to_limit(shard, visitor);
    return appended;
  } else if (event.time == record->last_time() && shard.has_twin(*record, event)) {
    return {.outcome = AppendOutcome::duplicate, .session_number = record->session_number};
  }
  const bool other_session = record->count == 0 || is_other_session(*record, event, session_key);
  const bool begins = other_session || record->session_number == 0;
  if (other_session) {
    record->session_count = 0;
    record->acts = 0;
  }
  if (begins) {
    record->session_number =
        next_session_.fetch_add(1, std::memory_order_relaxed) & Record::kMostSessions;
    record->session_key = session_key;
  }
  if (tail != nullptr) {
    tail->count = std::min<std::size_t>(record->session_count, Tail::kLength);
    Event* to = tail->events.data();
    shard.for_newest(*record, tail->count, [&](const PackedEvent& one) { *to++ = one.unpack(); });
  }
  const bool is_act =
      other_session || !is_one_act(record->newest[record->newest_count - 1U].unpack(), event);
  const Appended appended{.is_new_session = other_session,
                          .is_second = record->session_count == 1,
                          .impression = impression_of(),
                          .act = is_act ? record->count_act() : 0,
                          .session_number = record->session_number};
  shard.push_newest(*record, event);
  keep_to_limit(shard, visitor);
  return appended;
}

bool SessionStore::is_other_session(const Record& record, const Event& event,
                                    std::uint32_t session_key) const noexcept {
  if (session_key != 0 || record.session_key != 0) return session_key != record.session_key;
  return event.time - record.last_time() > options_.idle_gap;
}

/// How long before the running session's first event a late one may lie and still belong to it.
Timestamp SessionStore::reach_of(const Record& record, std::uint32_t session_key) const noexcept {
  if (session_key == 0 && record.session_key == 0) return options_.idle_gap;
  return session_key == record.session_key ? kLatest : -1;
}

/// Drops the idlest visitor for as long as `goes` says so of it.
template <class Goes>
void SessionStore::drop(Shard& shard, const Goes& goes) {
  std::size_t gone = 0;
  for (const Record* one; (one = shard.settle_idlest()) != nullptr && goes(*one); ++gone) {
    shard.evict_idlest();
  }
  if (gone == 0) return;
  evicted_.fetch_add(gone, std::memory_order_relaxed);
  size_.fetch_sub(gone, std::memory_order_relaxed);
}

/// Also after a visitor who was here before: events take memory, not only visitors. The one who is
/// active now stays.
void SessionStore::keep_to_limit(Shard& shard, const Visitor& active) {
  const std::size_t limit = options_.memory_limit / options_.shards;
  if (shard.most_bytes() <= limit) return;
  const InlineId id(active);
  drop(shard, [&](const Record& idlest) { return shard.most_bytes() > limit && idlest.id != id; });
}

void SessionStore::prefetch(std::uint64_t visitor_hash) const noexcept {
  // A race on purpose is no option: the table may grow, so the lock is taken.
  const Shard& shard = shard_of(visitor_hash);
  const std::scoped_lock lock(shard.mutex);
  shard.table.prefetch(tag_of(visitor_hash));
}

bool SessionStore::recent(const Visitor& visitor, Timestamp now, Recent& out,
                          std::uint32_t generation) const {
  out.events.clear();
  out.session_begin = 0;
  out.session_number = 0;
  Shard& shard = shard_of(visitor.hash);
  const std::scoped_lock lock(shard.mutex);
  out.is_stale = !is_current(shard, generation);
  if (out.is_stale) return false;
  Record* const record = shard.find(visitor);
  if (record == nullptr || now - record->last_time() > options_.time_to_live) return false;
  shard.for_newest(*record, record->count,
                   [&](const PackedEvent& one) { out.events.push_back(one.unpack()); });
  out.session_begin = record->count - static_cast<std::size_t>(record->session_count);
  out.session_number = record->session_number;
  return true;
}

bool SessionStore::forget(const Visitor& visitor) {
  Shard& shard = shard_of(visitor.hash);
  const std::scoped_lock lock(shard.mutex);
  const Record* const record = shard.find(visitor);
  if (record == nullptr) return false;
  shard.forget(*record);  // the ring is wiped with it
  size_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

std::size_t SessionStore::expire(Timestamp now) {
  std::size_t gone = 0;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    const std::size_t before = shard->table.size();
    drop(*shard,
         [&](const Record& idlest) { return now - idlest.last_time() > options_.time_to_live; });
    gone += before - shard->table.size();
  }
  return gone;
}

void SessionStore::announce_renumbering(std::vector<ItemId> new_item_of, std::uint32_t generation) {
  finish_renumbering();  // no shard may be two models behind
  new_item_of_ = std::move(new_item_of);
  generation_ = generation;
}

void SessionStore::finish_renumbering() {
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    is_current(*shard, generation_);
  }
}

/// Called under the shard's lock. The caller got `generation` from a model that was published after
/// announce_renumbering(), so what that wrote is visible here.
bool SessionStore::is_current(Shard& shard, std::uint32_t generation) const {
  if (generation > shard.generation) {
    shard.renumber(new_item_of_);
    shard.generation = generation;
  }
  return generation == shard.generation;
}

std::size_t SessionStore::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    bytes += shard->bytes();
  }
  return bytes;
}

}  // namespace aisle::session
