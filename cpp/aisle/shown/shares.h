#pragma once

/// How much of what is shown falls to each group of items, and what lifts or sinks a group until
/// its share lies between a floor and a cap.
///
/// Data path   slates -> [shares] -> the next request's scores
/// Threads     lift() may run beside tell() and sees a group's numbers before or after it, or mixed
///             for a moment, each within its bounds; it locks for a group that is new
/// Ownership   owns its counts: some 20 KiB, and 8 for each further 256 groups
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

  static constexpr std::uint32_t kMostGroups = 1U << 18U;  ///< Those beyond have no share.

  /// Groups below `groups` are owed attention from the beginning, later ones since they are known.
  explicit Shares(const ShareGoal& goal, std::uint32_t groups = 1);

  [[nodiscard]] const ShareGoal& goal() const noexcept { return goal_; }
  /// What is added to the log odds of the group's items.
  [[nodiscard]] float lift(std::uint32_t group);
  /// A slate with so much attention, some of which fell to these groups; a group may come again.
  void tell(std::span<const std::pair<std::uint32_t, double>> got, double attention);

  struct Share {
    std::uint32_t group = 0;
    double got = 0.0;  ///< Attention since the beginning.
    double lift = 0.0;
  };
  /// Of the groups below `groups` that were ever shown.
  [[nodiscard]] std::vector<Share> all(std::uint32_t groups) const;
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return cells_.memory_bytes(); }
  /// The attention of all slates.
  [[nodiscard]] double attention() const noexcept {
    return attention_.load(std::memory_order_relaxed);
  }

  /// Goes on where `before` stands, whose group (first) is called (second) here; others are new.
  void take_over(Shares& before, std::span<const std::pair<std::uint32_t, std::uint32_t>> groups);

 private:
  struct Cell {
    std::atomic<double> owed{0.0};   ///< To reach the floor, when `at` was.
    std::atomic<double> ahead{0.0};  ///< Of the cap, then.
    std::atomic<double> at{0.0};     ///< All attention then; queues drift on from there.
    std::atomic<double> got{0.0};
    std::atomic<bool> is_known{false};
  };
  Cell& know(std::uint32_t group, double attention);
  /// The queues as they are after so much attention.
  [[nodiscard]] std::pair<double, double> queues(const Cell& cell, double attention) const noexcept;

  ShareGoal goal_;
  std::uint32_t first_groups_;
  Chunked<Cell, 8, (kMostGroups >> 8U)> cells_;
  std::atomic<double> attention_{0.0};
  std::mutex telling_;
};

}  // namespace aisle::shown
