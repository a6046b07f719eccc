#pragma once

/// What the tests of bandits share: arms, choices, and Pearson's test.

#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "aisle/explore/bandit.h"

namespace aisle::explore {

using Arms = std::vector<ArmId>;
using Context = std::vector<double>;

inline Arms arms_up_to(std::uint64_t count) {
  Arms arms;
  for (std::uint64_t i = 0; i < count; ++i) arms.push_back(ArmId{100 + i});
  return arms;
}

inline std::vector<Choice> choose(const Bandit& bandit, const Arms& arms, std::size_t k,
                                  std::uint64_t seed, const Context& context = {}) {
  ChooserWorkspace work;
  std::vector<Choice> out(k);
  out.resize(bandit.choose(arms, context, seed, work, out));
  return out;
}

inline std::vector<double> probabilities(const Bandit& bandit, const Arms& arms,
                                         const Context& context = {}) {
  ChooserWorkspace work;
  std::vector<double> out(arms.size());
  bandit.probabilities(arms, context, work, out);
  return out;
}

inline std::vector<double> expectations(const Bandit& bandit, const Arms& arms,
                                        const Context& context = {}) {
  std::vector<double> out(arms.size());
  bandit.expectations(arms, context, out);
  return out;
}

/// Options that a bandit of this policy can be made with.
inline BanditOptions options_of(Policy policy) {
  BanditOptions options;
  options.policy = policy;
  options.dim = takes_context(policy) ? 3 : 0;
  return options;
}

inline Context context_of(Policy policy, std::uint64_t seed) {
  Draws draws(seed);
  Context context(takes_context(policy) ? 3 : 0);
  for (double& value : context) value = draws.normal();
  return context;
}

/// Some rewards for each of the arms, a few or many, within [0, 1].
inline void teach(Bandit& bandit, const Arms& arms, int rounds, std::uint64_t seed) {
  Draws draws(seed);
  for (int i = 0; i < rounds; ++i) {
    const std::size_t arm = draws.below(arms.size());
    const double rate = static_cast<double>(arm + 1) / static_cast<double>(arms.size() + 1);
    bandit.update(arms[arm], draws.uniform() < rate ? 1.0 : 0.0,
                  context_of(bandit.options().policy, draws.word()));
  }
}

inline std::vector<Policy> all_policies() {
  std::vector<Policy> all;
  for (std::size_t i = 0; i < kPolicies; ++i) all.push_back(static_cast<Policy>(i));
  return all;
}

/// Pearson's statistic as a standard normal deviate (Wilson and Hilferty 1931): above 3.1 once in
/// a thousand. Classes that expect fewer than five are one class.
inline double pearson(const std::map<std::vector<std::uint32_t>, double>& expected,
                      const std::map<std::vector<std::uint32_t>, double>& observed) {
  double sum = 0.0;
  double rare_expected = 0.0;
  double rare_observed = 0.0;
  int classes = 0;
  for (const auto& [key, count] : expected) {
    const auto found = observed.find(key);
    const double seen = found == observed.end() ? 0.0 : found->second;
    if (count < 5.0) {
      rare_expected += count;
      rare_observed += seen;
      continue;
    }
    sum += (seen - count) * (seen - count) / count;
    ++classes;
  }
  if (rare_expected >= 5.0) {
    sum += (rare_observed - rare_expected) * (rare_observed - rare_expected) / rare_expected;
    ++classes;
  }
  if (classes < 2) return 0.0;
  const double freedom = classes - 1;
  const double part = 2.0 / (9.0 * freedom);
  return (std::cbrt(sum / freedom) - (1.0 - part)) / std::sqrt(part);
}

}  // namespace aisle::explore
