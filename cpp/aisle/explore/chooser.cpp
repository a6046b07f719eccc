#include "aisle/explore/chooser.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace aisle::explore {

Chooser::Chooser(const BanditOptions& options, ChooserWorkspace& work)
    : policy_(options.policy),
      epsilon_(options.policy == Policy::epsilon_greedy ? options.epsilon : 0.0),
      temperature_(options.temperature),
      work_(work) {
  work_.left.resize(std::max(work_.scores.size(), work_.posteriors.size()));
  std::iota(work_.left.begin(), work_.left.end(), 0U);
}

Chooser::Taken Chooser::take(Draws& draws) {
  const std::uint32_t place = pick(draws);
  const Taken taken{.place = place, .propensity = propensity(place)};
  work_.left.erase(std::lower_bound(work_.left.begin(), work_.left.end(), place));
  return taken;
}

std::uint32_t Chooser::pick(Draws& draws) const {
  switch (policy_) {
    case Policy::softmax:
      return pick_softmax(draws);
    case Policy::thompson_beta:
    case Policy::thompson_gaussian:
    case Policy::lin_ts:
      return pick_thompson(draws);
    case Policy::epsilon_greedy:
    case Policy::ucb1:
    case Policy::lin_ucb:
      break;
  }
  return pick_greedy(draws);
}

double Chooser::best_score() const {
  double best = -std::numeric_limits<double>::infinity();
  for (const std::uint32_t place : work_.left) best = std::max(best, work_.scores[place]);
  return best;
}

std::size_t Chooser::count_of(double score) const {
  return static_cast<std::size_t>(
      std::count_if(work_.left.begin(), work_.left.end(),
                    [&](std::uint32_t place) { return work_.scores[place] == score; }));
}

// Arms of equal score are equally probable: before the first rewards that is all of them.
std::uint32_t Chooser::pick_greedy(Draws& draws) const {
  if (epsilon_ > 0.0 && draws.uniform() < epsilon_)
    return work_.left[draws.below(work_.left.size())];
  const double best = best_score();
  std::size_t equals_before = draws.below(count_of(best));
  for (const std::uint32_t place : work_.left) {
    if (work_.scores[place] == best && equals_before-- == 0) return place;
  }
  return work_.left.back();
}

double Chooser::softmax_weight(std::uint32_t place, double best) const {
  return std::exp((work_.scores[place] - best) / temperature_);
}

std::uint32_t Chooser::pick_softmax(Draws& draws) const {
  const double best = best_score();
  double sum = 0.0;
  for (const std::uint32_t place : work_.left) sum += softmax_weight(place, best);
  double drawn = draws.uniform() * sum;
  for (const std::uint32_t place : work_.left) {
    drawn -= softmax_weight(place, best);
    if (drawn <= 0.0) return place;
  }
  return work_.left.back();
}

std::uint32_t Chooser::pick_thompson(Draws& draws) const {
  std::uint32_t best = work_.left.front();
  double greatest = -std::numeric_limits<double>::infinity();
  for (const std::uint32_t place : work_.left) {
    const double drawn = draw(work_.posteriors[place], draws);
    if (drawn > greatest) {
      best = place;
      greatest = drawn;
    }
  }
  return best;
}

double Chooser::propensity(std::uint32_t place) const {
  const auto left = static_cast<double>(work_.left.size());
  switch (policy_) {
    case Policy::softmax: {
      const double best = best_score();
      double sum = 0.0;
      for (const std::uint32_t other : work_.left) sum += softmax_weight(other, best);
      return softmax_weight(place, best) / sum;
    }
    case Policy::thompson_beta:
    case Policy::thompson_gaussian:
    case Policy::lin_ts:
      return chance_of_best(work_.posteriors, work_.left, place, work_.chance);
    case Policy::epsilon_greedy:
    case Policy::ucb1:
    case Policy::lin_ucb:
      break;
  }
  const double best = best_score();
  const double greedy =
      work_.scores[place] == best ? 1.0 / static_cast<double>(count_of(best)) : 0.0;
  return epsilon_ / left + (1.0 - epsilon_) * greedy;
}

}  // namespace aisle::explore
