#pragma once

/// The set whose parts fit each other best, within a budget: complete the look.
///
/// Data path   candidates of one item -> [best set] -> look
/// Threads     pure
/// Ownership   borrows for the call
/// Cost        width * candidates * parts sums, and a sort of that many for each part

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aisle::value {

inline constexpr std::uint32_t kNoGroup = 0xffffffff;  ///< Limits nobody.

struct SetProblem {
  std::span<const float> alone;           ///< How well each candidate fits what is there already.
  std::span<const float> pairs;           ///< How well two fit each other: n * n, symmetric.
  std::span<const std::uint32_t> groups;  ///< No two parts of one group.
  std::span<const double> prices;         ///< Not negative; those of a set sum up to the budget.
  double budget = 0.0;
  std::size_t parts = 3;
  std::size_t width = 256;  ///< Sets that are followed at once; all of them are: exact.
};

/// Places of the set of `parts` candidates with the greatest sum of `alone` and `pairs`, best fit
/// alone first. Where no set has so many parts, of the most that one can have; empty where no
/// candidate is within the budget. A beam search that adds one part at a time; of equal sums the
/// set with the smaller places.
[[nodiscard]] std::vector<std::uint32_t> best_set(const SetProblem& problem);

}  // namespace aisle::value
