#include "aisle/explore/posterior.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace aisle::explore {
namespace {

constexpr double kDrop = 28.0;  // e^-28 is 7e-13
constexpr double kLeastChance = 1e-12;
constexpr double kReach = 7.5;         // where a Gaussian has fallen by kDrop, in deviations
constexpr double kPanelSpreads = 2.0;  // eight nodes resolve a Gaussian over two deviations
constexpr std::size_t kNodes = 8;
using Nodes = std::array<double, kNodes>;

/// ln(1 + e^y).
double softplus(double y) {
  return y > 0.0 ? y + std::log1p(std::exp(-y)) : std::log1p(std::exp(y));
}

/// Gauss-Legendre on [0, 1], and the integral from each node to 1 of the polynomial through all.
struct Rule {
  Nodes at{};
  Nodes weight{};
  std::array<Nodes, kNodes> to_end{};  // to_end[n][m]: the weight of the value at node m
};

Rule make_rule() {
  constexpr std::array<double, kNodes / 2> kAbscissas{0.1834346424956498, 0.5255324099163290,
                                                      0.7966664774136267, 0.9602898564975363};
  constexpr std::array<double, kNodes / 2> kWeights{0.3626837833783620, 0.3137066458778873,
                                                    0.2223810344533745, 0.1012285362903763};
  Rule rule;
  for (std::size_t i = 0; i < kNodes / 2; ++i) {
    rule.at[kNodes / 2 + i] = 0.5 + 0.5 * kAbscissas[i];
    rule.at[kNodes / 2 - 1 - i] = 0.5 - 0.5 * kAbscissas[i];
    rule.weight[kNodes / 2 + i] = rule.weight[kNodes / 2 - 1 - i] = 0.5 * kWeights[i];
  }
  for (std::size_t n = 0; n < kNodes; ++n) {
    const double length = 1.0 - rule.at[n];
    for (std::size_t q = 0; q < kNodes; ++q) {
      const double x = rule.at[n] + length * rule.at[q];
      for (std::size_t m = 0; m < kNodes; ++m) {
        double value = length * rule.weight[q];
        for (std::size_t o = 0; o < kNodes; ++o) {
          if (o != m) value *= (x - rule.at[o]) / (rule.at[m] - rule.at[o]);
        }
        rule.to_end[n][m] += value;
      }
    }
  }
  return rule;
}

const Rule& rule() {
  static const Rule made = make_rule();
  return made;
}

/// The nodes of one panel: [bottom, bottom + width].
struct Panel {
  double bottom = 0.0;
  double width = 0.0;
  Nodes y{};
  Nodes softplus_y{};  // for Betas
};

Panel make_panel(double bottom, double top, bool is_beta) {
  Panel panel{.bottom = bottom, .width = top - bottom, .y = {}, .softplus_y = {}};
  for (std::size_t n = 0; n < kNodes; ++n) {
    panel.y[n] = bottom + panel.width * rule().at[n];
    if (is_beta) panel.softplus_y[n] = softplus(panel.y[n]);
  }
  return panel;
}

void densities(const Posterior& posterior, const Panel& panel, Nodes& out) {
  if (posterior.kind == Posterior::Kind::beta) {
    const double both = posterior.a + posterior.b;
    for (std::size_t n = 0; n < kNodes; ++n) {
      out[n] =
          std::exp(posterior.a * panel.y[n] - both * panel.softplus_y[n] + posterior.log_scale);
    }
    return;
  }
  for (std::size_t n = 0; n < kNodes; ++n) {
    const double z = (panel.y[n] - posterior.a) / posterior.b;
    out[n] = std::exp(posterior.log_scale - 0.5 * z * z);
  }
}

// Where the log density of a Beta's logit has fallen by kDrop, on one side, or a little beyond.
double end_of(double a, double b, double top, double spread, double side) {
  const auto has_fallen = [&](double reach) {
    const double y = top + side * reach;
    return a * (y - top) - (a + b) * (softplus(y) - softplus(top)) < -kDrop;
  };
  double outside = spread;
  while (!has_fallen(outside)) outside *= 2.0;
  double inside = 0.5 * outside;
  for (int i = 0; i < 4; ++i) {
    const double middle = 0.5 * (inside + outside);
    (has_fallen(middle) ? outside : inside) = middle;
  }
  return top + side * outside;
}

// Panels as wide as two spreads of the surest arm that reaches there.
void lay_panels(std::span<const Posterior> all, double low, double high, ChanceWorkspace& work) {
  work.edges.assign(1, low);
  while (work.edges.back() < high) {
    const double at = work.edges.back();
    double sharpest = high - at;
    for (const std::uint32_t place : work.contenders) {
      if (all[place].upper > at) sharpest = std::min(sharpest, all[place].spread);
    }
    const double next = at + kPanelSpreads * sharpest;
    if (next <= at) break;  // finer than doubles are
    work.edges.push_back(std::min(next, high));
  }
}

// Multiplies `product` by each contender's distribution function at the panel's nodes, the chosen
// one's density instead, and raises what of each lies above.
void multiply(std::span<const Posterior> all, std::size_t which, const Panel& panel,
              ChanceWorkspace& work, Nodes& product) {
  const Rule& gauss = rule();
  for (std::size_t c = 0; c < work.contenders.size(); ++c) {
    const Posterior& arm = all[work.contenders[c]];
    const bool is_chosen = work.contenders[c] == which;
    if (panel.bottom >= arm.upper) {
      if (is_chosen) product.fill(0.0);
      continue;
    }
    Nodes density;
    densities(arm, panel, density);
    double mass = 0.0;
    for (std::size_t n = 0; n < kNodes; ++n) {
      double beyond = work.above[c];
      for (std::size_t m = 0; m < kNodes; ++m) {
        beyond += panel.width * gauss.to_end[n][m] * density[m];
      }
      product[n] *= is_chosen ? density[n] : std::clamp(1.0 - beyond, 0.0, 1.0);
      mass += gauss.weight[n] * density[n];
    }
    work.above[c] += panel.width * mass;
  }
}

}  // namespace

double log_gamma_function(double x) noexcept {
  double shift = 1.0;
  while (x < 10.0) {
    shift *= x;
    x += 1.0;
  }
  const double r = 1.0 / (x * x);
  const double series =
      (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / x;
  return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2.0 * std::numbers::pi) + series -
         std::log(shift);
}

Posterior Posterior::beta(double successes, double failures) {
  const double top = std::log(successes / failures);
  const double fit = std::sqrt(1.0 / successes + 1.0 / failures);
  const double lower = end_of(successes, failures, top, fit, -1.0);
  const double upper = end_of(successes, failures, top, fit, 1.0);
  return {.kind = Kind::beta,
          .a = successes,
          .b = failures,
          .log_scale = log_gamma_function(successes + failures) - log_gamma_function(successes) -
                       log_gamma_function(failures),
          .spread = std::min({fit, (top - lower) / kReach, (upper - top) / kReach}),
          .lower = lower,
          .upper = upper};
}

Posterior Posterior::gaussian(double mean, double deviation) {
  const double spread = std::max(deviation, 1e-9);
  const double reach = kReach * spread;
  return {.kind = Kind::gaussian,
          .a = mean,
          .b = spread,
          .log_scale = -std::log(spread * std::sqrt(2.0 * std::numbers::pi)),
          .spread = spread,
          .lower = mean - reach,
          .upper = mean + reach};
}

double draw(const Posterior& posterior, Draws& draws) noexcept {
  if (posterior.kind == Posterior::Kind::gaussian) {
    return posterior.a + posterior.b * draws.normal();
  }
  const double success = draws.log_gamma(posterior.a);
  return success - draws.log_gamma(posterior.b);
}

double chance_of_best(std::span<const Posterior> all, std::span<const std::uint32_t> left,
                      std::size_t which, ChanceWorkspace& work) {
  if (left.size() == 1) return 1.0;
  double low = -std::numeric_limits<double>::infinity();
  for (const std::uint32_t place : left) low = std::max(low, all[place].lower);
  if (all[which].upper <= low) return kLeastChance;
  double high = low;
  work.contenders.clear();
  for (const std::uint32_t place : left) {
    if (all[place].upper <= low) continue;
    work.contenders.push_back(place);
    high = std::max(high, all[place].upper);
  }
  lay_panels(all, low, high, work);
  work.above.assign(work.contenders.size(), 0.0);
  const bool is_beta = all[which].kind == Posterior::Kind::beta;
  double chance = 0.0;
  // From the top down: what is above a node is then known of every arm.
  for (std::size_t p = work.edges.size() - 1; p-- > 0;) {
    const Panel panel = make_panel(work.edges[p], work.edges[p + 1], is_beta);
    Nodes product;
    product.fill(panel.width);
    multiply(all, which, panel, work, product);
    for (std::size_t n = 0; n < kNodes; ++n) chance += rule().weight[n] * product[n];
  }
  return std::clamp(chance, kLeastChance, 1.0);
}

}  // namespace aisle::explore
