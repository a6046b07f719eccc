#include "aisle/explore/linear_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "aisle/explore/draws.h"

namespace aisle::explore {
namespace {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;

/// Gauss's elimination.
Vector solve(Matrix a, Vector y) {
  const std::size_t n = y.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c + 1; r < n; ++r) {
      if (std::abs(a[r][c]) > std::abs(a[pivot][c])) pivot = r;
    }
    std::swap(a[c], a[pivot]);
    std::swap(y[c], y[pivot]);
    for (std::size_t r = 0; r < n; ++r) {
      if (r == c) continue;
      const double share = a[r][c] / a[c][c];
      for (std::size_t i = c; i < n; ++i) a[r][i] -= share * a[c][i];
      y[r] -= share * y[c];
    }
  }
  for (std::size_t c = 0; c < n; ++c) y[c] /= a[c][c];
  return y;
}

double inner(const Vector& a, const Vector& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Vector context(std::size_t dim, Draws& draws) {
  Vector x(dim);
  for (double& value : x) value = draws.normal();
  return x;
}

/// The definition, from all rewards at once.
struct Naive {
  Matrix a;
  Vector b;
  Naive(std::size_t dim, double ridge) : a(dim, Vector(dim)), b(dim), ridge_(ridge) {}
  void update(const Vector& x, double reward, double keep) {
    for (std::size_t i = 0; i < b.size(); ++i) {
      for (std::size_t j = 0; j < b.size(); ++j) a[i][j] = keep * a[i][j] + x[i] * x[j];
      b[i] = keep * b[i] + reward * x[i];
    }
  }
  [[nodiscard]] LinearEstimate estimate(const Vector& x) const {
    Matrix with_ridge = a;
    for (std::size_t i = 0; i < b.size(); ++i) with_ridge[i][i] += ridge_;
    return {.mean = inner(x, solve(with_ridge, b)), .variance = inner(x, solve(with_ridge, x))};
  }

 private:
  double ridge_;
};

void expect_same(std::size_t dim, double ridge, double keep) {
  Draws draws(dim);
  const LinearModel model(dim, ridge, keep < 1.0);
  Vector state(model.state_size());
  model.begin(state);
  Naive naive(dim, ridge);
  for (int i = 0; i < 300; ++i) {
    const Vector x = context(dim, draws);
    const double reward = draws.normal() + x[0];
    model.update(state, x, reward, keep);
    naive.update(x, reward, keep);
  }
  for (int i = 0; i < 10; ++i) {
    const Vector x = context(dim, draws);
    const LinearEstimate expected = naive.estimate(x);
    const LinearEstimate found = model.estimate(state, x, 1.0);
    EXPECT_NEAR(found.mean, expected.mean, 1e-9);
    EXPECT_NEAR(found.variance, expected.variance, 1e-9 * (1.0 + expected.variance));
  }
}

TEST(LinearModel, IsTheRidgeRegressionOfAllRewards) {
  for (const std::size_t dim : {1U, 3U, 32U, 64U}) expect_same(dim, 0.7, 1.0);
}

TEST(LinearModel, IsTheDecayedRegression) {
  for (const std::size_t dim : {1U, 3U, 32U}) expect_same(dim, 0.7, 0.95);
}

TEST(LinearModel, KnowsNothingAtFirst) {
  const LinearModel model(2, 4.0, false);
  Vector state(model.state_size());
  model.begin(state);
  const LinearEstimate estimate = model.estimate(state, Vector{3.0, 4.0}, 1.0);
  EXPECT_DOUBLE_EQ(estimate.mean, 0.0);
  EXPECT_DOUBLE_EQ(estimate.variance, 25.0 / 4.0);
}

TEST(LinearModel, WhatIsOldIsLessSure) {
  const LinearModel model(2, 1.0, true);
  Vector state(model.state_size());
  model.begin(state);
  const Vector x{1.0, 0.5};
  for (int i = 0; i < 50; ++i) model.update(state, x, 1.0, 1.0);
  const double fresh = model.estimate(state, x, 1.0).variance;
  EXPECT_DOUBLE_EQ(model.estimate(state, x, 0.5).variance, 2.0 * fresh);
  EXPECT_DOUBLE_EQ(model.estimate(state, x, 0.0).variance, 1.25);  // what it was before any reward
}

TEST(LinearModel, ACorrectionIsAsIfTheRewardHadBeenThatAtOnce) {
  Draws draws(4);
  const LinearModel model(3, 1.0, false);
  Vector once(model.state_size());
  model.begin(once);
  Vector later = once;
  const Vector x = context(3, draws);
  const Vector y = context(3, draws);
  model.update(once, x, 1.0, 1.0);
  model.update(once, y, 2.0, 1.0);
  model.update(later, x, 0.0, 1.0);
  model.update(later, y, 2.0, 1.0);
  model.correct(later, x, 1.0);
  const Vector z = context(3, draws);
  EXPECT_NEAR(model.estimate(once, z, 1.0).mean, model.estimate(later, z, 1.0).mean, 1e-12);
}

}  // namespace
}  // namespace aisle::explore
