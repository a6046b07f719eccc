#pragma once

/// What visitors said outright, and what outlives their sessions: likes, dislikes, what they own.
///
/// Data path   observe -> [keepsakes] -> ask
/// Threads     every method from any thread; the lock of one shard
/// Ownership   owns visitors' and items' ids: they hold through swaps of the model
/// Cost        keep() a look-up and a copy of two ids; of() a look-up, a copy of what there is

#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/base/hash.h"

namespace aisle::person {

/// Whether an event says something that holds until it is taken back.
[[nodiscard]] constexpr bool is_said_outright(EventType type) noexcept {
  return type == EventType::like || type == EventType::dislike || type == EventType::own;
}

/// One of them. A later one on the same item takes the place of an earlier one.
struct Keepsake {
  std::string item;
  Timestamp time = 0;
  float value = kNoValue;
  EventType type = EventType::like;
};

class Keepsakes {
 public:
  static constexpr std::size_t kMostOfVisitor = 256;  ///< The oldest goes.
  static constexpr std::size_t kMostVisitors = 4'000'000;

  Keepsakes() = default;

  /// To be had before the event goes into its session: forget() makes it void.
  [[nodiscard]] std::uint64_t ticket(std::string_view visitor) const noexcept;
  /// Keeps it, unless the visitor was forgotten since the ticket was had.
  void keep(std::string_view visitor, std::string_view item, const Event& event,
            std::uint64_t ticket);
  /// Fills what the visitor said, by time and then by item.
  void of(std::string_view visitor, std::vector<Keepsake>& said) const;
  void forget(std::string_view visitor);
  [[nodiscard]] bool is_empty() const noexcept {
    return visitors_.load(std::memory_order_relaxed) == 0;
  }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, std::vector<Keepsake>, TextHash, std::equal_to<>> said;
    std::deque<std::string> order;  // of visitors, the longest known first
    std::atomic<std::uint64_t> erasures{0};
  };
  [[nodiscard]] Shard& shard_of(std::string_view visitor) const noexcept;

  mutable std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> visitors_{0};
};

}  // namespace aisle::person
