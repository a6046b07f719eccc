#include "aisle/value/affinity.h"

#include <gtest/gtest.h>

#include <cmath>

namespace aisle::value {
namespace {

TEST(Affinity, IsZeroByChanceAndWhereNothingIsKnown) {
  EXPECT_DOUBLE_EQ(log_lift({}), 0.0);
  EXPECT_DOUBLE_EQ(log_lift({.both = 2.0, .x = 20.0, .y = 10.0, .total = 100.0}), 0.0);
}

TEST(Affinity, GrowsWithWhatIsTogetherAndIsDoubtedWhereCountsAreThin) {
  const PairCounts thin{.both = 1.0, .x = 1.0, .y = 1.0, .total = 100.0};
  const PairCounts often{.both = 50.0, .x = 50.0, .y = 50.0, .total = 5000.0};
  EXPECT_GT(log_lift(often), log_lift(thin));
  EXPECT_NEAR(log_lift(thin), std::log(4.0 / 3.01), 1e-12);
}

TEST(Affinity, TellsComplementsBySaleBeyondSight) {
  const PairCounts viewed{.both = 0.0, .x = 1000.0, .y = 1000.0, .total = 1e5};
  const PairCounts bought{.both = 30.0, .x = 100.0, .y = 100.0, .total = 1e4};
  EXPECT_EQ(side_of(bought, viewed), Side::complement);
}

TEST(Affinity, TellsSubstitutesBySightWithoutSale) {
  const PairCounts viewed{.both = 300.0, .x = 1000.0, .y = 1000.0, .total = 1e5};
  const PairCounts bought{.both = 1.0, .x = 100.0, .y = 100.0, .total = 1e4};
  EXPECT_EQ(side_of(bought, viewed), Side::substitute);
}

TEST(Affinity, IsUndecidedWhereSalesFollowSightOrCountsAreThin) {
  const PairCounts viewed{.both = 300.0, .x = 1000.0, .y = 1000.0, .total = 1e5};
  EXPECT_EQ(side_of({.both = 30.0, .x = 100.0, .y = 100.0, .total = 1e4}, viewed), Side::undecided);
  EXPECT_EQ(side_of({.both = 0.0, .x = 3.0, .y = 3.0, .total = 1e4}, viewed), Side::undecided);
  EXPECT_EQ(side_of({}, viewed), Side::undecided);
  EXPECT_EQ(side_of({}, {}), Side::undecided);
}

}  // namespace
}  // namespace aisle::value
