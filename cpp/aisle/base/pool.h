#pragma once

/// The candidates of one request: each item once, with what every source thinks of it.
///
/// Data path   retrieve -> [pool] -> score -> rerank
/// Threads     one per thread
/// Ownership   owns its entries; keeps its memory between requests
/// Cost        add() one cell and one entry

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/base/ids.h"

namespace aisle {

/// The candidate sources. The numbers are part of the bundle format (the scorer's weights).
enum class Source : std::uint8_t {
  knn,             ///< sessions like this one
  co_visitation,   ///< met in one session
  rules,           ///< came next
  cart,            ///< put into one cart
  purchase,        ///< bought together
  vectors,         ///< near in vector space
  trending,        ///< looked at now
  trending_alike,  ///< looked at now, with an attribute value of the session's last item
  history,         ///< the visitor's own: recently viewed
  buy_again,       ///< the visitor's own: bought before
};
inline constexpr std::size_t kSources = 10;

struct PoolEntry {
  ItemId item = kNoItem;
  float score = 0.0F;                   ///< What the scorer, then the reranker says.
  std::array<float, kSources> share{};  ///< Source's score / its best; 0: not from there.
  std::array<std::uint16_t, kSources>
      rank{};  ///< 1-based place in the source's list; 0: not there.
};

class Pool {
 public:
  void begin(std::size_t items) {
    if (cells_.size() < items) cells_.resize(items + items / 8);
    entries_.clear();
    if (++epoch_ == 0) {
      std::ranges::fill(cells_, Cell{});
      epoch_ = 1;
    }
  }

  /// The item's entry, made when it is not there.
  PoolEntry& at(ItemId item) {
    Cell& cell = cells_[value_of(item)];
    if (cell.epoch != epoch_) {
      cell = {epoch_, static_cast<std::uint32_t>(entries_.size())};
      entries_.emplace_back();
      entries_.back().item = item;
    }
    return entries_[cell.place];
  }
  void add(Source source, ItemId item, std::size_t rank, float share) {
    PoolEntry& entry = at(item);
    const auto s = static_cast<std::size_t>(source);
    if (entry.rank[s] != 0) return;
    entry.rank[s] = static_cast<std::uint16_t>(std::min<std::size_t>(rank, 0xffff));
    entry.share[s] = share;
  }
  [[gnu::always_inline]] void prefetch(ItemId item) const noexcept {
    __builtin_prefetch(cells_.data() + value_of(item), 1);
  }
  [[nodiscard]] bool has(ItemId item) const noexcept {
    return value_of(item) < cells_.size() && cells_[value_of(item)].epoch == epoch_;
  }
  [[nodiscard]] std::span<PoolEntry> entries() noexcept { return entries_; }
  [[nodiscard]] std::span<const PoolEntry> entries() const noexcept { return entries_; }

 private:
  struct Cell {
    std::uint32_t epoch = 0;
    std::uint32_t place = 0;
  };
  std::vector<Cell> cells_;
  std::vector<PoolEntry> entries_;
  std::uint32_t epoch_ = 0;
};

}  // namespace aisle
