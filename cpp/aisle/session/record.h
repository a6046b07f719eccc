#pragma once

/// How a visitor lies in memory: one cache line, and a ring of 16-byte events.
///
/// Data path   session, inside the store only
/// Threads     none of its own: the shard's lock guards it
/// Ownership   a Record borrows its ring and its long id from the shard's pools
/// Cost        64 bytes a visitor, 16 an event

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/session/session_store.h"

namespace aisle::session {

/// An event in 16 bytes: 56 bits of time (1,141 years either way), 8 of type.
struct PackedEvent {
  std::int64_t time_and_type = 0;
  ItemId item = kNoItem;
  float value = kNoValue;

  static PackedEvent pack(const Event& event) noexcept {
    return {event.time * 256 + static_cast<std::int64_t>(event.type), event.item, event.value};
  }
  [[nodiscard]] Timestamp time() const noexcept { return time_and_type >> 8U; }
  [[nodiscard]] Event unpack() const noexcept {
    return {time(), item, value, static_cast<EventType>(time_and_type & 0xff)};
  }
};

/// A visitor's id: up to 15 bytes lie inside the record, a longer one lies outside and is known
/// here by a second hash, so that comparing never leaves the cache line.
class InlineId {
 public:
  [[nodiscard]] bool is_inline() const noexcept { return size_ <= kInline; }
  [[nodiscard]] bool equals(const Visitor& visitor) const noexcept {
    if (visitor.id.size() <= kInline) {
      return size_ == visitor.id.size() && std::memcmp(text_, visitor.id.data(), size_) == 0;
    }
    if (size_ != kOutside) return false;
    std::uint64_t second = 0;
    std::memcpy(&second, text_, sizeof second);
    return second == second_hash(visitor.id);
  }
  void assign(std::string_view id) noexcept {
    if (id.size() <= kInline) {
      std::memcpy(text_, id.data(), id.size());
      size_ = static_cast<std::uint8_t>(id.size());
      return;
    }
    const std::uint64_t second = second_hash(id);
    std::memcpy(text_, &second, sizeof second);
    size_ = kOutside;
  }

 private:
  static constexpr std::uint8_t kInline = 15;
  static constexpr std::uint8_t kOutside = 255;
  static std::uint64_t second_hash(std::string_view id) noexcept { return hash_bytes(id, 0xa151e); }

  char text_[kInline];  // NOLINT(modernize-avoid-c-arrays): raw bytes of one cache line
  std::uint8_t size_ = 0;
};

struct alignas(64) Record {
  std::uint64_t hash = 0;
  InlineId id;
  Timestamp last_time = 0;
  std::uint64_t session_number = 0;
  PackedEvent* ring = nullptr;
  std::uint32_t session_key = 0;
  ItemId last_item = kNoItem;
  std::uint16_t begin = 0;          // of the ring
  std::uint16_t count = 0;          // events kept
  std::uint16_t session_count = 0;  // the newest of them that belong to the running session
  EventType last_type = EventType::view;
  std::uint8_t size_class = 0;
};
static_assert(sizeof(Record) == 64, "one cache line a visitor");

/// Rings in four sizes, cut from blocks and reused through free lists.
class RingPool {
 public:
  static constexpr std::size_t kClasses = 4;
  explicit RingPool(std::size_t max_events)
      : capacity_{4, std::max<std::size_t>(4, std::min<std::size_t>(10, max_events)),
                  std::max<std::size_t>(4, std::min<std::size_t>(20, max_events)), max_events} {}

  [[nodiscard]] std::size_t capacity(std::size_t size_class) const noexcept {
    return capacity_[size_class];
  }
  PackedEvent* take(std::size_t size_class) {
    auto& free = free_[size_class];
    if (free.empty()) cut(size_class);
    PackedEvent* ring = free.back();
    free.pop_back();
    bytes_ += capacity_[size_class] * sizeof(PackedEvent);
    return ring;
  }
  /// Wiped, so that nothing of a visitor stays behind when the ring grows or is forgotten.
  void give_back(PackedEvent* ring, std::size_t size_class) {
    std::fill_n(ring, capacity_[size_class], PackedEvent{});
    free_[size_class].push_back(ring);
    bytes_ -= capacity_[size_class] * sizeof(PackedEvent);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  void cut(std::size_t size_class) {
    constexpr std::size_t kRings = 64;
    const std::size_t each = capacity_[size_class];
    blocks_.push_back(std::make_unique<PackedEvent[]>(kRings * each));
    for (std::size_t i = kRings; i-- > 0;) {
      free_[size_class].push_back(blocks_.back().get() + i * each);
    }
  }

  std::array<std::size_t, kClasses> capacity_;
  std::array<std::vector<PackedEvent*>, kClasses> free_;
  std::vector<std::unique_ptr<PackedEvent[]>> blocks_;
  std::size_t bytes_ = 0;
};

}  // namespace aisle::session
