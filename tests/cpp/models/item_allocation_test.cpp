#include <gtest/gtest.h>

#include "aisle/models/batch.h"
#include "aisle/models/item_factors.h"
#include "aisle/models/item_rows.h"
#include "aisle/models/next_basket.h"

// Sanitizers bring their own operator new; this file then has nothing to say.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <memory>
#include <vector>

#include "../counted_allocations.h"

namespace aisle::models {
namespace {

constexpr std::uint32_t kCatalogue = 50;

std::unique_ptr<SessionModel> rows_model() {
  ItemRows rows{.offsets = {0}, .items = {}, .weights = {}};
  for (std::uint32_t i = 0; i < kCatalogue; ++i) {
    rows.items.push_back(ItemId{(i + 1) % kCatalogue});
    rows.weights.push_back(1.0F);
    rows.offsets.push_back(rows.items.size());
  }
  return std::make_unique<ItemRowsModel>(std::move(rows), SessionWeights{});
}

std::unique_ptr<SessionModel> factors_model(double confidence) {
  ItemFactors factors{.dim = 4, .rows = {}};
  for (std::uint32_t i = 0; i < kCatalogue * 4; ++i)
    factors.rows.push_back(static_cast<float>(i % 7) - 3.0F);
  return std::make_unique<ItemFactorsModel>(std::move(factors), SessionWeights{},
                                            FoldIn{.confidence = confidence});
}

std::unique_ptr<SessionModel> basket_model(BasketKind kind) {
  BasketUsers users{.offsets = {0}, .items = {}, .weights = {}};
  for (std::uint32_t u = 0; u < 30; ++u) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      users.items.push_back(ItemId{(u * 3 + i) % kCatalogue});
      users.weights.push_back(0.5F);
    }
    users.offsets.push_back(users.items.size());
  }
  return std::make_unique<NextBasketModel>(std::move(users), kCatalogue,
                                           BasketOptions{.kind = kind, .neighbours = 5});
}

TEST(WarmItemModels, AllocateNothing) {
  const std::vector<ItemId> session{ItemId{3}, ItemId{9}, ItemId{3}, ItemId{27}};
  const std::vector<Timestamp> times{1, 1, 2, 2};
  std::vector<std::unique_ptr<SessionModel>> models;
  models.push_back(rows_model());
  models.push_back(factors_model(0.0));
  models.push_back(factors_model(2.0));
  models.push_back(basket_model(BasketKind::tifu));
  models.push_back(basket_model(BasketKind::up_cf));
  for (std::size_t m = 0; m < models.size(); ++m) {
    Workspace work;
    const SessionQuery query{.items = session, .times = times};
    best_of(*models[m], query, {.k = 10}, work);
    ASSERT_FALSE(work.best.empty()) << m;
    const std::size_t before = allocations;
    for (int round = 0; round < 3; ++round) best_of(*models[m], query, {.k = 10}, work);
    EXPECT_EQ(allocations - before, 0U) << m;
  }
}

}  // namespace
}  // namespace aisle::models

#endif
