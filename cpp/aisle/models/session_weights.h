#pragma once

/// What each item of a session weighs when it speaks for others.
///
/// Data path   session query -> [session weights] -> item rows, item factors
/// Threads     pure function
/// Ownership   writes into the caller's workspace
/// Cost        one pass over the session

#include <array>
#include <cstddef>

#include "aisle/models/session_model.h"

namespace aisle::models {

[[nodiscard]] constexpr std::array<double, kEventTypes> all_types_alike() noexcept {
  std::array<double, kEventTypes> ones{};
  for (double& one : ones) one = 1.0;
  return ones;
}

struct SessionWeights {
  std::size_t last_items = 0;  ///< Distinct items of the session, newest first; 0: all.
  double step_decay = 1.0;     ///< The j-th of them (0, 1, ...) weighs step_decay^j, ...
  /// ... times the largest weight among the types of its events, where the query brings types.
  std::array<double, kEventTypes> type_weight = all_types_alike();

  /// @throws ConfigError naming the field and its value.
  void validate() const;
};

/// Leaves the session's distinct known items in work.best, newest first, each with its weight.
/// work.scores() is scratch: call begin() behind it.
void weigh_session(const SessionQuery& query, std::size_t item_count, const SessionWeights& weights,
                   Workspace& work);

}  // namespace aisle::models
