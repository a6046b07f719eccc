#include "aisle/models/pair_measure.h"

#include <cmath>
#include <numeric>

namespace aisle::models {
namespace {

double x_log_x(double x) { return x > 0.0 ? x * std::log(x) : 0.0; }

}  // namespace

double log_likelihood_ratio(double both, double only_x, double only_y, double neither) {
  if (both * neither <= only_x * only_y) return 0.0;
  const double cells = x_log_x(both) + x_log_x(only_x) + x_log_x(only_y) + x_log_x(neither);
  const double rows = x_log_x(both + only_x) + x_log_x(only_y + neither);
  const double columns = x_log_x(both + only_y) + x_log_x(only_x + neither);
  const double all = x_log_x(both + only_x + only_y + neither);
  return std::max(0.0, 2.0 * (cells - rows - columns + all));
}

PairMeasure::PairMeasure(const MeasureOptions& options, std::span<const std::uint32_t> counts,
                         std::size_t groups)
    : options_(options),
      counts_(counts),
      groups_(static_cast<double>(groups)),
      rows_(std::accumulate(counts.begin(), counts.end(), 0.0)) {}

double PairMeasure::expected(ItemId y, const GroupSizes& sizes) const {
  const double share = counts_[value_of(y)] / rows_;
  double sum = 0.0;
  for (const auto& [others, groups] : sizes) {
    sum -= groups * std::expm1(others * std::log1p(-share));
  }
  return sum;
}

double PairMeasure::operator()(ItemId x, ItemId y, double co, const GroupSizes& sizes) const {
  const double n_x = counts_[value_of(x)];
  const double n_y = counts_[value_of(y)];
  const double kappa = options_.smoothing;
  const double damp = options_.shrink > 0.0 ? co / (co + options_.shrink) : 1.0;
  const auto conditional = [&] { return (co + kappa * n_y / groups_) / (n_x + kappa); };
  switch (options_.measure) {
    case Measure::count:
      return damp * co;
    case Measure::cosine:
      return damp * co / std::sqrt(n_x * n_y);
    case Measure::jaccard:
      return damp * co / (n_x + n_y - co);
    case Measure::llr:
      return damp * log_likelihood_ratio(co, n_x - co, n_y - co, groups_ - n_x - n_y + co);
    case Measure::lift:
      return damp * conditional() * groups_ / n_y;
    case Measure::conditional:
      return damp * conditional();
    case Measure::amazon: {
      const double by_chance = expected(y, sizes);
      return damp * (co - by_chance) / std::sqrt(by_chance + kappa);
    }
  }
  return 0.0;
}

}  // namespace aisle::models
