#pragma once

/// A log played back, event by event: observe, then what would have been shown, and whether the
/// visitor's next step was in it. Also how the scorer's training rows are made: the same path.
///
/// Data path   log -> [replay] -> engine -> ranks
/// Threads     one call is one thread's work
/// Ownership   borrows the columns for the call
/// Cost        one observe() and at most one recommend() an event

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "aisle/engine/engine.h"

namespace aisle::engine {

struct ReplayRows {
  std::span<const std::int64_t> rows;       ///< Rows in the order they happen.
  std::span<const std::int64_t> following;  ///< For each of rows: the row asked for, or -1.
};

struct ReplayResult {
  std::vector<std::int32_t> ranks;  ///< Place from 1; 0: not in the slate; -1: not asked.
  std::vector<std::int64_t> recommend_ns;
  std::vector<std::int64_t> observe_ns;
};

/// Called now and then; returns false to stop.
using KeepGoing = std::function<bool(std::size_t done)>;

[[nodiscard]] ReplayResult replay(Engine& engine, const LogColumns& log, const ReplayRows& rows,
                                  std::size_t k, bool learn, const KeepGoing& keep_going);

/// Candidates with features, a group for each answer that the pool held.
struct TrainingRows {
  std::vector<float> features;             ///< kFeatures a row.
  std::vector<std::uint8_t> is_target;     ///< One for each row; one 1 in each group.
  std::vector<std::uint32_t> group_begin;  ///< First row of each group; one more than groups.
  std::size_t asked = 0;                   ///< Questions; groups / asked is the pool's recall.
};

/// For each question whose answer is in the pool: the answer and at most `others` of the rest,
/// drawn evenly with `seed`.
[[nodiscard]] TrainingRows collect_training(Engine& engine, const LogColumns& log,
                                            const ReplayRows& rows, std::size_t others,
                                            std::uint64_t seed, const KeepGoing& keep_going);

}  // namespace aisle::engine
