#include "aisle/explore/linear_model.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "aisle/explore/bandit_options.h"

namespace aisle::explore {
namespace {

using Vector = std::array<double, kMaxDim>;

double inner(const double* a, const double* b, std::size_t n) {
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// m x, for a symmetric m.
void multiply(const double* m, std::span<const double> x, Vector& out) {
  for (std::size_t i = 0; i < x.size(); ++i) out[i] = inner(m + i * x.size(), x.data(), x.size());
}

// m = L L', in its lower triangle. No pivot is below the ridge but by rounding.
void factorize(double* m, std::size_t n, double ridge) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double rest = m[i * n + j] - inner(m + i * n, m + j * n, j);
      m[i * n + j] = i == j ? std::sqrt(std::max(rest, ridge)) : rest / m[j * n + j];
    }
  }
}

// Solves L L' x = x, in place.
void solve(const double* factor, std::size_t n, Vector& x) {
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = (x[i] - inner(factor + i * n, x.data(), i)) / factor[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = i + 1; j < n; ++j) x[i] -= factor[j * n + i] * x[j];
    x[i] /= factor[i * n + i];
  }
}

}  // namespace

void LinearModel::begin(std::span<double> state) const {
  std::fill(state.begin(), state.end(), 0.0);
  double* const inverse = state.data() + dim_;
  for (std::size_t i = 0; i < dim_; ++i) inverse[i * dim_ + i] = 1.0 / ridge_;
}

void LinearModel::update(std::span<double> state, std::span<const double> x, double reward,
                         double keep) const {
  double* const b = state.data();
  double* const inverse = b + dim_;
  for (std::size_t i = 0; i < dim_; ++i) b[i] = keep * b[i] + reward * x[i];
  if (decays_) {
    double* const gram = inverse + dim_ * dim_;
    for (std::size_t i = 0; i < dim_; ++i) {
      for (std::size_t j = 0; j < dim_; ++j) {
        gram[i * dim_ + j] = keep * gram[i * dim_ + j] + x[i] * x[j];
      }
    }
    invert(state);
    return;
  }
  Vector u;
  multiply(inverse, x, u);
  const double scale = 1.0 / (1.0 + inner(u.data(), x.data(), dim_));
  for (std::size_t i = 0; i < dim_; ++i) {
    for (std::size_t j = 0; j < dim_; ++j) inverse[i * dim_ + j] -= scale * (u[i] * u[j]);
  }
}

void LinearModel::correct(std::span<double> state, std::span<const double> x, double more) const {
  for (std::size_t i = 0; i < dim_; ++i) state[i] += more * x[i];
}

void LinearModel::invert(std::span<double> state) const {
  double* const inverse = state.data() + dim_;
  const double* const gram = inverse + dim_ * dim_;
  std::array<double, kMaxDim * kMaxDim> factor;
  std::copy_n(gram, dim_ * dim_, factor.begin());
  for (std::size_t i = 0; i < dim_; ++i) factor[i * dim_ + i] += ridge_;
  factorize(factor.data(), dim_, ridge_);
  for (std::size_t column = 0; column < dim_; ++column) {
    Vector unit{};
    unit[column] = 1.0;
    solve(factor.data(), dim_, unit);
    std::copy_n(unit.begin(), dim_, inverse + column * dim_);
  }
}

LinearEstimate LinearModel::estimate(std::span<const double> state, std::span<const double> x,
                                     double keep) const {
  Vector u;
  multiply(state.data() + dim_, x, u);
  const double variance = std::max(inner(u.data(), x.data(), dim_), 0.0);
  const double prior = inner(x.data(), x.data(), dim_) / ridge_;
  return {.mean = inner(u.data(), state.data(), dim_),
          .variance = keep > 0.0 ? std::min(variance / keep, prior) : prior};
}

}  // namespace aisle::explore
