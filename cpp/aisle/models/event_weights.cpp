#include "aisle/models/event_weights.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"

namespace aisle::models {

bool EventWeights::has_types() const noexcept {
  return std::ranges::any_of(of_type, [](float weight) { return weight != 1.0F; });
}

void EventWeights::validate() const {
  for (const float weight : of_type) {
    if (!(weight >= 0.0F) || !std::isfinite(weight))
      throw ConfigError("type_weights must not be negative, got " + std::to_string(weight));
  }
  if (!(step_half_life >= 0.0))
    throw ConfigError("step_half_life must be positive, got " + std::to_string(step_half_life));
}

double EventWeights::apart(double seconds) const noexcept {
  if (step_half_life == 0.0) return 1.0;
  // Weights below 2^-900 would all be 0 and lose their order.
  return std::exp2(-std::clamp(seconds / step_half_life, 0.0, 900.0));
}

std::span<const double> EventWeights::of_session(const SessionQuery& query,
                                                 std::vector<double>& out) const {
  const bool typed = !query.types.empty() && has_types();
  const bool timed = !query.times.empty() && step_half_life > 0.0;
  if (!typed && !timed) return {};
  const Timestamp newest = timed ? *std::ranges::max_element(query.times) : 0;
  out.clear();
  for (std::size_t at = 0; at < query.items.size(); ++at) {
    double weight = typed ? double{type(query.types[at])} : 1.0;
    if (timed)
      weight *= apart(static_cast<double>(newest - query.times[at]) / static_cast<double>(kSecond));
    out.push_back(weight);
  }
  return out;
}

std::vector<float> row_weights(const retrieve::SessionIndexData& index,
                               const EventWeights& weights) {
  if (index.types.empty() || !weights.has_types()) return {};
  std::vector<float> of_row(index.items.size());
  std::vector<float> most(index.item_rows.size(), 0.0F);
  for (std::size_t z = 0; z + 1 < index.offsets.size(); ++z) {
    const std::uint32_t from = index.offsets[z];
    const std::uint32_t to = index.offsets[z + 1];
    for (std::uint32_t at = from; at < to; ++at) {
      float& greatest = most[value_of(index.items[at])];
      greatest = std::max(greatest, weights.type(index.types[at]));
    }
    for (std::uint32_t at = from; at < to; ++at) of_row[at] = most[value_of(index.items[at])];
    for (std::uint32_t at = from; at < to; ++at) most[value_of(index.items[at])] = 0.0F;
  }
  return of_row;
}

}  // namespace aisle::models
