#include "aisle/explore/bandit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "aisle/base/error.h"
#include "arms.h"

namespace aisle::explore {
namespace {

bool same(const std::vector<Choice>& a, const std::vector<Choice>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Choice& x, const Choice& y) {
    return x.arm == y.arm && x.place == y.place && x.propensity == y.propensity;
  });
}

TEST(Bandit, ChoosesDistinctArmsAndTheSameForASeed) {
  const Arms arms = arms_up_to(9);
  for (const Policy policy : all_policies()) {
    Bandit bandit(options_of(policy));
    teach(bandit, arms, 60, 1);
    const Context context = context_of(policy, 5);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto choices = choose(bandit, arms, 4, seed, context);
      ASSERT_EQ(choices.size(), 4U);
      std::set<ArmId> distinct;
      for (const Choice& choice : choices) {
        EXPECT_EQ(choice.arm, arms[choice.place]);
        EXPECT_GT(choice.propensity, 0.0);
        EXPECT_LE(choice.propensity, 1.0);
        distinct.insert(choice.arm);
      }
      EXPECT_EQ(distinct.size(), 4U);
      EXPECT_TRUE(same(choices, choose(bandit, arms, 4, seed, context)));
    }
    EXPECT_EQ(choose(bandit, arms, 50, 1, context).size(), 9U);
    EXPECT_TRUE(choose(bandit, {}, 3, 1, context).empty());
  }
}

/// What probability says of one slot, and the choices' own propensities of two, is what happens.
void expect_propensities_to_hold(Policy policy, int rounds) {
  const Arms arms = arms_up_to(5);
  Bandit bandit(options_of(policy));
  teach(bandit, arms, rounds, 2);
  const Context context = context_of(policy, 6);
  std::map<std::vector<std::uint32_t>, double> expected;
  std::map<std::vector<std::uint32_t>, double> observed;
  std::map<std::vector<std::uint32_t>, double> first_expected;
  std::map<std::vector<std::uint32_t>, double> first_observed;
  constexpr int kTrials = 5'000;
  for (std::uint64_t seed = 0; seed < kTrials; ++seed) {
    const auto choices = choose(bandit, arms, 2, seed, context);
    const std::vector<std::uint32_t> pair{choices[0].place, choices[1].place};
    ++observed[pair];
    ++first_observed[{choices[0].place}];
    expected[pair] = kTrials * choices[0].propensity * choices[1].propensity;
  }
  const auto chances = probabilities(bandit, arms, context);
  for (std::uint32_t place = 0; place < arms.size(); ++place) {
    first_expected[{place}] = kTrials * chances[place];
  }
  EXPECT_NEAR(std::accumulate(chances.begin(), chances.end(), 0.0), 1.0, 1e-6);
  EXPECT_LT(pearson(first_expected, first_observed), 3.1) << static_cast<int>(policy);
  EXPECT_LT(pearson(expected, observed), 3.1) << static_cast<int>(policy);
  double whole = 0.0;  // pairs that never came have little of it
  for (const auto& [pair, count] : expected) whole += count;
  EXPECT_NEAR(whole, kTrials, 0.01 * kTrials) << static_cast<int>(policy);
}

TEST(Bandit, PropensitiesAreTheFrequencies) {
  for (const Policy policy : all_policies()) {
    expect_propensities_to_hold(policy, 0);
    expect_propensities_to_hold(policy, 25);
    expect_propensities_to_hold(policy, 300);
  }
}

TEST(Bandit, Ucb1IsTheBoundOfTheBook) {
  BanditOptions options = options_of(Policy::ucb1);
  options.alpha = 1.25;
  Bandit bandit(options);
  const Arms arms = arms_up_to(6);
  const std::vector<int> counts{121, 73, 74, 63, 69};
  const std::vector<int> rewards{14, 2, 13, 10, 13};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    for (int n = 0; n < counts[i]; ++n) bandit.update(arms[i], n < rewards[i] ? 1.0 : 0.0);
  }
  const std::vector<double> known{0.5090702936, 0.5338396830, 0.6786845509, 0.7038867069,
                                  0.7093209159};  // MABWiser's
  const auto found = expectations(bandit, arms);
  for (std::size_t i = 0; i < known.size(); ++i) EXPECT_NEAR(found[i], known[i], 1e-9);
  EXPECT_EQ(found[5], std::numeric_limits<double>::infinity());
  EXPECT_EQ(choose(bandit, arms, 1, 1)[0].arm, arms[5]);
}

TEST(Bandit, EpsilonAndSoftmaxHaveTheirClosedForms) {
  const Arms arms = arms_up_to(3);
  BanditOptions options = options_of(Policy::epsilon_greedy);
  options.epsilon = 0.3;
  Bandit greedy(options);
  options.policy = Policy::softmax;
  options.temperature = 0.5;
  Bandit softmax(options);
  for (Bandit* bandit : {&greedy, &softmax}) {
    bandit->update(arms[0], 1.0);
    bandit->update(arms[1], 0.5);
    bandit->update(arms[2], 0.0);
  }
  const auto chances = probabilities(greedy, arms);
  EXPECT_DOUBLE_EQ(chances[0], 0.8);
  EXPECT_DOUBLE_EQ(chances[1], 0.1);
  const auto soft = probabilities(softmax, arms);
  EXPECT_NEAR(soft[0] / soft[1], std::exp(1.0), 1e-12);
  EXPECT_NEAR(soft[1] / soft[2], std::exp(1.0), 1e-12);
}

TEST(Bandit, GaussianPosteriorIsTheConjugateOne) {
  BanditOptions options = options_of(Policy::thompson_gaussian);
  options.prior_mean = 2.0;
  options.prior_deviation = 0.5;
  options.noise = 3.0;
  Bandit bandit(options);
  const Arms arms = arms_up_to(2);
  for (const double reward : {4.0, 6.0, 5.0}) bandit.update(arms[0], reward);
  const auto found = expectations(bandit, arms);
  EXPECT_NEAR(found[0], (2.0 / 0.25 + 15.0 / 9.0) / (1.0 / 0.25 + 3.0 / 9.0), 1e-12);
  EXPECT_DOUBLE_EQ(found[1], 2.0);
}

TEST(Bandit, HalfLifeHalves) {
  BanditOptions options = options_of(Policy::thompson_beta);
  options.half_life = 4.0;
  Bandit bandit(options);
  const Arms arms = arms_up_to(2);
  bandit.update(arms[0], 1.0);
  for (int i = 0; i < 4; ++i) bandit.update(arms[1], 0.0);  // four updates of another arm
  EXPECT_NEAR(expectations(bandit, arms)[0], 1.5 / 2.5, 1e-12);
  bandit.update(arms[0], 1.0);
  EXPECT_NEAR(expectations(bandit, arms)[0], (2.0 + std::exp2(-1.25)) / (3.0 + std::exp2(-1.25)),
              1e-12);
}

TEST(Bandit, FollowsARewardThatMoves) {
  const Arms arms = arms_up_to(2);
  for (const Policy policy : all_policies()) {
    BanditOptions options = options_of(policy);
    options.half_life = 50.0;
    Bandit bandit(options);
    const Context context(options.dim, 1.0);
    for (int i = 0; i < 1000; ++i) {
      bandit.update(arms[static_cast<std::size_t>(i % 2)], i % 2 == 0 ? 1.0 : 0.0, context);
    }
    for (int i = 0; i < 400; ++i) {
      bandit.update(arms[static_cast<std::size_t>(i % 2)], i % 2 == 0 ? 0.0 : 1.0, context);
    }
    const auto found = expectations(bandit, arms, context);
    EXPECT_GT(found[1], found[0] + 0.5) << static_cast<int>(policy);
  }
}

TEST(Bandit, ACorrectionIsAsIfTheRewardHadComeAtOnce) {
  const Arms arms = arms_up_to(2);
  for (const Policy policy : all_policies()) {
    const Context context = context_of(policy, 7);
    Bandit at_once(options_of(policy));
    Bandit later(options_of(policy));
    for (int i = 0; i < 10; ++i) {
      at_once.update(arms[0], i < 4 ? 1.0 : 0.0, context);
      later.update(arms[0], 0.0, context);
    }
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(later.correct(arms[0], 1.0, context));
    EXPECT_FALSE(later.correct(arms[1], 1.0, context));
    EXPECT_NEAR(expectations(later, arms, context)[0], expectations(at_once, arms, context)[0],
                1e-12);
    EXPECT_EQ(later.size(), 1U);
  }
}

TEST(Bandit, TheLeastUsedArmsGo) {
  BanditOptions options = options_of(Policy::thompson_beta);
  options.max_arms = 8;
  Bandit bandit(options);
  const Arms arms = arms_up_to(9);
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t n = 0; n < (i == 5 ? 1U : 3U); ++n) bandit.update(arms[i], 1.0);
  }
  bandit.update(arms[8], 1.0);
  EXPECT_EQ(bandit.size(), 8U);
  const auto found = expectations(bandit, arms);
  EXPECT_DOUBLE_EQ(found[5], 0.5);  // what the prior says
  EXPECT_DOUBLE_EQ(found[4], 0.8);
}

TEST(Bandit, HoldsManyArmsWithinItsBound) {
  BanditOptions options = options_of(Policy::epsilon_greedy);
  options.max_arms = 2000;
  Bandit bandit(options);
  for (std::uint64_t i = 0; i < 20'000; ++i) bandit.update(ArmId{i}, 1.0);
  EXPECT_LE(bandit.size(), 2000U);
  EXPECT_GE(bandit.size(), 1500U);
  EXPECT_EQ(bandit.updates(), 20'000U);
}

TEST(Bandit, RestoredItChoosesTheSame) {
  const Arms arms = arms_up_to(12);
  for (const Policy policy : all_policies()) {
    for (const double half_life : {0.0, 30.0}) {
      BanditOptions options = options_of(policy);
      options.half_life = half_life;
      options.max_arms = 10;
      Bandit bandit(options);
      teach(bandit, arms, 200, 3);
      const auto restored = Bandit::restore(bandit.save());
      for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(restored->save(), bandit.save());
        for (std::uint64_t seed = 0; seed < 10; ++seed) {
          const Context context = context_of(policy, seed);
          EXPECT_TRUE(same(choose(*restored, arms, 5, seed, context),
                           choose(bandit, arms, 5, seed, context)));
        }
        teach(bandit, arms, 20, 4);
        teach(*restored, arms, 20, 4);
      }
    }
  }
}

TEST(Bandit, EveryDamagedByteIsRefused) {
  const Arms arms = arms_up_to(3);
  for (const Policy policy : {Policy::thompson_beta, Policy::lin_ucb}) {
    Bandit bandit(options_of(policy));
    teach(bandit, arms, 20, 3);
    const auto bytes = bandit.save();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      auto damaged = bytes;
      damaged[i] ^= 0x10U;
      EXPECT_THROW((void)Bandit::restore(damaged), BundleError) << i;
      EXPECT_THROW((void)Bandit::restore(std::span(bytes).first(i)), BundleError) << i;
    }
  }
  EXPECT_THROW((void)Bandit::restore({}), BundleError);
}

TEST(Bandit, RefusesWhatItCannotLearnFrom) {
  Bandit beta(options_of(Policy::thompson_beta));
  EXPECT_THROW(beta.update(ArmId{1}, 1.5), DataError);
  EXPECT_THROW(beta.update(ArmId{1}, NAN), DataError);
  EXPECT_THROW(beta.update(ArmId{1}, 1.0, Context{1.0}), DataError);
  EXPECT_THROW((void)beta.correct(ArmId{1}, NAN), DataError);
  Bandit linear(options_of(Policy::lin_ts));
  EXPECT_THROW(linear.update(ArmId{1}, 1.0), DataError);
  EXPECT_THROW(linear.update(ArmId{1}, 1.0, Context{1.0, NAN, 0.0}), DataError);
  EXPECT_EQ(beta.updates() + linear.updates(), 0U);
}

TEST(Bandit, RefusesOptionsOutsideTheirDomain) {
  const auto refuses = [](const auto& change, Policy policy = Policy::thompson_beta) {
    BanditOptions options = options_of(policy);
    change(options);
    EXPECT_THROW(options.validate(), ConfigError);
  };
  refuses([](BanditOptions& options) { options.epsilon = 1.1; });
  refuses([](BanditOptions& options) { options.temperature = 0.0; });
  refuses([](BanditOptions& options) { options.alpha = NAN; });
  refuses([](BanditOptions& options) { options.prior_successes = 0.0; });
  refuses([](BanditOptions& options) { options.prior_mean = INFINITY; });
  refuses([](BanditOptions& options) { options.noise = -1.0; });
  refuses([](BanditOptions& options) { options.half_life = 0.5; });
  refuses([](BanditOptions& options) { options.max_arms = 0; });
  refuses([](BanditOptions& options) { options.dim = 3; });
  refuses([](BanditOptions& options) { options.dim = 0; }, Policy::lin_ucb);
  refuses([](BanditOptions& options) { options.dim = kMaxDim + 1; }, Policy::lin_ts);
}

TEST(Bandit, LearnsChoosesAndSavesOnManyThreadsAtOnce) {
  const Arms arms = arms_up_to(40);
  for (const Policy policy : {Policy::thompson_beta, Policy::lin_ucb}) {
    BanditOptions options = options_of(policy);
    options.max_arms = 32;  // arms come and go
    Bandit bandit(options);
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < 50; ++i) {
          teach(bandit, arms, 10, 100 * t + i);
          const Context context = context_of(policy, i);
          for (const Choice& choice : choose(bandit, arms, 3, i, context)) {
            EXPECT_GT(choice.propensity, 0.0);
            bandit.correct(choice.arm, 0.0, context);
          }
          if (i % 25 == 0) {
            EXPECT_LE(Bandit::restore(bandit.save())->size(), 32U);
          }
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(bandit.updates(), 2000U);
    EXPECT_LE(bandit.size(), 32U);
  }
}

}  // namespace
}  // namespace aisle::explore
