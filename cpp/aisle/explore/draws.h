#pragma once

/// Random numbers from a seed, the same in every version (normals and gammas to the last digits of
/// the platform's logarithm).
///
/// Data path   [explore]
/// Threads     one a thread
/// Ownership   value
/// Cost        1 ns a word, 20-60 ns a draw

#include <cmath>
#include <cstdint>
#include <numbers>

#include "aisle/base/hash.h"

namespace aisle::explore {

class Draws {
 public:
  explicit Draws(std::uint64_t seed) noexcept : state_(mix(seed ^ 0x6a09e667f3bcc909ULL)) {}

  /// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
  std::uint64_t word() noexcept { return mix(state_ += 0x9e3779b97f4a7c15ULL); }

  /// Within (0, 1), neither end.
  double uniform() noexcept { return (static_cast<double>(word() >> 11U) + 0.5) * 0x1p-53; }

  /// One of 0 .. count - 1.
  std::size_t below(std::size_t count) noexcept {
    const auto drawn = static_cast<std::size_t>(uniform() * static_cast<double>(count));
    return drawn < count ? drawn : count - 1;
  }

  /// Standard normal (Box and Muller 1958).
  double normal() noexcept {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

  /// The logarithm of a gamma variate of scale 1 (Marsaglia and Tsang 2000): of a shape below one
  /// the variate itself may be too small for a double.
  double log_gamma(double shape) noexcept {
    if (shape < 1.0) return log_gamma(shape + 1.0) + std::log(uniform()) / shape;
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    while (true) {
      const double x = normal();
      const double root = 1.0 + c * x;
      if (root <= 0.0) continue;
      const double v = root * root * root;
      if (std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) {
        return std::log(d) + std::log(v);
      }
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace aisle::explore
