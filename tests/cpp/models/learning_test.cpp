// Models that learn on answer as those of both logs, and come back from their arrays as they were.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "aisle/base/error.h"
#include "aisle/models/context_tree.h"
#include "aisle/models/knn_model.h"
#include "aisle/models/retrieval_models.h"
#include "aisle/models/rules.h"
#include "small_log.h"

namespace aisle::models {
namespace {

constexpr std::size_t kItems = 10;
using Lists = std::vector<std::vector<std::uint32_t>>;
const Lists kFirst{{0, 1, 2}, {1, 3, 1}, {2, 4}};
const Lists kSecond{{0, 5}, {5, 1, 9}, {2, 2, 0}};
const Lists kBoth{{0, 1, 2}, {1, 3, 1}, {2, 4}, {0, 5}, {5, 1, 9}, {2, 2, 0}};

struct Kind {
  std::string name;
  std::function<std::shared_ptr<SessionModel>(const retrieve::SessionRows&, std::size_t)> fit;
  std::function<std::shared_ptr<SessionModel>(const Arrays&, std::size_t)> restore;
};

template <class Model, class Options>
Kind indexed(const std::string& name, const Options& options,
             const retrieve::SessionIndexOptions& index) {
  return {name,
          [=](const retrieve::SessionRows& rows, std::size_t items) {
            return std::make_shared<Model>(retrieve::build_session_index(rows, items, index),
                                           options);
          },
          [=](const Arrays& arrays, std::size_t items) {
            return std::make_shared<Model>(arrays, items, options);
          }};
}

std::vector<Kind> kinds() {
  const CoVisitationModel::Options pairs{
      .table = {.neighbours = 3, .max_sessions = 1000, .half_life = 0}, .query = {}};
  const RuleOptions rules{.pruning = 2, .last_items = 2};
  const KnnModelOptions knn{.knn = {.k = 3, .sample_size = 4, .lambda_snh = 1.0},
                            .index = {.max_postings = 4},
                            .events = {}};
  const ContextTreeOptions tree{.depth = 3};
  return {indexed<CoVisitationModel>("pairs", pairs, {.max_postings = 1000}),
          indexed<RulesModel>("rules", rules, RulesModel::kept(rules)),
          indexed<KnnModel>("knn", knn, knn.index),
          {"tree",
           [=](const retrieve::SessionRows& rows, std::size_t items) {
             ContextTree learned(tree);
             learned.learn(retrieve::build_session_index(rows, items, {}));
             return std::make_shared<ContextTreeModel>(std::move(learned));
           },
           [=](const Arrays& arrays, std::size_t items) {
             return std::make_shared<ContextTreeModel>(ContextTree(arrays, items, tree));
           }},
          {"popularity",
           [](const retrieve::SessionRows& rows, std::size_t items) {
             return std::make_shared<PopularityModel>(rows, items, PopularityModel::Options{});
           },
           [](const Arrays& arrays, std::size_t items) {
             return std::make_shared<PopularityModel>(arrays, items, PopularityModel::Options{});
           }}};
}

TEST(Learning, IsTheSameAsBothLogsAtOnce) {
  const SmallLog first(kFirst);
  const SmallLog second(kSecond, 8);
  const SmallLog both(kBoth);
  for (const Kind& kind : kinds()) {
    const auto before = kind.fit(first.rows(), 6);
    const auto learned = before->learn(second.rows(), kItems);
    const auto refitted = kind.fit(both.rows(), kItems);
    EXPECT_EQ(learned->item_count(), kItems) << kind.name;
    for (const auto& session : Lists{{}, {0}, {1, 2}, {5}, {9, 3}}) {
      EXPECT_EQ(best(*learned, session), best(*refitted, session)) << kind.name;
    }
    EXPECT_EQ(before->item_count(), 6U) << kind.name << ": the old one goes on answering";
  }
}

TEST(Learning, ComesBackFromItsArraysAndGoesOn) {
  const SmallLog first(kFirst);
  const SmallLog second(kSecond, 8);
  for (const Kind& kind : kinds()) {
    const auto model = kind.fit(first.rows(), kItems);
    Arrays arrays;
    model->save(arrays);
    const auto again = kind.restore(arrays, kItems);
    const auto one = model->learn(second.rows(), kItems);
    const auto other = again->learn(second.rows(), kItems);
    for (const auto& session : Lists{{}, {0}, {1, 2}, {5}, {9, 3}}) {
      EXPECT_EQ(best(*model, session), best(*again, session)) << kind.name;
      EXPECT_EQ(best(*one, session), best(*other, session)) << kind.name;
    }
    EXPECT_THROW((void)kind.restore(arrays, 4), BundleError) << kind.name;
    EXPECT_THROW((void)kind.restore(Arrays{}, kItems), BundleError) << kind.name;
  }
}

TEST(Learning, RefusesRowsOutOfRange) {
  const SmallLog log(kBoth);
  for (const Kind& kind : kinds()) {
    const auto model = kind.fit(log.rows(), kItems);
    EXPECT_THROW((void)model->learn(log.rows(), 3), ConfigError) << kind.name;
  }
}

}  // namespace
}  // namespace aisle::models
