#pragma once

/// The sessions of right now, indexed click by click: what lets a new item be recommended after its
/// first visitors, and the session index follow the news.
///
/// Data path   observe -> [live sessions] -> session kNN
/// Threads     any method beside any other. append() holds the lock of a stripe of slots, then that
///             of a stripe of items; a posting list is copied under the latter; a session's items
///             are atomics, and a slot that was reused while it was read is told by its number: a
///             half-written session is never seen
/// Ownership   owns everything; memory is bounded by the options
/// Cost        append() one slot and one posting: about two cache lines; forget() reads 8 bytes of
///             every slot

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

  /// Whose session it is, as of some moment: what forget() has erased since then stays erased.
  struct Owner {
    std::uint64_t visitor = 0;    ///< A hash; 0: nobody's.
    std::uint32_t forgotten = 0;  ///< How often forget() had come by.
  };
  /// To be taken before the event goes into the visitor's session.
  [[nodiscard]] Owner owner(std::uint64_t visitor) const noexcept {
    return {visitor, forgotten_[visitor % kForgotten].load(std::memory_order_acquire)};
  }

  /// Adds a click to session `number` (numbers count up; 0 is no session).
  void append(std::uint64_t number, ItemId item, const Owner& owner);
  void append(std::uint64_t number, ItemId item) { append(number, item, owner(0)); }

  /// Takes all sessions of the visitor out again, and keeps out the clicks that are still on their
  /// way. To be called when the visitor's session has been erased.
  void forget(std::uint64_t visitor);

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
  struct alignas(64) Writer {
    std::mutex mutex;
  };
  static constexpr std::size_t kStripes = 256;     // of items
  static constexpr std::size_t kWriters = 64;      // of slots, a cache line of visitors_ each
  static constexpr std::size_t kLine = 8;          // slots whose visitors lie in one
  static constexpr std::size_t kForgotten = 4096;  // who shares a count loses a click on its way

  bool click(std::uint64_t number, ItemId item, const Owner& owner);
  void post(std::uint64_t number, ItemId item);
  void wipe(std::size_t place);
  [[nodiscard]] std::mutex& writers_of(std::size_t slot) const noexcept {
    return writers_[slot / kLine % kWriters].mutex;
  }

  LiveSessionsOptions options_;
  std::unique_ptr<Slot[]> slots_;
  std::unique_ptr<std::uint64_t[]> visitors_;  // of each slot, under its writers' lock
  std::unique_ptr<Writer[]> writers_;
  std::unique_ptr<std::atomic<std::uint32_t>[]> forgotten_;  // raised by forget(), by visitor
  std::unique_ptr<Stripe[]> stripes_;
  std::atomic<std::size_t> posting_bytes_{0};
};

}  // namespace aisle::retrieve
