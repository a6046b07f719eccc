#pragma once

/// What is live now: many read it, now and then somebody replaces it.
///
/// Data path   swap -> [published] -> observe, recommend
/// Threads     load() and store() may be called by any thread; a reader shares its lock with the
///             threads of its slot only
/// Ownership   keeps what it holds; load() shares it, so it lives until its last reader is done
/// Cost        load() one lock and one count, in cache lines of the thread's slot; store() all slots
///
/// No std::atomic<std::shared_ptr>: that of GCC 12 reads its pointer under a lock that it gives back
/// with relaxed order, a data race by the letter, and all threads count on one cache line.

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace aisle {

template <class T>
class Published {
 public:
  void store(const std::shared_ptr<const T>& value) {
    for (Slot& slot : slots_) {
      std::shared_ptr<const T> own(value.get(), [value](const T*) {});  // a count for each slot
      const std::scoped_lock lock(slot.mutex);
      slot.value.swap(own);  // the old one goes when the lock is gone
    }
  }
  /// Once a thread has seen a value it sees no older one.
  [[nodiscard]] std::shared_ptr<const T> load() const {
    const Slot& slot = slots_[slot_of_this_thread()];
    const std::scoped_lock lock(slot.mutex);
    return slot.value;
  }

 private:
  static constexpr std::size_t kSlots = 16;
  struct alignas(64) Slot {
    mutable std::mutex mutex;
    std::shared_ptr<const T> value;
  };
  static std::size_t slot_of_this_thread() noexcept {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % kSlots;
    return mine;
  }

  std::array<Slot, kSlots> slots_;
};

}  // namespace aisle
