#pragma once

/// One request from the visitor's events to the slate.
///
/// Data path   engine -> [recommend] -> slate
/// Threads     one request; its workspace holds the visitor's events already
/// Ownership   borrows what was asked for the call; writes the caller's slate
/// Cost        some hundred microseconds, nearly all of it the sources'

#include "aisle/slate/asked.h"
#include "aisle/slate/explain.h"

namespace aisle::slate {

/// Fills `slate` with up to request.k items, best first. Before, a request with a visitor has its
/// events in work.recent.
void recommend(const Asked& asked, Slate& slate);

/// Which of the strategies that the placement chooses among is to make the slate.
[[nodiscard]] explore::Choice choose_strategy(const Asked& asked);

/// What became of an item in that request: the first step that kept it out of the slate.
/// What is asked again may have changed since; what `then` remembers of the request is true of it.
[[nodiscard]] Verdict judge(const Asked& asked, ItemId item, const Explanation* then = nullptr);

/// The pool with its last scores: after boosts and objectives, before it is sorted.
void rank_pool(const Asked& asked);

/// The probability that the item is the visitor's next among the candidates; 0 where it may not come.
[[nodiscard]] double affinity(const Asked& asked, ItemId item);

/// How much of the visitor's interest each value of a column has, by code: the probability that the
/// next item has it. A label set's labels count each. Null is no value.
void weigh_values(const Asked& asked, const catalog::Column& column, std::vector<double>& share);

/// The pool with its features and scores, as the sources and the scorer leave it.
void find_pool(const Asked& asked);

}  // namespace aisle::slate
