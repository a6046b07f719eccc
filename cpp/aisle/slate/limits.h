#pragma once

/// How many slots a group of items may take, and how many are kept for it.
///
/// Data path   slots ask, item by item
/// Threads     one request
/// Ownership   borrows what was asked for the call; counts in its workspace
/// Cost        a look at each limit that holds; none without limits

#include <cstddef>

#include "aisle/slate/asked.h"

namespace aisle::slate {

class Limits {
 public:
  explicit Limits(const Asked& asked);

  /// Whether the item may take one of the `left` slots, and if so counts it. A refusal for good
  /// marks the item as capped; one for now does not: the slots left are kept for others.
  [[nodiscard]] bool take(ItemId item, std::size_t left);
  /// The same without counting or marking.
  [[nodiscard]] bool allows(ItemId item, std::size_t left);
  /// Counts an item that has its slot anyway.
  void count(ItemId item);

  /// Whether slots are kept for items that have not come yet, this one perhaps among them.
  [[nodiscard]] bool is_waiting() const noexcept { return kept() > 0; }
  [[nodiscard]] bool is_awaited(ItemId item);
  /// Gives the slots that were kept to whoever comes.
  void release() noexcept { asked_.work.kept.assign(asked_.work.kept.size(), 0); }

 private:
  [[nodiscard]] std::size_t kept() const noexcept;
  [[nodiscard]] bool is_below_caps(ItemId item);
  std::size_t& count_of(std::size_t limit, std::uint32_t code);
  template <class Visit>
  bool for_each_cap(ItemId item, const Visit& visit);

  const Asked& asked_;
  const rules::RuleBook& book_;
};

}  // namespace aisle::slate
