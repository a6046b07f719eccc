#pragma once

/// Last steps of recommend(): the order of the pool, and the slots of the slate.
///
/// Data path   pool -> [slots] -> slate
/// Threads     one request
/// Ownership   borrows what was asked; writes the caller's slate
/// Cost        a partial sort of the pool; the fallback chain only for a slate that is short

#include "aisle/slate/candidates.h"
#include "aisle/slate/limits.h"

namespace aisle::slate {

/// Puts the pool's best `count` in order into work.order: score, then more recently seen by the
/// shop (the larger number), then nothing is left to tie.
void sort_pool(std::size_t count, RequestWorkspace& work);

/// What a decision hangs on, for policies that take a context: 1, then the strategy's numbers.
void find_context(const Asked& asked);

class Slots {
 public:
  Slots(const Asked& asked, Slate& slate);

  void take_pool();
  /// For slots that are kept for a group whose candidates the pool has not: the popular ones, then
  /// the new ones.
  void take_members();
  void take_trending_alike();
  void take_trending();
  void take_by_popularity();
  void take_new();
  void take_soft();
  void take_sold_out();
  /// Pins beyond the end, the minimum, names and counts.
  void finish();

 private:
  [[nodiscard]] bool is_full() const { return left() == 0; }
  [[nodiscard]] std::size_t left() const;
  void take_pins();
  void put(const SlateItem& item);
  [[nodiscard]] double expected() const;
  void take_fallback(ItemId item);
  [[nodiscard]] float last_score() const {
    return slate_.items.empty() ? 0.0F : slate_.items.back().score;
  }

  // explored.cpp
  void plan_explored();
  void take_explored();
  void find_item_arms();
  void find_source_arms();
  void add_arm(explore::ArmId arm, ItemId item, std::uint32_t entry);
  [[nodiscard]] bool may_explore(const PoolEntry& entry);
  [[nodiscard]] double propensity_of(const explore::Choice& choice);

  const Asked& asked_;
  const live::Model& model_;
  const live::Strategy& strategy_;
  RequestWorkspace& work_;
  Slate& slate_;
  Limits limits_;
  std::size_t next_pin_ = 0;
  std::size_t next_explored_ = 0;
};

}  // namespace aisle::slate
