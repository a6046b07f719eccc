#include "aisle/explore/posterior.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace aisle::explore {
namespace {

std::vector<double> chances(const std::vector<Posterior>& all) {
  std::vector<std::uint32_t> left(all.size());
  std::iota(left.begin(), left.end(), 0U);
  ChanceWorkspace work;
  std::vector<double> found;
  for (const std::uint32_t place : left) found.push_back(chance_of_best(all, left, place, work));
  return found;
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

/// P(Beta(a2, b2) > Beta(a1, b1)) for a whole a2: the known finite sum.
double beats(int a2, double b2, double a1, double b1) {
  double sum = 0.0;
  const auto log_beta = [](double a, double b) {
    return log_gamma_function(a) + log_gamma_function(b) - log_gamma_function(a + b);
  };
  for (int i = 0; i < a2; ++i) {
    sum += std::exp(log_beta(a1 + i, b1 + b2) - std::log(b2 + i) - log_beta(1.0 + i, b2) -
                    log_beta(a1, b1));
  }
  return sum;
}

TEST(Posterior, LogGammaIsThatOfFactorials) {
  double factorial = 1.0;
  for (int n = 1; n < 20; ++n) {
    EXPECT_NEAR(log_gamma_function(n), std::log(factorial), 1e-12 * (1.0 + std::log(factorial)));
    factorial *= n;
  }
  EXPECT_NEAR(log_gamma_function(0.5), 0.5 * std::log(3.14159265358979323846), 1e-13);
}

TEST(Posterior, ChancesOfBetasAreTheKnownIntegral) {
  // Five arms with successes of trials 14/121, 2/73, 13/74, 10/63, 13/69, integrated by SciPy.
  const std::vector<Posterior> arms{Posterior::beta(15, 108), Posterior::beta(3, 72),
                                    Posterior::beta(14, 62), Posterior::beta(11, 54),
                                    Posterior::beta(14, 57)};
  const std::vector<double> known{0.0146756167, 0.0000371798, 0.3187185772, 0.2125593361,
                                  0.4540092902};
  const std::vector<double> found = chances(arms);
  for (std::size_t i = 0; i < arms.size(); ++i) EXPECT_NEAR(found[i], known[i], 1e-8);
}

TEST(Posterior, ChancesOfGaussiansAreThoseOfTheirDifference) {
  for (const double deviation : {1e-6, 1e-3, 0.1, 1.0, 7.0}) {
    for (const double mean : {-3.0, -0.2, 0.0, 0.5, 2.0}) {
      const double known = normal_cdf(mean / std::hypot(deviation, 1.0));
      const auto found =
          chances({Posterior::gaussian(mean, deviation), Posterior::gaussian(0.0, 1.0)});
      EXPECT_NEAR(found[0], known, 2e-7) << deviation << " " << mean;
      EXPECT_NEAR(found[1], 1.0 - known, 2e-7) << deviation << " " << mean;
    }
  }
}

TEST(Posterior, ASureArmBesideAVagueOne) {
  for (const int successes : {1, 5, 400, 20000}) {
    for (const double failures : {0.5, 3.0, 900.0, 1e6}) {
      const auto found = chances({Posterior::beta(successes, failures), Posterior::beta(0.5, 0.5)});
      const double known = beats(successes, failures, 0.5, 0.5);
      EXPECT_NEAR(found[0], known, 1e-6) << successes << " " << failures;
      EXPECT_NEAR(found[1], 1.0 - known, 1e-6) << successes << " " << failures;
    }
  }
}

TEST(Posterior, ChancesSumToOne) {
  Draws draws(3);
  for (int round = 0; round < 50; ++round) {
    std::vector<Posterior> arms;
    for (int i = 0; i < 12; ++i) {
      const double trials = std::exp(12.0 * draws.uniform());
      const double rate = draws.uniform();
      arms.push_back(Posterior::beta(0.7 + trials * rate, 0.7 + trials * (1.0 - rate)));
    }
    const auto found = chances(arms);
    EXPECT_NEAR(std::accumulate(found.begin(), found.end(), 0.0), 1.0, 1e-6);
  }
}

TEST(Posterior, EqualArmsAreEquallyProbable) {
  for (const double chance : chances(std::vector<Posterior>(7, Posterior::beta(0.5, 0.5)))) {
    EXPECT_NEAR(chance, 1.0 / 7.0, 1e-7);
  }
}

TEST(Posterior, WhatCannotWinKeepsALeastChance) {
  const auto found = chances({Posterior::gaussian(0.0, 0.01), Posterior::gaussian(9.0, 0.01)});
  EXPECT_GT(found[0], 0.0);
  EXPECT_LT(found[0], 1e-11);
  EXPECT_NEAR(found[1], 1.0, 1e-11);
}

TEST(Posterior, DrawsHaveItsMeanAndVariance) {
  Draws draws(1);
  for (const auto& [a, b] : {std::pair{0.3, 0.8}, {1.0, 1.0}, {4.0, 30.0}}) {
    const Posterior posterior = Posterior::beta(a, b);
    double sum = 0.0;
    double squares = 0.0;
    constexpr int kDraws = 100'000;
    for (int i = 0; i < kDraws; ++i) {
      const double share = 1.0 / (1.0 + std::exp(-draw(posterior, draws)));
      sum += share;
      squares += share * share;
    }
    const double mean = sum / kDraws;
    const double variance = a * b / ((a + b) * (a + b) * (a + b + 1.0));
    EXPECT_NEAR(mean, a / (a + b), 5.0 * std::sqrt(variance / kDraws));
    EXPECT_NEAR(squares / kDraws - mean * mean, variance, 0.03 * variance);
  }
}

TEST(Posterior, UniformDrawsFillTheUnitInterval) {
  Draws draws(2);
  std::vector<int> counts(10);
  for (int i = 0; i < 100'000; ++i) ++counts[draws.below(10)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

}  // namespace
}  // namespace aisle::explore
