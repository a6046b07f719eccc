#include "aisle/rerank/xquad.h"

#include <algorithm>

#include "aisle/rerank/greedy.h"

namespace aisle::rerank {
namespace {

void spread_evenly(const Aspects& aspects, std::vector<double>& interest) {
  interest.clear();
  std::size_t distinct = 0;
  for (const std::uint32_t code : aspects.codes()) {
    if (code >= interest.size()) interest.resize(std::size_t{code} + 1, 0.0);
    distinct += interest[code] == 0.0 ? 1U : 0U;
    interest[code] = 1.0;
  }
  for (double& share : interest) share /= static_cast<double>(distinct);
}

}  // namespace

void XquadOptions::validate() const { check_strength(strength); }

std::size_t xquad(std::span<const float> relevance, const Aspects& aspects,
                  std::span<const float> interest, const XquadOptions& options,
                  XquadWorkspace& work, std::span<std::uint32_t> picked) {
  const double strength = static_cast<double>(options.strength);
  work.relevance.resize(relevance.size());
  scale_relevance(relevance, work.relevance);
  if (interest.empty()) {
    spread_evenly(aspects, work.interest);
  } else {
    normalize(interest, work.interest);
  }
  work.uncovered.assign(work.interest.size(), 1.0);
  const auto mark = [&](std::size_t place, double /*to_beat*/) {
    const double own = static_cast<double>(work.relevance[place]);
    double open = 0.0;
    for (const std::uint32_t code : aspects.of(place)) {
      if (code < work.interest.size()) open += work.interest[code] * work.uncovered[code];
    }
    return (1.0 - strength) * own + strength * own * open;
  };
  const auto taken = [&](std::size_t place) {
    for (const std::uint32_t code : aspects.of(place)) {
      if (code < work.uncovered.size()) {
        work.uncovered[code] *= 1.0 - static_cast<double>(work.relevance[place]);
      }
    }
  };
  return pick_greedily(relevance.size(), work.is_picked, picked, mark, taken);
}

}  // namespace aisle::rerank
