#pragma once

/// What is believed of an arm's reward, and how probable it is that one arm's is the greatest.
///
/// Data path   [explore]: Thompson sampling and its propensities
/// Threads     pure functions with the caller's workspace, one a thread
/// Ownership   values
/// Cost        draw() 50-100 ns; chance_of_best() some 10 ns for each arm and node: 60 nodes where
///             the arms are equally sure, up to 40 more for each that is surer than the next

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/explore/draws.h"

namespace aisle::explore {

/// A density on the real line without a second top. A Beta is held as the density of its logit,
/// which is smooth and has tails on both sides whatever its parameters; the order of two draws is
/// the same.
struct Posterior {
  enum class Kind : std::uint8_t { beta, gaussian };
  Kind kind = Kind::gaussian;
  double a = 0.0;          ///< Beta: successes; Gaussian: mean.
  double b = 1.0;          ///< Beta: failures; Gaussian: standard deviation.
  double log_scale = 0.0;  ///< What makes the density's integral one.
  double spread = 1.0;  ///< The deviation of the Gaussian that fits its top, or its steeper tail.
  double lower = 0.0;   ///< The density outside is below 1e-12 of its top.
  double upper = 0.0;

  /// Both above 0.
  [[nodiscard]] static Posterior beta(double successes, double failures);
  /// A deviation below 1e-9 is taken as 1e-9.
  [[nodiscard]] static Posterior gaussian(double mean, double deviation);
};

/// A random value; for a Beta its logit.
[[nodiscard]] double draw(const Posterior& posterior, Draws& draws) noexcept;

struct ChanceWorkspace {
  std::vector<std::uint32_t> contenders;  ///< arms that can be the best at all
  std::vector<double> edges;              ///< of the panels, ascending
  std::vector<double> above;              ///< P(arm > top of the panel), for each contender
};

/// P(a draw of all[which] is above a draw of each other of all[left]); `left` has places in `all`,
/// `which` among them. At least 1e-12: what was drawn was possible.
///
/// The integral of its density times the others' distribution functions, by Gauss-Legendre panels
/// as fine as the surest arm that reaches into them. It is exact to about 1e-7. Below the greatest
/// `lower` of all arms the product is nothing: there it begins, so that an arm much surer than the
/// others is at most in its first few panels.
[[nodiscard]] double chance_of_best(std::span<const Posterior> all,
                                    std::span<const std::uint32_t> left, std::size_t which,
                                    ChanceWorkspace& work);

/// ln(gamma(x)) for x > 0; unlike std::lgamma, without a global behind it.
[[nodiscard]] double log_gamma_function(double x) noexcept;

}  // namespace aisle::explore
