#pragma once

/// Many sessions at once: the best items of each, or where each one's target stands.
///
/// Data path   session model -> [batch] -> evaluate
/// Threads     starts the threads it is given and joins them; one workspace each
/// Ownership   reads the caller's columns, writes into the caller's arrays
/// Cost        that of the model, plus a pass over the items it touched

#include <cstddef>
#include <cstdint>
#include <span>

#include "aisle/models/session_model.h"

namespace aisle::models {

/// Sessions laid end to end: session i is rows [offsets[i] .. offsets[i + 1]).
struct SessionBatch {
  std::span<const std::int64_t> offsets;
  std::span<const ItemId> items;
  std::span<const Timestamp> times{};    ///< Of each item; may be empty.
  std::span<const EventType> types{};    ///< Of each item; may be empty.
  std::span<const Timestamp> request{};  ///< When each session asks; may be empty.

  [[nodiscard]] std::size_t size() const noexcept {
    return offsets.empty() ? 0 : offsets.size() - 1;
  }
  [[nodiscard]] SessionQuery query(std::size_t i) const noexcept;
  /// @throws ConfigError naming the column whose length does not fit.
  void validate() const;
};

struct BatchOptions {
  std::size_t k = 20;
  std::size_t threads = 1;
  bool exclude_seen = false;  ///< The session's own items are neither listed nor ranked.
};

/// Scores one session and leaves its best k in work.best.
/// @throws ConfigError when the query's columns differ in length.
void best_of(const SessionModel& model, const SessionQuery& query, const BatchOptions& options,
             Workspace& work);

/// Rows of k; missing places are kNoItem and NaN. Either may be empty: not wanted.
struct TopLists {
  std::span<ItemId> items;
  std::span<double> scores;
};

/// Where each session's target stands among all items; one entry for each session.
struct Ranking {
  std::span<std::uint32_t> ranks;  ///< Conservative, from 1; 0: the target has no score.
  std::span<std::uint32_t> ties;   ///< Other items with the target's score.
  std::span<float> nanoseconds;    ///< To score and find the best k.
};

void recommend_batch(const SessionModel& model, const SessionBatch& batch,
                     const BatchOptions& options, const TopLists& lists);

/// Ranks the targets, and lists the best k beside where `lists` is not empty.
void rank_batch(const SessionModel& model, const SessionBatch& batch,
                std::span<const ItemId> targets, const BatchOptions& options,
                const Ranking& ranking, const TopLists& lists);

}  // namespace aisle::models
