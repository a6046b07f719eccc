#include "aisle/explore/bandit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "aisle/base/error.h"

namespace aisle::explore {
namespace {

BanditOptions checked(const BanditOptions& options) {
  options.validate();
  return options;
}

bool draws_from_posteriors(Policy policy) {
  return policy == Policy::thompson_beta || policy == Policy::thompson_gaussian ||
         policy == Policy::lin_ts;
}

}  // namespace

/// What is known of an arm now, apart from the table.
struct Bandit::Belief {
  double weight = 0.0;
  double reward = 0.0;
  LinearEstimate linear;
};

Bandit::Bandit(const BanditOptions& options)
    : options_(checked(options)),
      linear_(options.dim, options.ridge, options.half_life > 0.0),
      arms_(options.max_arms, options.half_life) {}

void Bandit::check_context(std::span<const double> context) const {
  if (context.size() != options_.dim) {
    throw DataError("context must have " + std::to_string(options_.dim) + " values (dim), got " +
                    std::to_string(context.size()));
  }
  for (std::size_t i = 0; i < context.size(); ++i) {
    if (std::abs(context[i]) <= 1e9) continue;
    throw DataError("context[" + std::to_string(i) + "] must be within [-1e9, 1e9], got " +
                    std::to_string(context[i]));
  }
}

Bandit::Belief Bandit::believe(ArmId id, std::span<const double> context) const {
  const std::uint64_t now = updates();
  Belief belief;
  const bool is_known = arms_.read(id, [&](const Arm& arm) {
    const double keep = arms_.keep(arm.updated, now);
    belief.weight = keep * arm.weight;
    belief.reward = keep * arm.reward;
    if (takes_context(options_.policy)) {
      belief.linear = linear_.estimate(arm.state, context, keep);
    }
  });
  if (!is_known) {
    for (const double value : context) belief.linear.variance += value * value / options_.ridge;
  }
  return belief;
}

// A late correction may leave decayed counts a little outside of what they can be.
Posterior Bandit::posterior_of(const Belief& belief) const {
  if (options_.policy == Policy::lin_ts) {
    return Posterior::gaussian(belief.linear.mean,
                               options_.alpha * std::sqrt(belief.linear.variance));
  }
  if (options_.policy == Policy::thompson_beta) {
    const double successes = std::clamp(belief.reward, 0.0, belief.weight);
    return Posterior::beta(options_.prior_successes + successes,
                           options_.prior_failures + belief.weight - successes);
  }
  const double of_prior = 1.0 / (options_.prior_deviation * options_.prior_deviation);
  const double of_reward = 1.0 / (options_.noise * options_.noise);
  const double precision = of_prior + belief.weight * of_reward;
  return Posterior::gaussian(
      (of_prior * options_.prior_mean + of_reward * belief.reward) / precision,
      1.0 / std::sqrt(precision));
}

double Bandit::score_of(const Belief& belief, double weight_of_all) const {
  if (options_.policy == Policy::lin_ucb) {
    return belief.linear.mean + options_.alpha * std::sqrt(belief.linear.variance);
  }
  const bool is_known = belief.weight > 0.0;
  if (options_.policy == Policy::ucb1) {
    if (!is_known) return std::numeric_limits<double>::infinity();
    const double rounds = std::log(std::max(weight_of_all, 1.0));
    return belief.reward / belief.weight + options_.alpha * std::sqrt(2.0 * rounds / belief.weight);
  }
  return is_known ? belief.reward / belief.weight : options_.prior_mean;
}

double Bandit::weight_of(std::span<const ArmId> arms) const {
  double sum = 0.0;
  const std::uint64_t now = updates();
  for (const ArmId id : arms) {
    arms_.read(id, [&](const Arm& arm) { sum += arms_.keep(arm.updated, now) * arm.weight; });
  }
  return sum;
}

void Bandit::believe_all(std::span<const ArmId> arms, std::span<const double> context,
                         ChooserWorkspace& work) const {
  check_context(context);
  work.scores.clear();
  work.posteriors.clear();
  const double weight_of_all = options_.policy == Policy::ucb1 ? weight_of(arms) : 0.0;
  for (const ArmId id : arms) {
    const Belief belief = believe(id, context);
    if (draws_from_posteriors(options_.policy)) {
      work.posteriors.push_back(posterior_of(belief));
    } else {
      work.scores.push_back(score_of(belief, weight_of_all));
    }
  }
}

std::size_t Bandit::choose(std::span<const ArmId> arms, std::span<const double> context,
                           std::uint64_t seed, ChooserWorkspace& work,
                           std::span<Choice> out) const {
  believe_all(arms, context, work);
  Chooser chooser(options_, work);
  Draws draws(seed);
  const std::size_t count = std::min(out.size(), arms.size());
  for (std::size_t slot = 0; slot < count; ++slot) {
    const Chooser::Taken taken = chooser.take(draws);
    out[slot] = {.arm = arms[taken.place], .place = taken.place, .propensity = taken.propensity};
  }
  return count;
}

void Bandit::probabilities(std::span<const ArmId> arms, std::span<const double> context,
                           ChooserWorkspace& work, std::span<double> out) const {
  believe_all(arms, context, work);
  const Chooser chooser(options_, work);
  for (std::size_t place = 0; place < arms.size(); ++place) {
    out[place] = chooser.propensity(static_cast<std::uint32_t>(place));
  }
}

void Bandit::expectations(std::span<const ArmId> arms, std::span<const double> context,
                          std::span<double> out) const {
  check_context(context);
  const double weight_of_all = options_.policy == Policy::ucb1 ? weight_of(arms) : 0.0;
  for (std::size_t place = 0; place < arms.size(); ++place) {
    const Belief belief = believe(arms[place], context);
    if (!draws_from_posteriors(options_.policy)) {
      out[place] = score_of(belief, weight_of_all);
    } else {
      const Posterior posterior = posterior_of(belief);
      const bool is_beta = posterior.kind == Posterior::Kind::beta;
      out[place] = is_beta ? posterior.a / (posterior.a + posterior.b) : posterior.a;
    }
  }
}

void Bandit::update(ArmId arm, double reward, std::span<const double> context) {
  check_context(context);
  const bool is_share = options_.policy == Policy::thompson_beta;
  if (!(is_share ? reward >= 0.0 && reward <= 1.0 : std::abs(reward) <= 1e9)) {
    throw DataError(std::string("reward must be within ") + (is_share ? "[0, 1]" : "[-1e9, 1e9]") +
                    ", got " + std::to_string(reward));
  }
  const std::uint64_t now = updates_.fetch_add(1, std::memory_order_relaxed) + 1;
  arms_.change_or_make(arm, now, [&](Arm& known) {
    const double keep = arms_.keep(known.updated, now);
    if (takes_context(options_.policy)) {
      if (known.state.empty()) {
        known.state.resize(linear_.state_size());
        linear_.begin(known.state);
      }
      linear_.update(known.state, context, reward, keep);
    }
    known.weight = keep * known.weight + 1.0;
    known.reward = keep * known.reward + reward;
    known.updated = std::max(known.updated, now);
  });
}

bool Bandit::correct(ArmId arm, double more, std::span<const double> context) {
  check_context(context);
  if (!(std::abs(more) <= 1e9)) {
    throw DataError("more must be within [-1e9, 1e9], got " + std::to_string(more));
  }
  return arms_.change(arm, [&](Arm& known) {
    known.reward += more;
    if (takes_context(options_.policy)) linear_.correct(known.state, context, more);
  });
}

}  // namespace aisle::explore
