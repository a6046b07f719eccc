#include <gtest/gtest.h>

#include "arms.h"

// Sanitizers bring their own operator new; this file then has nothing to say.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include "../counted_allocations.h"

namespace aisle::explore {
namespace {

TEST(WarmBandit, AllocatesNothingToChooseAndToLearnOfKnownArms) {
  const Arms arms = arms_up_to(20);
  for (const Policy policy : all_policies()) {
    Bandit bandit(options_of(policy));
    teach(bandit, arms, 400, 1);
    const Context context = context_of(policy, 2);
    ChooserWorkspace work;
    std::vector<Choice> out(4);
    const auto use = [&] {
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        bandit.choose(arms, context, seed, work, out);
      }
    };
    use();
    const std::size_t before = allocations;
    use();
    bandit.update(arms[3], 1.0, context);
    bandit.correct(arms[3], -1.0, context);
    EXPECT_EQ(allocations - before, 0U) << static_cast<int>(policy);
  }
}

}  // namespace
}  // namespace aisle::explore

#endif
