#pragma once

/// The sessions of right now, indexed click by click: what lets a new item be recommended after its
/// first visitors, and the session index follow the news.
///
/// Data path   observe -> [live sessions] -> session kNN
/// Threads     append() and all readers may run together. A posting list is copied under its
/// stripe's
///             lock; a session's items are atomics, and a slot that was reused while it was read is
///             told by its number: a half-written session is never seen
/// Ownership   owns everything; memory is bounded by the options
/// Cost        append() one slot and one posting: about two cache lines

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "aisle/base/ids.h"

namespace aisle::retrieve {

struct LiveSessionsOptions {
  std::size_t sessions = std::size_t{1} << 17U;  ///< Newest sessions kept; a power of two.
  std::size_t max_postings = 512;                ///< Newest sessions kept for each item.

  void validate() const;
};

class LiveSessions {
 public:
  /// Of a session; what comes after is not indexed. A slot is two cache lines, and what most sessions
  /// need of it is in the first.
  static constexpr std::size_t kMaxItems = 29;

  explicit LiveSessions(const LiveSessionsOptions& options);
  ~LiveSessions();
  LiveSessions(const LiveSessions&) = delete;
  LiveSessions& operator=(const LiveSessions&) = delete;

  /// Adds a click to session `number` (numbers count up; 0 is no session).
  void append(std::uint64_t number, ItemId item);

  /// Takes the session out again: its visitor is to be forgotten.
  void erase(std::uint64_t number);

  /// Newest sessions of the item first, into `out`; returns how many. Repeats are possible.
  std::size_t sessions_of(ItemId item, std::span<std::uint64_t> out) const;

  /// Whether the session is still kept: its slot may have gone to a newer one, or it was erased.
  [[nodiscard]] bool has(std::uint64_t number) const noexcept {
    return slots_[number & (options_.sessions - 1)].number.load(std::memory_order_acquire) ==
           number;
  }

  /// The session's items, oldest first; 0 when it is gone.
  std::size_t session(std::uint64_t number, std::span<ItemId, kMaxItems> out) const noexcept;

  /// How many items session() would give.
  [[nodiscard]] std::size_t length(std::uint64_t number) const noexcept {
    const Slot& slot = slots_[number & (options_.sessions - 1)];
    if (slot.number.load(std::memory_order_acquire) != number) return 0;
    return std::min<std::size_t>(slot.count.load(std::memory_order_acquire), kMaxItems);
  }
  /// Brings the session's first cache line on its way: for loops over many.
  [[gnu::always_inline]] void prefetch(std::uint64_t number) const noexcept {
    __builtin_prefetch(&slots_[number & (options_.sessions - 1)]);
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> number{0};
    std::atomic<std::uint32_t> count{0};
    std::atomic<ItemId> items[kMaxItems];  // NOLINT(modernize-avoid-c-arrays): atomics do not move
  };
  static_assert(sizeof(Slot) == 128, "two cache lines a session");
  struct Postings {
    std::vector<std::uint64_t> ring;
    std::size_t next = 0;
  };
  struct Stripe {
    mutable std::mutex mutex;
    std::vector<Postings> of_item;  // item / kStripes
  };
  static constexpr std::size_t kStripes = 256;

  LiveSessionsOptions options_;
  std::unique_ptr<Slot[]> slots_;
  std::unique_ptr<Stripe[]> stripes_;
  std::atomic<std::size_t> posting_bytes_{0};
};

}  // namespace aisle::retrieve
