#pragma once

/// One request from the visitor's events to the slate.
///
/// Data path   engine -> [recommend] -> slate
/// Threads     one request; its workspace holds the visitor's events already
/// Ownership   borrows what was asked for the call; writes the caller's slate
/// Cost        some hundred microseconds, nearly all of it the sources'

#include "aisle/slate/asked.h"

namespace aisle::slate {

/// Fills `slate` with up to request.k items, best first. Before, a request with a visitor has its
/// events in work.recent.
void recommend(const Asked& asked, Slate& slate);

/// What became of an item in that request.
[[nodiscard]] Verdict judge(const Asked& asked, ItemId item);

/// The pool with its last scores: after boosts and objectives, before it is sorted.
void rank_pool(const Asked& asked);

/// The pool with its features and scores, as the sources and the scorer leave it.
void find_pool(const Asked& asked);

}  // namespace aisle::slate
