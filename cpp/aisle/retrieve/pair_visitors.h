#pragma once

/// How many visitors met two items in one session, and sessions cut so that no two items stand in
/// one which fewer than k visitors met: k-anonymity of pairs.
///
/// Data path   fit -> [pair visitors] -> co-visitation, session index
/// Threads     one call is one job
/// Ownership   borrows the rows for the call; owns what it returns
/// Cost        a pass over the sessions of each item; while sessions are cut, 4 bytes a pair that
///             k visitors met, at most a k-th of the pairs of all sessions

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/retrieve/item_scores.h"
#include "aisle/retrieve/session_index.h"

namespace aisle::retrieve {

/// Counts, for each item up to `distance` steps from `item` in those sessions, the visitors whose
/// sessions they are: `visitors.score(other)`. The index knows its sessions' visitors.
void count_visitors(const SessionIndexData& index, ItemId item,
                    std::span<const std::uint32_t> sessions, std::size_t distance,
                    ItemScores& visitors);

struct CutSessions {
  std::vector<std::uint32_t> session;  ///< Of each row, in the place of that of the log.
  std::vector<std::uint32_t> rank;     ///< One for each session.
};

/// Cuts a session before each item that fewer than `k_anonymity` visitors met in one session with
/// an item before it, since the last cut. Rows are in the order of time.
/// @throws ConfigError where the rows do not say whose sessions they are.
[[nodiscard]] CutSessions cut_sessions(const SessionRows& rows, std::size_t item_count,
                                       std::size_t k_anonymity);

/// @throws ConfigError unless each session has a visitor.
void check_visitors(std::size_t visitors, std::size_t sessions, std::size_t k_anonymity);

}  // namespace aisle::retrieve
