#pragma once

/// One decision of a bandit: arms drawn one after the other, each with its propensity.
///
/// Data path   arms -> [explore] -> slots, and the log of propensities
/// Threads     one a thread, with the caller's workspace
/// Ownership   borrows options and workspace for the decision
/// Cost        a pass over the arms that are left, each draw; Thompson also chance_of_best()

#include <cstddef>
#include <cstdint>
#include <vector>

#include "aisle/explore/bandit_options.h"
#include "aisle/explore/posterior.h"

namespace aisle::explore {

struct ChooserWorkspace {
  std::vector<double> scores;         ///< of each arm, for policies that go by one number
  std::vector<Posterior> posteriors;  ///< of each arm, for those that draw
  std::vector<std::uint32_t> left;    ///< places not drawn yet, ascending
  ChanceWorkspace chance;
};

class Chooser {
 public:
  /// The workspace has either the scores or the posteriors of all arms; all are left.
  Chooser(const BanditOptions& options, ChooserWorkspace& work);

  struct Taken {
    std::uint32_t place = 0;
    double propensity = 0.0;
  };
  /// Draws one of those left and takes it out. Not when none is left.
  Taken take(Draws& draws);

  /// The probability that take() draws `place`, given what was taken before.
  [[nodiscard]] double propensity(std::uint32_t place) const;

 private:
  [[nodiscard]] std::uint32_t pick(Draws& draws) const;
  [[nodiscard]] std::uint32_t pick_greedy(Draws& draws) const;
  [[nodiscard]] std::uint32_t pick_softmax(Draws& draws) const;
  [[nodiscard]] std::uint32_t pick_thompson(Draws& draws) const;
  [[nodiscard]] double best_score() const;
  [[nodiscard]] std::size_t count_of(double score) const;
  [[nodiscard]] double softmax_weight(std::uint32_t place, double best) const;

  Policy policy_;
  double epsilon_;
  double temperature_;
  ChooserWorkspace& work_;
};

}  // namespace aisle::explore
