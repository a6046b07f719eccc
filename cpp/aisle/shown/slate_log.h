#pragma once

/// What was shown to whom: the newest slates, for outcomes, fatigue and further pages.
///
/// Data path   slate -> [slate log]; -> outcomes, the next request of the same visitor
/// Threads     every method may run beside every other; each holds the lock of one shard, save
///             renumber(), which takes them one after the other
/// Ownership   owns its records; visits do not outlive their call
/// Cost        add() one lock and a few cache lines; no allocation once the ring has come round

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "aisle/base/ids.h"

namespace aisle::shown {

inline constexpr float kNoReward = std::numeric_limits<float>::quiet_NaN();

/// An item in its place, or the strategy of a whole slate.
struct Place {
  ItemId item = kNoItem;
  float propensity = 1.0F;   ///< Given the places before.
  float reward = kNoReward;  ///< What the arm was told so far; NaN: nothing.
  bool is_explored = false;  ///< An arm was chosen for it.
  std::uint64_t arm = 0;
};

struct Record {
  std::uint64_t number = 0;       ///< 0: nothing is kept here.
  std::uint64_t visitor = 0;      ///< A hash of the id; 0: a request without a visitor.
  std::uint64_t page_before = 0;  ///< The slate that this one continues; 0: none.
  std::uint64_t explorer = 0;     ///< Whose arms the places are.
  std::uint64_t chooser = 0;      ///< Whose arm the strategy is.
  Timestamp time = 0;
  std::uint32_t generation = 0;  ///< Of the item numbers.
  bool was_touched = false;      ///< Something was told of a place.
  bool was_clicked = false;      ///< And it was more than that somebody saw it.
  bool was_settled = false;      ///< What was not told of counts as ignored.
  Place strategy;
  std::vector<Place> places;
  std::vector<double> context;  ///< Of the decisions; empty for policies without one.
  std::vector<double> strategy_context;
};

/// An item that a visitor was shown.
struct Showing {
  ItemId item = kNoItem;
  Timestamp time = 0;
};

class SlateLog {
 public:
  /// Keeps about so many slates, the newest; with 0 none.
  explicit SlateLog(std::size_t slates);

  /// The number of the next slate for this visitor (by hash; 0: for nobody). The same calls in the
  /// same order get the same numbers.
  [[nodiscard]] std::uint64_t next_number(std::uint64_t visitor) noexcept;

  /// Keeps a record that has its number; what was there before comes back in it, to be used again.
  void add(Record& record);

  /// Calls visit(Record&) under the lock; false where that slate is not kept (any more).
  template <class Visit>
  bool change(std::uint64_t number, const Visit& visit) {
    if (capacity_ == 0) return false;
    Shard& shard = shard_of(number);
    const std::scoped_lock lock(shard.mutex);
    Kept* const kept = shard.find(number, capacity_);
    if (kept == nullptr) return false;
    visit(kept->record);
    return true;
  }

  /// The items of the visitor's slates since then, the newest slates first, at most kMostSlates of
  /// them.
  void recent(std::uint64_t visitor, Timestamp since, std::uint32_t generation,
              std::vector<Showing>& out) const;

  /// Whether one of the visitor's newest kMostSlates slates holds the item.
  [[nodiscard]] bool was_shown(std::uint64_t visitor, ItemId item, std::uint32_t generation) const;

  /// Adds the items of a slate and of all those that it continues; false where the first is not
  /// kept. A visitor's slates are continued by that visitor only.
  [[nodiscard]] bool pages(std::uint64_t number, std::uint64_t visitor, std::uint32_t generation,
                           std::vector<ItemId>& out) const;

  /// Wipes the visitor's slates.
  void forget(std::uint64_t visitor);

  /// Gives the items of older slates their numbers in the model of `generation`.
  void renumber(std::span<const ItemId> new_item_of, std::uint32_t generation);

  [[nodiscard]] std::size_t memory_bytes() const;

  static constexpr std::size_t kMostSlates = 64;

 private:
  struct Kept {
    Record record;
    std::uint64_t before = 0;  // the slate before of a visitor of the same bucket
  };
  struct Shard {
    mutable std::mutex mutex;
    std::vector<Kept> ring;            // grows to the capacity, then comes round
    std::vector<std::uint64_t> heads;  // the newest slate of each bucket of visitors
    std::atomic<std::uint64_t> count{0};

    /// Null where it is not kept. Under the lock.
    [[nodiscard]] Kept* find(std::uint64_t number, std::size_t capacity);
  };
  static constexpr std::uint64_t kShards = 16;
  [[nodiscard]] Shard& shard_of(std::uint64_t number) const noexcept {
    return shards_[number % kShards];
  }
  [[nodiscard]] std::size_t bucket_of(std::uint64_t visitor) const noexcept {
    return static_cast<std::size_t>(visitor >> 8U) % capacity_;
  }
  template <class Visit>
  void for_each_of(Shard& shard, std::uint64_t visitor, const Visit& visit) const;

  std::size_t capacity_;  // of a shard
  std::unique_ptr<Shard[]> shards_;
  std::atomic<std::uint64_t> nobody_{0};
};

}  // namespace aisle::shown
