#include <gtest/gtest.h>

#include <algorithm>

#include "aisle/base/error.h"
#include "shop.h"

namespace aisle::engine {
namespace {

using namespace shop;  // NOLINT(google-build-using-namespace): the tests' own scene
using rules::Action;

std::string refusal(const live::Strategy& strategy) {
  try {
    (void)shop::engine(strategy);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

/// A strategy with one rule, and nothing kept out for having been seen.
live::Strategy with(rules::Rule rule) {
  live::Strategy strategy;
  strategy.exclude.return_below = 0.0F;
  strategy.merchandising.push_back(std::move(rule));
  return strategy;
}

TEST(Limits, AreOnColumnsThatHaveValuesToCount) {
  live::Strategy strategy;
  strategy.at_most = {{"categry", 2}};
  EXPECT_TRUE(refusal(strategy).starts_with("the strategy of 'default': the catalogue has no"));
  strategy.at_most = {{"price", 2}};
  EXPECT_TRUE(refusal(strategy).starts_with("the strategy of 'default': at_most.price: this is a"));
  strategy.at_most = {{"category", 2}};
  EXPECT_EQ(refusal(strategy), "accepted");
}

TEST(Limits, OfARuleCountItsItemsTogether) {
  const auto engine =
      shop::engine(with({.action = Action::at_most, .where = "price <= 20", .count = 3}));
  see(*engine, "v", "i3");
  const auto slate = ask(*engine, "v", 20);
  EXPECT_EQ(slate.size(), 20U);
  EXPECT_EQ(std::ranges::count_if(
                slate, [](const std::string& item) { return std::stoul(item.substr(1)) < 20; }),
            3);
}

TEST(Pins, AreStrongerThanHabitButNotThanWhatIsKeptOut) {
  live::Strategy strategy = with({.action = Action::pin, .items = {"i3"}, .count = 2});
  strategy.exclude.return_below = 1.0F;  // nobody returns to anything
  const auto engine = shop::engine(strategy);
  see(*engine, "v", "i3");
  EXPECT_EQ(ask(*engine, "v", 6)[1], "i3");
  EXPECT_FALSE(has(ask(*engine, "v", 6, {}, "i3"), "i3")) << "the page is about it";
  see(*engine, "v", "i3", kNow + 1, EventType::dislike);
  EXPECT_FALSE(has(ask(*engine, "v", 6), "i3"));
}

TEST(Limits, KeepSlotsForItemsThatNoSourceBrings) {
  const auto engine =
      shop::engine(with({.action = Action::at_least, .where = "price > 50", .count = 4}));
  see(*engine, "v", "i3");
  const auto slate = ask(*engine, "v", 6);
  EXPECT_EQ(slate.size(), 6U);
  EXPECT_GE(std::ranges::count_if(
                slate, [](const std::string& item) { return std::stoul(item.substr(1)) >= 50; }),
            4);
}

TEST(Limits, KeepSlotsForItemsThatAreNew) {
  const auto engine =
      shop::engine(with({.action = Action::at_least, .where = "price > 1000", .count = 2}));
  catalog::Catalog& catalog = engine->model()->catalog();
  for (const char* id : {"new-1", "new-2", "new-3"})
    catalog.column("price").set_number(ItemId{catalog.items()->insert(id)}, 2'000.0);
  see(*engine, "v", "i3");
  const auto slate = ask(*engine, "v", 6);
  EXPECT_EQ(slate.size(), 6U);
  EXPECT_EQ(
      std::ranges::count_if(slate, [](const std::string& item) { return item.starts_with("new"); }),
      2);
}

TEST(Limits, GiveBackSlotsThatNobodyFills) {
  const auto engine =
      shop::engine(with({.action = Action::at_least, .where = "price > 1000", .share = 0.5}));
  EXPECT_EQ(ask(*engine, "v", 10).size(), 10U);
}

}  // namespace
}  // namespace aisle::engine
