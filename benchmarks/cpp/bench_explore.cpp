// What a decision of a bandit costs a request, propensities included, and what an outcome costs.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "aisle/explore/bandit.h"

namespace aisle::explore {
namespace {

constexpr std::size_t kDim = 32;

std::vector<double> context_from(Draws& draws, Policy policy) {
  std::vector<double> context(takes_context(policy) ? kDim : 0);
  for (double& value : context) value = draws.normal();
  return context;
}

/// A bandit that has seen fifty rewards of each of its arms.
struct Learned {
  Learned(Policy policy, std::size_t count, double half_life)
      : bandit(
            {.policy = policy, .dim = takes_context(policy) ? kDim : 0, .half_life = half_life}) {
    Draws draws(1);
    for (std::size_t i = 0; i < count; ++i) arms.push_back(ArmId{draws.word()});
    for (std::size_t i = 0; i < 50 * count; ++i) {
      bandit.update(arms[draws.below(count)], draws.uniform() < 0.1 ? 1.0 : 0.0,
                    context_from(draws, policy));
    }
  }
  Bandit bandit;
  std::vector<ArmId> arms;
};

void choose(benchmark::State& state, Policy policy) {
  const auto slots = static_cast<std::size_t>(state.range(1));
  const Learned learned(policy, static_cast<std::size_t>(state.range(0)), 0.0);
  Draws draws(2);
  const std::vector<double> context = context_from(draws, policy);
  ChooserWorkspace work;
  std::vector<Choice> out(slots);
  std::uint64_t seed = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(learned.bandit.choose(learned.arms, context, ++seed, work, out));
  }
}

void update(benchmark::State& state, Policy policy, double half_life) {
  Learned learned(policy, 20, half_life);
  Draws draws(2);
  const std::vector<double> context = context_from(draws, policy);
  for (auto _ : state) {
    learned.bandit.update(learned.arms[draws.below(20)], 0.0, context);
  }
}

BENCHMARK_CAPTURE(choose, epsilon_greedy, Policy::epsilon_greedy)->Args({20, 1})->Args({200, 10});
BENCHMARK_CAPTURE(choose, softmax, Policy::softmax)->Args({20, 1})->Args({200, 10});
BENCHMARK_CAPTURE(choose, ucb1, Policy::ucb1)->Args({20, 1})->Args({200, 10});
BENCHMARK_CAPTURE(choose, thompson_beta, Policy::thompson_beta)
    ->Args({5, 1})
    ->Args({20, 1})
    ->Args({20, 5})
    ->Args({200, 10});
BENCHMARK_CAPTURE(choose, thompson_gaussian, Policy::thompson_gaussian)
    ->Args({20, 1})
    ->Args({200, 10});
BENCHMARK_CAPTURE(choose, lin_ucb, Policy::lin_ucb)->Args({20, 1});
BENCHMARK_CAPTURE(choose, lin_ts, Policy::lin_ts)->Args({20, 1});
BENCHMARK_CAPTURE(update, thompson_beta, Policy::thompson_beta, 0.0);
BENCHMARK_CAPTURE(update, lin_ucb, Policy::lin_ucb, 0.0);
BENCHMARK_CAPTURE(update, lin_ucb_decaying, Policy::lin_ucb, 1000.0);

}  // namespace
}  // namespace aisle::explore
