#include "aisle/explore/bandit_options.h"

#include <cmath>
#include <string>

#include "aisle/base/error.h"

namespace aisle::explore {
namespace {

void refuse_unless(bool holds, const char* name, const char* domain, double value) {
  if (holds) return;
  throw ConfigError(std::string(name) + " must be " + domain + ", got " + std::to_string(value));
}

void check_positive(const char* name, double value) {
  refuse_unless(value >= 1e-6 && value <= 1e9, name, "within [1e-6, 1e9]", value);
}

}  // namespace

void BanditOptions::validate() const {
  const auto number = static_cast<std::size_t>(policy);
  refuse_unless(number < kPolicies, "policy", "one of Policy", static_cast<double>(number));
  refuse_unless(epsilon >= 0.0 && epsilon <= 1.0, "epsilon", "within [0, 1]", epsilon);
  check_positive("temperature", temperature);
  refuse_unless(alpha >= 0.0 && alpha <= 1e9, "alpha", "within [0, 1e9]", alpha);
  check_positive("prior_successes", prior_successes);
  check_positive("prior_failures", prior_failures);
  refuse_unless(std::isfinite(prior_mean), "prior_mean", "finite", prior_mean);
  check_positive("prior_deviation", prior_deviation);
  check_positive("noise", noise);
  check_positive("ridge", ridge);
  refuse_unless(half_life == 0.0 || (half_life >= 1.0 && half_life <= 1e18), "half_life",
                "0 or at least 1", half_life);
  refuse_unless(max_arms >= 1 && max_arms <= 100'000'000, "max_arms", "within [1, 100,000,000]",
                static_cast<double>(max_arms));
  if (takes_context(policy)) {
    refuse_unless(dim >= 1 && dim <= kMaxDim, "dim", "within [1, 64]", static_cast<double>(dim));
  } else {
    refuse_unless(dim == 0, "dim", "0 for a policy without a context", static_cast<double>(dim));
  }
}

}  // namespace aisle::explore
