#pragma once

/// What the shop looks at now: exponentially decayed counts, overall and for each attribute value.
///
/// Data path   observe -> [trending] -> retrieve; its counts also serve the other sources
/// Threads     observe() and every reader may run together; readers take no lock
/// Ownership   owns its counters
/// Cost        observe() two exponentials and rarely a move in a top list; read O(k)

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "aisle/base/chunked.h"
#include "aisle/base/ids.h"
#include "aisle/retrieve/top_list.h"

namespace aisle::retrieve {

struct TrendingOptions {
  Timestamp half_life = kDay;     ///< After this long an event counts half.
  std::size_t top = 256;          ///< Places of the overall list.
  std::size_t top_of_value = 64;  ///< Places of each attribute value's list.

  void validate() const;
};

/// One value of one attribute: its column and its code there.
struct AttributeValue {
  std::uint32_t column = 0;
  std::uint32_t code = 0;
};

class Trending {
 public:
  explicit Trending(const TrendingOptions& options);

  /// Counts an event of weight `weight`; `values` are the item's attribute values.
  void observe(ItemId item, double weight, Timestamp time, std::span<const AttributeValue> values);

  /// Sets an item as it was saved; then the lists are as if all its events had been observed.
  void restore(ItemId item, double heat, float count, std::span<const AttributeValue> values);

  /// Hottest items first: score is the decayed count at `now`.
  void top(std::size_t n, Timestamp now, std::vector<TopList::Entry>& out) const;
  /// The same among the items with this attribute value; empty for a value never seen.
  void top_of(AttributeValue value, std::size_t n, Timestamp now,
              std::vector<TopList::Entry>& out) const;

  /// log2 of the decayed count, on a scale on which time does not change the order; -inf: never
  /// seen.
  [[nodiscard]] double heat(ItemId item) const noexcept;
  /// heat() as a decayed count at `now`.
  [[nodiscard]] double decayed_count(ItemId item, Timestamp now) const noexcept;
  /// All events ever, undecayed.
  [[nodiscard]] float count(ItemId item) const noexcept;
  [[gnu::always_inline]] void prefetch(ItemId item) const noexcept {
    cells_.prefetch(value_of(item));
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  [[nodiscard]] const TrendingOptions& options() const noexcept { return options_; }

 private:
  struct Cell {
    // log2 of the decayed count plus one offset, so that 0 can mean "never seen" in fresh memory.
    std::atomic<double> heat{0.0};
    std::atomic<float> count{0.0F};
  };
  [[nodiscard]] TopList* list_of(AttributeValue value) const;
  TopList& make_list_of(AttributeValue value);
  void raise(ItemId item, double heat, std::span<const AttributeValue> values);
  void to_counts(Timestamp now, std::vector<TopList::Entry>& entries) const;
  [[nodiscard]] double age(Timestamp time) const noexcept;

  TrendingOptions options_;
  Chunked<Cell> cells_;
  TopList overall_;
  mutable std::mutex lists_mutex_;
  std::unordered_map<std::uint64_t, std::unique_ptr<TopList>> lists_;
};

}  // namespace aisle::retrieve
