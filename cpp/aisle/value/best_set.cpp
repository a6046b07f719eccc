#include "aisle/value/best_set.h"

#include <algorithm>

namespace aisle::value {
namespace {

struct Partial {
  std::vector<std::uint32_t> places;  // rising
  double fit = 0.0;
  double price = 0.0;
};

bool is_better(const Partial& a, const Partial& b) {
  return a.fit != b.fit ? a.fit > b.fit : a.places < b.places;
}

bool may_join(const SetProblem& problem, const Partial& set, std::uint32_t place) {
  if (set.price + problem.prices[place] > problem.budget) return false;
  return std::ranges::none_of(set.places, [&](std::uint32_t there) {
    return there == place ||
           (problem.groups[there] != kNoGroup && problem.groups[there] == problem.groups[place]);
  });
}

Partial joined(const SetProblem& problem, Partial set, std::uint32_t place) {
  set.fit += static_cast<double>(problem.alone[place]);
  for (const std::uint32_t there : set.places)
    set.fit += static_cast<double>(problem.pairs[there * problem.alone.size() + place]);
  set.price += problem.prices[place];
  set.places.insert(std::ranges::upper_bound(set.places, place), place);
  return set;
}

/// Every set with one part more, the best `width` of them, each once.
std::vector<Partial> grown(const SetProblem& problem, const std::vector<Partial>& beam) {
  std::vector<Partial> next;
  for (const Partial& set : beam) {
    for (std::uint32_t place = 0; place < problem.alone.size(); ++place) {
      if (may_join(problem, set, place)) next.push_back(joined(problem, set, place));
    }
  }
  // One set comes by several ways, whose sums may differ in the last bit.
  std::ranges::sort(next, [](const Partial& a, const Partial& b) {
    return a.places != b.places ? a.places < b.places : a.fit > b.fit;
  });
  // Clang 14 does not take what std::ranges::unique gives back.
  const auto same = [](const Partial& a, const Partial& b) { return a.places == b.places; };
  next.erase(std::unique(next.begin(), next.end(), same), next.end());
  std::ranges::sort(next, is_better);
  if (next.size() > problem.width) next.resize(problem.width);
  return next;
}

}  // namespace

std::vector<std::uint32_t> best_set(const SetProblem& problem) {
  std::vector<Partial> beam(1);
  for (std::size_t part = 0; part < problem.parts; ++part) {
    std::vector<Partial> next = grown(problem, beam);
    if (next.empty()) break;
    beam = std::move(next);
  }
  std::vector<std::uint32_t> places = std::move(beam.front().places);
  std::ranges::stable_sort(places, std::ranges::greater{},
                           [&](std::uint32_t place) { return problem.alone[place]; });
  return places;
}

}  // namespace aisle::value
