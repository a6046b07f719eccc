#include "aisle/models/rules.h"

#include <gtest/gtest.h>

#include "aisle/base/error.h"
#include "small_log.h"

namespace aisle::models {
namespace {

using Pairs = std::vector<std::pair<std::uint32_t, double>>;

RulesModel fitted(const SmallLog& log, const RuleOptions& options) {
  return {retrieve::build_session_index(log.rows(), 8, RulesModel::kept(options)), options};
}

TEST(RulesModel, WeighsAPairByItsSteps) {
  const RulesModel model = fitted(SmallLog({{0, 1, 2}, {0, 2}}), {});
  EXPECT_EQ(best(model, {0}), (Pairs{{2, 1.5}, {1, 1.0}}));
  EXPECT_EQ(best(model, {1, 2}), (Pairs{})) << "nothing follows 2";
}

TEST(RulesModel, KeepsTransitionsToItself) {
  const RulesModel model = fitted(SmallLog({{3, 3, 3}}), {.steps = 1});
  EXPECT_EQ(best(model, {3}), (Pairs{{3, 2.0}}));
}

TEST(RulesModel, PrunesTheOneSeenLaterOfEqualRules) {
  const RulesModel model = fitted(SmallLog({{0, 5}, {0, 2}, {0, 4}}), {.pruning = 2});
  EXPECT_EQ(best(model, {0}), (Pairs{{2, 1.0}, {5, 1.0}}));
}

TEST(RulesModel, LooksAtAnItemsNewestSessionsAlone) {
  const RulesModel model = fitted(SmallLog({{0, 5}, {0, 2}, {0, 4}}), {.sample_size = 2});
  EXPECT_EQ(best(model, {0}), (Pairs{{2, 1.0}, {4, 1.0}}));
}

TEST(RulesModel, CountsBothWaysAndRepeatsAgain) {
  const RulesModel model = fitted(SmallLog({{0, 1, 0}}), {.both_ways = true});
  EXPECT_EQ(best(model, {1}), (Pairs{{0, 2.0}}));
  EXPECT_EQ(best(model, {0}), (Pairs{{0, 2.0}, {1, 2.0}})) << "a self pair adds two";
}

TEST(RulesModel, FindsAPairBetweenFarPlacesOfAnItem) {
  const RulesModel model = fitted(SmallLog({{0, 1, 2, 3, 4, 0, 5}}), {.steps = 2});
  EXPECT_EQ(best(model, {0}), (Pairs{{1, 1.0}, {5, 1.0}, {2, 0.5}}));
}

TEST(RulesModel, RefusesOptionsThatCannotBeMeant) {
  EXPECT_THROW(RuleOptions{.steps = 0}.validate(), ConfigError);
  EXPECT_THROW(RuleOptions{.last_items = 0}.validate(), ConfigError);
  EXPECT_THROW(RuleOptions{.step_decay = -1.0}.validate(), ConfigError);
}

TEST(RulesModel, RefusesRulesOfAnItemThatThereIsNot) {
  Arrays arrays;
  fitted(SmallLog({{0, 1, 2}}), {}).save(arrays);
  EXPECT_NO_THROW((RulesModel{arrays, 8, {}}));
  EXPECT_THROW((RulesModel{arrays, 2, {}}), BundleError);
  arrays.put("rules.weights", std::vector<double>{1.0, -1.0, 1.0});
  EXPECT_THROW((RulesModel{arrays, 8, {}}), BundleError);
}

}  // namespace
}  // namespace aisle::models
