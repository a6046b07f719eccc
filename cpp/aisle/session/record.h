#pragma once

/// How a visitor lies in memory: two neighbouring cache lines, which hold the newest five events.
///
/// Data path   session, inside the store only
/// Threads     values; the shard's lock guards them
/// Ownership   a Record borrows the ring of its older events from the shard's pool
/// Cost        128 bytes a visitor with up to five events, 16 bytes an event more

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "aisle/base/event.h"
#include "aisle/base/hash.h"
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

/// A visitor's id in 16 bytes: up to 15 lie here as they are; a longer one is known by 120 bits of
/// two hashes, so that comparing never leaves the cache line.
class InlineId {
 public:
  InlineId() = default;
  explicit InlineId(const Visitor& visitor) noexcept {
    const std::size_t size = visitor.id.size();
    if (size <= kInline) {
      std::ranges::copy(visitor.id, bytes_.begin());
      bytes_[kInline] = static_cast<char>(size);
      return;
    }
    const std::uint64_t second = hash_bytes(visitor.id, 0xa151e);
    std::memcpy(bytes_.data(), &visitor.hash, sizeof visitor.hash);
    std::memcpy(bytes_.data() + kInline - sizeof second, &second, sizeof second);
    bytes_[kInline] = kOutside;
  }
  bool operator==(const InlineId&) const = default;

 private:
  static constexpr std::size_t kInline = 15;
  static constexpr char kOutside = kInline + 1;

  std::array<char, kInline + 1> bytes_{};
};

/// The home of a visitor in the table goes by these bits; the low bits of the hash chose the shard.
[[nodiscard]] constexpr std::uint32_t tag_of(std::uint64_t visitor_hash) noexcept {
  return std::max(static_cast<std::uint32_t>(visitor_hash >> 32U), std::uint32_t{1});
}

/// The newest events lie beside the visitor, so an event costs one wait for memory: the address of
/// both lines follows from the hash. When there is no room for another, all five go into the ring.
struct alignas(128) Record {
  static constexpr std::size_t kNewest = 5;
  static constexpr std::uint64_t kMostSessions = (std::uint64_t{1} << 44U) - 1;
  static constexpr std::uint32_t kMostActs = (1U << 20U) - 1;

  std::uint32_t tag = 0;  // 0 marks an empty place
  std::uint32_t session_key = 0;
  InlineId id;
  std::uint64_t session_number : 44 = 0;
  std::uint64_t acts : 20 = 0;      // of the running session, also those no longer kept
  PackedEvent* older = nullptr;     // a ring of the size class, null in class 0
  std::uint16_t begin = 0;          // of the ring
  std::uint16_t count = 0;          // events kept, here and in the ring
  std::uint16_t session_count = 0;  // the newest of them that belong to the running session
  std::uint8_t newest_count = 0;    // of them lie here; at least one once append() is through
  std::uint8_t size_class = 0;
  std::array<PackedEvent, kNewest> newest;

  [[nodiscard]] std::size_t older_count() const noexcept {
    return count - std::size_t{newest_count};
  }
  /// Counts an act of the running session; its number, 0 beyond the last that can be counted.
  std::uint32_t count_act() noexcept {
    if (acts == kMostActs) return 0;
    acts = (acts + 1U) & kMostActs;
    return static_cast<std::uint32_t>(acts);
  }
  [[nodiscard]] Timestamp last_time() const noexcept { return newest[newest_count - 1U].time(); }
};
static_assert(sizeof(Record) == 128, "two cache lines that the processor fetches as a pair");

}  // namespace aisle::session
