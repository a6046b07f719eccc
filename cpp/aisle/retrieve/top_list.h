#pragma once

/// The best few of many items, kept in order while their scores rise.
///
/// Data path   observe -> trending -> [top list] -> retrieve
/// Threads     raise() calls exclude each other by a mutex; read() takes no lock: a sequence number
///             that is odd while a writer is inside makes it read again, so it never sees half a
///             move
/// Ownership   owns its places
/// Cost        raise() is O(places moved), nothing for an item below the last place; read() O(n)

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "aisle/base/ids.h"

namespace aisle::retrieve {

class TopList {
 public:
  explicit TopList(std::size_t capacity)
      : capacity_(capacity), places_(std::make_unique<Place[]>(capacity)) {}

  /// The item's score is now `score`, not lower than before. Exact as long as scores only rise.
  void raise(ItemId item, double score) {
    if (score <= floor_.load(std::memory_order_acquire)) return;
    const std::scoped_lock lock(writer_);
    const std::size_t size = size_.load(std::memory_order_relaxed);
    std::size_t at = 0;
    while (at < size && places_[at].item.load(std::memory_order_relaxed) != item) ++at;
    if (at == size) {
      if (size == capacity_) {
        if (!before(score, item, at - 1)) return;
        --at;  // the last one falls off
      }
    } else if (places_[at].score.load(std::memory_order_relaxed) >= score) {
      return;  // another thread was here with a later event
    }
    version_.fetch_add(1, std::memory_order_acq_rel);
    for (; at > 0 && before(score, item, at - 1); --at) {
      places_[at].item.store(places_[at - 1].item.load(std::memory_order_relaxed),
                             std::memory_order_release);
      places_[at].score.store(places_[at - 1].score.load(std::memory_order_relaxed),
                              std::memory_order_release);
    }
    places_[at].item.store(item, std::memory_order_release);
    places_[at].score.store(score, std::memory_order_release);
    const bool grew =
        size < capacity_ && places_[size].item.load(std::memory_order_relaxed) != kNoItem;
    if (grew) size_.store(size + 1, std::memory_order_release);
    version_.fetch_add(1, std::memory_order_release);
    if (size + (grew ? 1 : 0) == capacity_) {
      floor_.store(places_[capacity_ - 1].score.load(std::memory_order_relaxed),
                   std::memory_order_release);
    }
  }

  struct Entry {
    ItemId item;
    double score;
  };
  /// Copies at most `n` entries, best first, into `out`.
  void read(std::size_t n, std::vector<Entry>& out) const {
    for (;;) {
      out.clear();
      const std::uint32_t before = version_.load(std::memory_order_acquire);
      if (before % 2 == 0) {
        const std::size_t size = std::min(n, size_.load(std::memory_order_acquire));
        for (std::size_t i = 0; i < size; ++i) {
          out.push_back({places_[i].item.load(std::memory_order_acquire),
                         places_[i].score.load(std::memory_order_acquire)});
        }
        if (version_.load(std::memory_order_relaxed) == before) return;
      }
    }
  }

 private:
  struct Place {
    std::atomic<ItemId> item{kNoItem};
    std::atomic<double> score{0.0};
  };
  [[nodiscard]] bool before(double score, ItemId item, std::size_t at) const {
    const double there = places_[at].score.load(std::memory_order_relaxed);
    return score != there ? score > there : item < places_[at].item.load(std::memory_order_relaxed);
  }

  std::size_t capacity_;
  std::unique_ptr<Place[]> places_;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::uint32_t> version_{0};
  std::atomic<double> floor_{-std::numeric_limits<double>::infinity()};
  std::mutex writer_;
};

}  // namespace aisle::retrieve
