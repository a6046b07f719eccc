#include "aisle/value/price_order.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace aisle::value {
namespace {

bool is_near(float score, float first, float tolerance) {
  return tolerance >= 1.0F ||
         1.0 - std::exp(double{score} - double{first}) < static_cast<double>(tolerance);
}

}  // namespace

void dearer_first(std::span<const float> scores, std::span<const double> prices, float tolerance,
                  std::span<std::uint32_t> places) {
  std::iota(places.begin(), places.end(), 0U);
  if (tolerance <= 0.0F) return;
  const auto is_before = [&](std::uint32_t a, std::uint32_t b) {
    if (std::isnan(prices[a]) || std::isnan(prices[b])) {
      if (std::isnan(prices[a]) != std::isnan(prices[b])) return std::isnan(prices[b]);
      return a < b;
    }
    return prices[a] != prices[b] ? prices[a] > prices[b] : a < b;
  };
  for (std::size_t first = 0; first < scores.size();) {
    std::size_t end = first + 1;
    while (end < scores.size() && is_near(scores[end], scores[first], tolerance)) ++end;
    const auto band = places.subspan(first, end - first);
    std::ranges::sort(band, is_before);  // no allocation: the place settles every tie
    first = end;
  }
}

}  // namespace aisle::value
