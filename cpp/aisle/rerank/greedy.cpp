#include "aisle/rerank/greedy.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"

namespace aisle::rerank {

void scale_relevance(std::span<const float> relevance, std::span<float> scaled) {
  if (relevance.empty()) return;
  const auto [least, most] = std::minmax_element(relevance.begin(), relevance.end());
  const float low = *least;
  const float range = *most - low;
  for (std::size_t place = 0; place < relevance.size(); ++place) {
    scaled[place] = range > 0.0F ? (relevance[place] - low) / range : 1.0F;
  }
}

void check_strength(float strength) {
  if (strength >= 0.0F && strength <= 1.0F) return;
  throw ConfigError("strength must be within [0, 1], got " + std::to_string(strength));
}

void normalize(std::span<const float> weights, std::vector<double>& shares) {
  double sum = 0.0;
  for (const float weight : weights) sum += static_cast<double>(weight);
  const double scale = sum > 0.0 && std::isfinite(sum) ? 1.0 / sum : 0.0;
  shares.assign(weights.size(), 0.0);
  if (scale == 0.0) return;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    shares[i] = static_cast<double>(weights[i]) * scale;
  }
}

}  // namespace aisle::rerank
