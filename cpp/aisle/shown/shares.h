#pragma once

/// How much of what is shown falls to each group of items, and what lifts or sinks a group until
/// its share lies between a floor and a cap.
///
/// Data path   slates -> [shares] -> the next request's scores
/// Threads     lift() takes no lock and may run beside tell(), which does
/// Ownership   owns its counts
/// Cost        lift() two loads; tell() a lock and a cell for each group that was shown
///
/// Each group owes or is owed attention: a virtual queue, which rises by floor * (attention of the
/// slate) and falls by what the group got, and the mirror of it for the cap (drift plus penalty:
/// Neely 2010, Stochastic Network Optimization, ch. 4). The queue over `lag` is added to the log
/// odds of the group's items. Where it can be kept at all, the share over N slates misses its goal
/// by at most (the longest queue) / N.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "aisle/base/chunked.h"

namespace aisle::shown {

struct ShareGoal {
  double at_least = 0.0;  ///< Of all attention.
  double at_most = 1.0;
  double lag = 20.0;  ///< So many slates' first places owed make the odds e times as high.

  /// @throws ConfigError with the value that is out of its domain.
  void validate() const;
  bool operator==(const ShareGoal&) const = default;
};

class Shares {
 public:
  static constexpr double kMostLift = 10.0;  ///< Of log odds, whatever is owed.

  explicit Shares(const ShareGoal& goal) : goal_(goal) { goal_.validate(); }

  [[nodiscard]] const ShareGoal& goal() const noexcept { return goal_; }
  /// What is added to the log odds of the group's items.
  [[nodiscard]] float lift(std::uint32_t group) const noexcept;
  /// A slate with so much attention, some of which fell to these groups; a group may come again.
  void tell(std::span<const std::pair<std::uint32_t, double>> got, double attention);

  struct Share {
    std::uint32_t group = 0;
    double got = 0.0;  ///< Attention since the beginning.
    double lift = 0.0;
  };
  /// Of the groups below `groups` that were ever shown.
  [[nodiscard]] std::vector<Share> all(std::uint32_t groups) const;
  /// The attention of all slates.
  [[nodiscard]] double attention() const noexcept {
    return attention_.load(std::memory_order_relaxed);
  }

  /// Goes on where `before` stands, whose group (first) is called (second) here.
  void take_over(const Shares& before,
                 std::span<const std::pair<std::uint32_t, std::uint32_t>> groups);

 private:
  struct Cell {
    std::atomic<double> owed{0.0};   ///< To reach the floor, when `at` was.
    std::atomic<double> ahead{0.0};  ///< Of the cap, then.
    std::atomic<double> at{0.0};     ///< All attention then; queues drift on from there.
    std::atomic<double> got{0.0};
  };
  /// The queues as they are after so much attention.
  [[nodiscard]] std::pair<double, double> queues(const Cell& cell, double attention) const noexcept;

  ShareGoal goal_;
  Chunked<Cell, 8> cells_;
  std::atomic<double> attention_{0.0};
  std::mutex telling_;
};

}  // namespace aisle::shown
