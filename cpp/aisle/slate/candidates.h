#pragma once

/// Steps of recommend(): who asks, and what each source brings.
///
/// Data path   session -> [candidates] -> pool
/// Threads     one request
/// Ownership   borrows what was asked for the call
/// Cost        that of the sources

#include "aisle/slate/asked.h"

namespace aisle::slate {

/// The items of the visitor's running session, or of the last one when none runs.
void take_session(RequestWorkspace& work);
/// The items the caller brought; unknown ids keep their place.
void bring_session(const Asked& asked);
/// The anchor's number, put last into the session; kNoItem without one.
[[nodiscard]] ItemId take_anchor(const Asked& asked);
/// The caller's own list, where there is one: nothing else may come.
void take_given(const Asked& asked);
/// Up to so many items leave the sources enough to bring: they are left out of the slate only, so
/// that the others keep their scores from page to page.
inline constexpr std::size_t kFewLeftOut = 100;
/// What stands on the pages before, and what the caller excludes.
void find_left_out(const Asked& asked);
void leave_out(const Asked& asked);
/// Marks what must not come back.
void mark_drops(const Asked& asked);
/// Which rules hold for this request; pinned items leave the ranking.
void take_rules(const Asked& asked);

/// Whether the item may stand in the slate; marks the reason where the catalogue or a rule says no.
[[nodiscard]] bool is_allowed(const Asked& asked, ItemId item);

class Candidates {
 public:
  explicit Candidates(const Asked& asked)
      : asked_(asked), model_(asked.model), strategy_(asked.strategy()), work_(asked.work) {}

  void from_sessions() const;
  void from_pairs(Source source, live::PairKind kind,
                  const retrieve::CoVisitationQuery& query) const;
  void from_vectors() const;
  void from_trending() const;
  void from_history() const;
  void from_caller() const;

 private:
  [[nodiscard]] std::size_t quota(Source source) const;
  [[nodiscard]] bool allowed(ItemId item) const { return is_allowed(asked_, item); }
  void add_best(Source source, retrieve::ItemScores& scores) const;
  [[gnu::always_inline]] void prefetch(ItemId item) const noexcept {
    if (value_of(item) >= work_.item_count) return;
    work_.drops.prefetch(item);
    work_.pool.prefetch(item);
    model_.prefetch(item, asked_.place.items);
  }
  template <class List, class Score>
  void add_list(Source source, const List& list, const Score& score) const;

  const Asked& asked_;
  const live::Model& model_;
  const live::Strategy& strategy_;
  RequestWorkspace& work_;
};

}  // namespace aisle::slate
