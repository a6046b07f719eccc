#pragma once

/// Other scores for the whole pool.
///
/// Data path   pool -> [rescore] -> pool
/// Threads     one request
/// Ownership   borrows the workspace for the call
/// Cost        a copy of items and scores either way

#include <cstddef>

#include "aisle/slate/workspace.h"

namespace aisle::slate {

/// Calls change(items, scores), which writes other scores.
template <class Change>
void rescore(RequestWorkspace& work, const Change& change) {
  const auto pool = work.pool.entries();
  work.boosted_items.clear();
  work.boosted.clear();
  for (const PoolEntry& entry : pool) {
    work.boosted_items.push_back(entry.item);
    work.boosted.push_back(entry.score);
  }
  change(work.boosted_items, work.boosted);
  for (std::size_t i = 0; i < pool.size(); ++i) pool[i].score = work.boosted[i];
}

}  // namespace aisle::slate
