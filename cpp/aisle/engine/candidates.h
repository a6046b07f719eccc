#pragma once

/// Steps of recommend(): who asks, and what each source brings.
///
/// Data path   session -> [candidates] -> pool
/// Threads     one request
/// Ownership   borrows the model, the request and the workspace for the call
/// Cost        that of the sources

#include "aisle/engine/model.h"
#include "aisle/engine/request.h"
#include "aisle/engine/strategy.h"
#include "aisle/engine/workspace.h"

namespace aisle::engine {

/// The items of the visitor's running session, or of the last one when none runs.
void take_session(RequestWorkspace& work);
/// The items the caller brought; unknown ids keep their place.
void bring_session(const Model& model, const Request& request, RequestWorkspace& work);
/// The anchor's number, put last into the session; kNoItem without one.
[[nodiscard]] ItemId take_anchor(const Model& model, const Request& request,
                                 RequestWorkspace& work);
/// Marks what must not come back.
void mark_drops(const Exclusions& exclude, const Model& model, RequestWorkspace& work);

/// Whether the item may stand in the slate; marks the reason where the catalogue or the filter says
/// no.
[[nodiscard]] bool is_allowed(const Model& model, const Exclusions& exclude, const Request& request,
                              ItemId item, RequestWorkspace& work);

class Candidates {
 public:
  Candidates(const Model& model, const Strategy& strategy, const Request& request,
             RequestWorkspace& work)
      : model_(model), strategy_(strategy), request_(request), work_(work) {}

  void from_sessions(const retrieve::SessionKnn& knn) const;
  void from_pairs(Source source, PairKind kind, const retrieve::CoVisitationQuery& query) const;
  void from_vectors() const;
  void from_trending() const;
  void from_history() const;

 private:
  [[nodiscard]] std::size_t quota(Source source) const;
  [[nodiscard]] bool allowed(ItemId item) const {
    return is_allowed(model_, strategy_.exclude, request_, item, work_);
  }
  void add_best(Source source, retrieve::ItemScores& scores) const;
  [[gnu::always_inline]] void prefetch(ItemId item) const noexcept {
    if (value_of(item) >= work_.item_count) return;
    work_.drops.prefetch(item);
    work_.pool.prefetch(item);
    model_.prefetch(item);
  }
  template <class List, class Score>
  void add_list(Source source, const List& list, const Score& score) const;

  const Model& model_;
  const Strategy& strategy_;
  const Request& request_;
  RequestWorkspace& work_;
};

}  // namespace aisle::engine
