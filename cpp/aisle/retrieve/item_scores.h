#pragma once

/// A score for each item, cleared in no time: the scratch paper of every counting source.
///
/// Data path   retrieve
/// Threads     one per thread
/// Ownership   owns its cells; keeps its memory between requests
/// Cost        add() one cell (16 bytes); begin() O(1); top() O(touched)

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/base/bitmap.h"
#include "aisle/base/candidate.h"
#include "aisle/base/ids.h"

namespace aisle::retrieve {

/// A score in full precision, as models return it.
struct ScoredItem {
  ItemId item = kNoItem;
  double score = 0.0;
};

class ItemScores {
 public:
  /// Forgets all scores and makes room for `items` items. Scores up to `floor` are none: counts use
  /// 0, models whose scores have either sign minus infinity.
  void begin(std::size_t items, double floor = 0.0) {
    size_ = items;
    floor_ = floor;
    if (cells_.size() < items) cells_.resize(items + items / 8);
    touched_.clear();
    if (++epoch_ == 0) {  // wrapped after 4 billion requests: old stamps could look new
      std::ranges::fill(cells_, Cell{});
      epoch_ = 1;
    }
  }

  void add(ItemId item, double score) {
    Cell& cell = cells_[value_of(item)];
    if (cell.epoch != epoch_) {
      cell = {0.0, epoch_, 0};
      touched_.push_back(item);
    }
    cell.score += score;
  }

  /// Adds once for each `mark` (1, 2, 3, ...): how a loop over one neighbour counts each of its
  /// items a single time.
  void add_once(ItemId item, std::uint32_t mark, double score) {
    Cell& cell = cells_[value_of(item)];
    if (cell.epoch != epoch_) {
      cell = {score, epoch_, mark};
      touched_.push_back(item);
    } else if (cell.mark != mark) {
      cell.mark = mark;
      cell.score += score;
    }
  }

  /// Items that may be added: numbers below it.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool has(ItemId item) const noexcept {
    return value_of(item) < cells_.size() && cells_[value_of(item)].epoch == epoch_;
  }
  [[nodiscard]] double score(ItemId item) const noexcept {
    return has(item) ? cells_[value_of(item)].score : 0.0;
  }
  [[nodiscard]] double& cell(ItemId item) noexcept { return cells_[value_of(item)].score; }
  [[nodiscard]] std::span<const ItemId> touched() const noexcept { return touched_; }
  [[gnu::always_inline]] void prefetch(ItemId item) const noexcept {
    __builtin_prefetch(&cells_[value_of(item)], 1);
  }

  /// Removes an item from what top() and rank() see.
  void drop(ItemId item) noexcept {
    if (has(item)) cells_[value_of(item)].score = floor_;
  }

  /// The best `k` scores above the floor of allowed items (null: all), best first, ties by number;
  /// returns how many.
  std::size_t top(std::size_t k, std::vector<ScoredItem>& out,
                  const Bitmap* allowed = nullptr) const {
    out.clear();
    for (const ItemId item : touched_) {
      const double value = cells_[value_of(item)].score;
      if (!(value > floor_)) continue;
      const std::size_t i = value_of(item);
      if (allowed != nullptr && (i >= allowed->size() || !allowed->test(i))) continue;
      out.push_back({item, value});
    }
    const auto better = [](const ScoredItem& a, const ScoredItem& b) {
      return a.score != b.score ? a.score > b.score : value_of(a.item) < value_of(b.item);
    };
    if (out.size() > k) {
      std::ranges::nth_element(out, out.begin() + static_cast<std::ptrdiff_t>(k), better);
      out.resize(k);
    }
    std::ranges::sort(out, better);
    return out.size();
  }

  /// Conservative rank, 1-based: every other item whose score is as high stands before it. 0 when
  /// the item has no score above the floor.
  [[nodiscard]] std::uint32_t rank(ItemId target) const noexcept { return stand(target).rank; }

  /// Where an item stands: its conservative rank, and how many other items share its score.
  struct Standing {
    std::uint32_t rank = 0;
    std::uint32_t ties = 0;
  };
  [[nodiscard]] Standing stand(ItemId target) const noexcept {
    if (!has(target) || !(score(target) > floor_)) return {};
    const double wanted = score(target);
    Standing found;
    for (const ItemId item : touched_) {
      const double value = cells_[value_of(item)].score;
      found.rank += value >= wanted ? 1U : 0U;
      found.ties += value == wanted ? 1U : 0U;
    }
    --found.ties;  // the target itself is among them
    return found;
  }

 private:
  struct Cell {
    double score = 0.0;
    std::uint32_t epoch = 0;
    std::uint32_t mark = 0;
  };
  std::vector<Cell> cells_;
  std::vector<ItemId> touched_;
  std::size_t size_ = 0;
  double floor_ = 0.0;
  std::uint32_t epoch_ = 0;
};

}  // namespace aisle::retrieve
