#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "aisle/base/error.h"
#include "shop.h"

namespace aisle::engine {
namespace {

using namespace shop;  // NOLINT(google-build-using-namespace): the tests' own scene

bool in_group(const std::string& item, std::uint32_t group) {
  return std::stoul(item.substr(1)) / kGroup == group;
}

TEST(Engine, KnowsTheLastClickInTheNextRecommendation) {
  const auto engine = shop::engine();
  const auto before = ask(*engine, "v");
  see(*engine, "v", "i3");
  const auto after = ask(*engine, "v");
  EXPECT_NE(before, after);
  for (std::size_t place = 0; place < 5; ++place)
    EXPECT_TRUE(in_group(after[place], 0)) << after[place];
  see(*engine, "v", "i55", kNow + kSecond);
  EXPECT_TRUE(in_group(ask(*engine, "v").front(), 5));
}

TEST(Engine, RecommendsABrandNewItemAfterAFewSessions) {
  const auto engine = shop::engine();
  for (std::size_t v = 0; v < 6; ++v) {
    see(*engine, name("n", v), "i3", kNow);
    see(*engine, name("n", v), "brand-new", kNow + kSecond);
  }
  see(*engine, "w", "i3");
  EXPECT_TRUE(has(ask(*engine, "w", 10), "brand-new"));
}

TEST(Engine, LearnsNothingFromWhatItIsToldNotToLearnFrom) {
  const auto engine = shop::engine();
  see(*engine, "w", "i3");
  const auto before = ask(*engine, "w", 30);
  for (std::size_t v = 0; v < 20; ++v) {
    const std::string visitor = name("n", v);
    engine->observe({.visitor = visitor, .item = "i3", .time = kNow}, kNow, false);
    engine->observe({.visitor = visitor, .item = "i59", .time = kNow + 1}, kNow, false);
  }
  EXPECT_EQ(ask(*engine, "w", 30), before);
}

TEST(Engine, GivesVisitorsItDoesNotKnowWhatIsPopular) {
  const auto engine = shop::engine();
  EXPECT_EQ(ask(*engine, "nobody").size(), 10U);
  EXPECT_EQ(ask(*engine, "nobody"), ask(*engine, "nobody-else"));
  EXPECT_EQ(ask(*engine, "nobody", 10, {}, "no-such-item").size(), 10U);
}

TEST(Engine, AnswersABroughtSessionAsItAnswersTheVisitor) {
  const auto engine = shop::engine(
      {}, {}, {.learn = {.trending = false, .co_visitation = false, .sessions = false}});
  const std::vector<std::string_view> session{"i3", "i14", "unknown", "i3", "i22"};
  for (std::size_t step = 0; step < session.size(); ++step) {
    see(*engine, "v", session[step], kNow + static_cast<Timestamp>(step));
    slate::Slate slate;
    engine->recommend({.visitor = {},
                       .session = std::span(session).first(step + 1),
                       .anchor = {},
                       .k = 20,
                       .now = kNow},
                      slate);
    EXPECT_EQ(names(slate), ask(*engine, "v", 20)) << "after " << step + 1 << " steps";
  }
}

TEST(Engine, ReadsTheNewestOfAnEndlessBroughtSession) {
  const auto engine = shop::engine();
  std::vector<std::string> owned;
  for (std::size_t i = 0; i < 200'000; ++i) owned.push_back(name("none", i));
  owned.emplace_back("i3");
  const std::vector<std::string_view> session(owned.begin(), owned.end());
  slate::Slate slate;
  engine->recommend({.visitor = {}, .session = session, .anchor = {}, .k = 5, .now = kNow}, slate);
  EXPECT_TRUE(in_group(names(slate).front(), 0));
}

TEST(Exclusions, KeepTheAnchorOutAndUseItAsTheLastStep) {
  const auto engine = shop::engine();
  const auto slate = ask(*engine, "v", 60, {}, "i33");
  EXPECT_FALSE(has(slate, "i33"));
  EXPECT_TRUE(in_group(slate.front(), 3));
  live::Strategy strategy;
  strategy.exclude.anchor = false;
  EXPECT_TRUE(has(ask(*shop::engine(strategy), "v", 60, {}, "i33"), "i33"));
}

TEST(Exclusions, KeepBoughtItemsOutUntilTheyAreRefunded) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3", kNow, EventType::cart);
  EXPECT_FALSE(has(ask(*engine, "v", 60), "i3"));
  see(*engine, "v", "i3", kNow + 1, EventType::purchase);
  EXPECT_FALSE(has(ask(*engine, "v", 60), "i3"));
  see(*engine, "v", "i3", kNow + 2, EventType::refund);
  EXPECT_TRUE(has(ask(*engine, "v", 60), "i3"));
}

TEST(Exclusions, KeepWhatIsInTheCartOutUntilItIsTakenOut) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3", kNow, EventType::cart);
  EXPECT_FALSE(has(ask(*engine, "v", 60), "i3"));
  see(*engine, "v", "i3", kNow + 1, EventType::remove_from_cart);
  EXPECT_TRUE(has(ask(*engine, "v", 60), "i3"));
}

TEST(Exclusions, TakeTheBoughtOutOfTheCart) {
  live::Strategy strategy;
  strategy.exclude.bought = false;
  const auto engine = shop::engine(strategy);
  see(*engine, "v", "i3", kNow, EventType::cart);
  see(*engine, "v", "i3", kNow + 1, EventType::purchase);
  EXPECT_TRUE(has(ask(*engine, "v", 60), "i3")) << "buy again: the cart is empty";
}

TEST(Exclusions, KeepDislikedAndWhereAskedToSeenItemsOut) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3", kNow, EventType::dislike);
  EXPECT_FALSE(has(ask(*engine, "v", 60), "i3"));
  live::Strategy strategy;
  strategy.exclude.seen = true;
  const auto strict = shop::engine(strategy);
  see(*strict, "v", "i3");
  EXPECT_FALSE(has(ask(*strict, "v", 60), "i3"));
  EXPECT_EQ(ask(*strict, "v", 60).size(), 59U);
}

TEST(Exclusions, FollowTheStockOfThisMoment) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3");
  const auto slate = ask(*engine, "v", 10);
  auto& catalog = engine->model()->catalog();
  const ItemId first{*catalog.items()->find(slate.front())};
  catalog.column("stock").set_number(first, 0.0);
  EXPECT_FALSE(has(ask(*engine, "v", 60), slate.front()));
  catalog.column("stock").set_number(first, 1.0);
  EXPECT_EQ(ask(*engine, "v", 10), slate);
}

TEST(Slates, AreFullWheneverEnoughAllowedItemsExist) {
  const auto engine = shop::engine();
  std::uint64_t draw = 1;
  for (int round = 0; round < 300; ++round) {
    draw = mix(draw + 1);
    const std::string visitor = name("v", draw % 20);
    see(*engine, visitor, name("i", (draw >> 8U) % 70), kNow + round);
    const catalog::Catalog& catalog = engine->model()->catalog();
    Bitmap allowed(catalog.size());
    std::string text = "id in ['no such item'";
    for (std::size_t i = 0; i < allowed.size(); ++i) {
      if (mix(draw + i) % 5 >= (draw >> 16U) % 6) continue;
      allowed.set(i);
      text += ", '" + std::string(catalog.items()->name(static_cast<std::uint32_t>(i))) + "'";
    }
    text += "]";
    const std::size_t k = 1 + (draw >> 24U) % 80;
    const auto slate = ask(*engine, visitor, k, text, {}, kNow + round);
    ASSERT_EQ(std::set<std::string>(slate.begin(), slate.end()).size(), slate.size())
        << "an item came twice";
    ASSERT_EQ(slate.size(), std::min(k, allowed.count())) << "round " << round;
    for (const std::string& item : slate)
      ASSERT_TRUE(allowed.test(*engine->model()->catalog().items()->find(item)));
  }
}

TEST(Slates, HoldAtMostSoManyOfAValue) {
  live::Strategy strategy;
  strategy.at_most = {{"category", 2}};
  const auto engine = shop::engine(strategy);
  see(*engine, "v", "i3");
  slate::Slate slate;
  engine->recommend({.visitor = "v", .session = {}, .anchor = {}, .k = 60, .now = kNow}, slate);
  std::map<std::uint32_t, int> of_category;
  for (const auto& item : names(slate)) {
    ++of_category[static_cast<std::uint32_t>(std::stoul(item.substr(1))) / kGroup];
  }
  EXPECT_EQ(of_category.size(), 6U);
  for (const auto& [category, count] : of_category) EXPECT_EQ(count, 2) << "c" << category;
  EXPECT_GT(slate.dropped[static_cast<std::size_t>(slate::Dropped::capped)], 0U);
}

TEST(Slates, FallInScoreEvenWhereCapsSkipAlmostAll) {
  live::Strategy strategy;
  strategy.at_most = {{"category", 1}};
  strategy.diversity_pool = 1;
  const auto engine = shop::engine(strategy, {.items = 600, .sessions = 3000});
  for (int i = 0; i < 30; ++i)
    see(*engine, "v", name("i", static_cast<std::size_t>(i * 20)), kNow + i);
  slate::Slate slate;
  engine->recommend({.visitor = "v", .session = {}, .anchor = {}, .k = 20, .now = kNow}, slate);
  ASSERT_EQ(slate.items.size(), 20U);
  EXPECT_TRUE(
      std::ranges::is_sorted(slate.items, std::ranges::greater{}, &slate::SlateItem::score));
}

TEST(Slates, GrowUnlikeWithDiversity) {
  const auto categories = [](float diversity) {
    live::Strategy strategy;
    strategy.diversity = diversity;
    const auto engine = shop::engine(strategy);
    see(*engine, "v", "i3");
    std::set<char> groups;
    for (const auto& item : ask(*engine, "v", 8)) groups.insert(item.size() > 2 ? item[1] : '0');
    return groups.size();
  };
  EXPECT_GT(categories(0.9F), categories(0.0F));
}

TEST(Slates, AreTheSameForTheSameState) {
  const auto one = shop::engine();
  const auto two = shop::engine();
  for (int i = 0; i < 200; ++i) {
    const std::string visitor = name("v", static_cast<std::size_t>(i % 7));
    const std::string item = name("i", mix(static_cast<std::uint64_t>(i)) % 60);
    see(*one, visitor, item, kNow + i);
    see(*two, visitor, item, kNow + i);
    ask(*one, name("v", static_cast<std::size_t>(i % 5)), 25);  // scratch memory leaves no trace
  }
  for (std::size_t v = 0; v < 7; ++v)
    EXPECT_EQ(ask(*one, name("v", v), 40), ask(*two, name("v", v), 40));
}

TEST(Slates, SayWhichSourceBroughtAnItemAndWhatFilledIt) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3");
  slate::Slate slate;
  engine->recommend({.visitor = "v", .session = {}, .anchor = {}, .k = 60, .now = kNow}, slate);
  EXPECT_FALSE(slate.items.front().is_fallback);
  EXPECT_NE(slate.items.front().rank[static_cast<std::size_t>(Source::knn)], 0);
  for (const slate::SlateItem& one : slate.items) {
    const bool has_source = std::ranges::any_of(one.rank, [](auto rank) { return rank != 0; });
    EXPECT_EQ(has_source, !one.is_fallback);
  }
}

TEST(Fallback, FillsASlateThatNoSourceMayFill) {
  live::Strategy nothing;
  for (auto& source : nothing.sources) source.is_on = false;
  const auto engine = shop::engine(nothing);
  see(*engine, "v", "brand-new");
  slate::Slate slate;
  engine->recommend({.visitor = "v", .session = {}, .anchor = {}, .k = 61, .now = kNow}, slate);
  EXPECT_EQ(slate.pool_size, 0U);
  EXPECT_EQ(slate.items.size(), 61U);
  EXPECT_TRUE(std::ranges::all_of(slate.items, &slate::SlateItem::is_fallback));
  EXPECT_TRUE(
      std::ranges::is_sorted(slate.items, std::ranges::greater{}, &slate::SlateItem::score));
}

TEST(WhereCache, CompilesATextOnceAndTheRequestGetsWhatHolds) {
  const auto engine = shop::engine();
  const auto model = engine->model();
  constexpr std::string_view kText = R"(category in ["c1", "c2"] and price <= 15)";
  const auto test = model->filters().get(kText, model->catalog());
  EXPECT_EQ(model->filters().get(kText, model->catalog()), test) << "compiled once";
  const auto slate = ask(*engine, "v", 60, kText);
  EXPECT_EQ(std::set<std::string>(slate.begin(), slate.end()),
            (std::set<std::string>{"i10", "i11", "i12", "i13", "i14"}));  // 11 to 15
  EXPECT_THROW((void)model->filters().get("colour == 'red'", model->catalog()),
               expression::ExpressionError);
}

TEST(WhereCache, FollowsAPriceThatChanges) {
  const auto engine = shop::engine();
  const auto model = engine->model();
  constexpr std::string_view kText = "price <= 2";
  EXPECT_EQ(ask(*engine, "v", 60, kText).size(), 2U);
  const auto number = model->catalog().items()->find("i40");
  model->catalog().column("price").set_number(ItemId{*number}, 1.5);
  EXPECT_EQ(ask(*engine, "v", 60, kText).size(), 3U);
}

}  // namespace
}  // namespace aisle::engine
