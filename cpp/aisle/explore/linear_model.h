#pragma once

/// Ridge regression of one arm's reward on a context, learned one reward at a time.
///
/// L. Li, W. Chu, J. Langford, R. Schapire: A contextual-bandit approach to personalized news
/// article recommendation (WWW 2010), disjoint models; with decay as Y. Russac, C. Vernade,
/// O. Cappe: Weighted linear bandits for non-stationary environments (NeurIPS 2019).
///
/// Data path   [explore]: LinUCB and LinTS
/// Threads     const methods may run together; the state is the caller's to guard
/// Ownership   borrows the state, state_size() doubles an arm
/// Cost        estimate() O(dim^2); update() O(dim^2), with decay O(dim^3): 1 us and 30 us at 32

#include <cstddef>
#include <span>

namespace aisle::explore {

struct LinearEstimate {
  double mean = 0.0;      ///< x . theta
  double variance = 0.0;  ///< x . A^-1 x, of a reward with noise 1
};

class LinearModel {
 public:
  /// `decays`: whether updates will come with a `keep` below one.
  LinearModel(std::size_t dim, double ridge, bool decays)
      : dim_(dim), ridge_(ridge), decays_(decays) {}

  /// Per arm: b, the inverse of A and, where it decays, A without its ridge.
  [[nodiscard]] std::size_t state_size() const noexcept {
    return dim_ + (decays_ ? 2 : 1) * dim_ * dim_;
  }
  /// The state before any reward.
  void begin(std::span<double> state) const;

  /// A = ridge + keep * (A - ridge) + x x', b = keep * b + reward * x. Without decay the inverse
  /// follows by Sherman and Morrison's formula; with it A is inverted again.
  void update(std::span<double> state, std::span<const double> x, double reward, double keep) const;

  /// Adds to the reward of an x that was counted already.
  void correct(std::span<double> state, std::span<const double> x, double more) const;

  /// `keep` is what is left of the state since its last update. The variance is then an upper bound,
  /// min(x . A^-1 x / keep, x . x / ridge), since keep * (A - ridge) + ridge >= keep * A; the mean
  /// is that of the last update.
  [[nodiscard]] LinearEstimate estimate(std::span<const double> state, std::span<const double> x,
                                        double keep) const;

 private:
  void invert(std::span<double> state) const;

  std::size_t dim_;
  double ridge_;
  bool decays_;
};

}  // namespace aisle::explore
