#pragma once

/// The scorer is a conditional logit (McFadden 1974): e^score over the sum of the pool's is the
/// probability of a candidate to be the next item.
///
/// Data path   scored pool -> [choice] -> expected value, segments, audiences
/// Threads     one request
/// Ownership   values
/// Cost        an exponential for each candidate, once

#include <algorithm>
#include <cmath>
#include <span>

#include "aisle/base/pool.h"

namespace aisle::score {

class Choice {
 public:
  /// The pool is not empty.
  explicit Choice(std::span<const PoolEntry> pool)
      : best_(std::ranges::max(pool, {}, &PoolEntry::score).score) {
    for (const PoolEntry& entry : pool) all_ += odds(entry);
  }
  /// Of an entry of that pool.
  [[nodiscard]] double of(const PoolEntry& entry) const { return odds(entry) / all_; }

 private:
  [[nodiscard]] double odds(const PoolEntry& entry) const {
    return std::exp(double{entry.score} - best_);
  }

  double best_;
  double all_ = 0.0;
};

}  // namespace aisle::score
