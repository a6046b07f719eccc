#pragma once

/// How a bandit explores.
///
/// Data path   strategy -> [explore]
/// Threads     values
/// Ownership   values
/// Cost        none

#include <cstddef>
#include <cstdint>

namespace aisle::explore {

inline constexpr std::size_t kMaxDim = 64;

/// The numbers are part of the saved form.
enum class Policy : std::uint8_t {
  epsilon_greedy,     ///< The best mean; now and then any arm.
  softmax,            ///< In proportion to exp(mean / temperature): Boltzmann exploration.
  ucb1,               ///< The greatest upper bound: Auer, Cesa-Bianchi, Fischer (2002).
  thompson_beta,      ///< A draw from each Beta posterior: Chapelle, Li (NIPS 2011).
  thompson_gaussian,  ///< The same for rewards of any size, with known noise and prior.
  lin_ucb,            ///< The upper bound of a regression on the context: Li et al. (WWW 2010).
  lin_ts,             ///< A draw from that regression: Agrawal, Goyal (ICML 2013).
};
inline constexpr std::size_t kPolicies = 7;

[[nodiscard]] constexpr bool takes_context(Policy policy) noexcept {
  return policy == Policy::lin_ucb || policy == Policy::lin_ts;
}

struct BanditOptions {
  Policy policy = Policy::thompson_beta;
  double epsilon = 0.1;      ///< epsilon_greedy: the share of slots that any arm may have.
  double temperature = 0.1;  ///< softmax: small is greedy; in the unit of the reward.
  double alpha = 1.0;  ///< ucb1, lin_ucb: width of the bound; lin_ts: its deviation; in deviations.
  double prior_successes = 1.0;  ///< thompson_beta
  double prior_failures = 1.0;   ///< thompson_beta
  double prior_mean =
      0.0;  ///< thompson_gaussian; also what epsilon_greedy and softmax take for the
            ///< mean of an arm without rewards.
  double prior_deviation = 1.0;  ///< thompson_gaussian
  double noise = 1.0;            ///< thompson_gaussian: the standard deviation of one reward.
  double ridge = 1.0;            ///< lin_ucb, lin_ts
  std::size_t dim = 0;           ///< lin_ucb, lin_ts: the length of a context, at most kMaxDim.
  /// After this many updates (of any arm) a reward counts half, for rewards that drift; 0: never.
  double half_life = 0.0;
  std::size_t max_arms = 10'000;  ///< Beyond, the arms used least are forgotten.

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
  bool operator==(const BanditOptions&) const = default;
};

}  // namespace aisle::explore
