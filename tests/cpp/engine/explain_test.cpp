#include "aisle/slate/explain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "aisle/base/error.h"
#include "aisle/slate/recommend.h"
#include "shop.h"

namespace aisle::engine {
namespace {

using namespace shop;  // NOLINT(google-build-using-namespace): the tests' own scene
using Outcome = slate::Verdict::Outcome;
using rules::Action;

slate::Slate explained(const Engine& engine, std::size_t k = 8, std::string_view visitor = "v",
                       Timestamp now = kNow) {
  slate::Slate slate;
  engine.recommend({.visitor = visitor, .k = k, .now = now, .explain = true}, slate);
  return slate;
}

slate::Verdict judged(const Engine& engine, std::string_view item, std::size_t k = 8,
                      const slate::Explanation* then = nullptr) {
  return engine.judge({.visitor = "v", .k = k, .now = kNow}, item, then);
}

/// The candidate that stands in that place of the order before slots are given.
std::string item_at(const Engine& engine, std::size_t place) {
  slate::Slate slate;
  engine.recommend({.visitor = "v", .k = place, .now = kNow}, slate);
  return std::string(slate.names.at(place - 1));
}

TEST(Explanations, AreOfTheSameSlate) {
  const auto engine = shop::engine({.diversity = 0.4F});
  see(*engine, "v", "i3");
  see(*engine, "v", "i4", kNow + 1);
  const auto slate = explained(*engine, 30);
  EXPECT_EQ(names(slate), ask(*engine, "v", 30));
  ASSERT_NE(slate.explanation, nullptr);
  EXPECT_EQ(slate.explanation->items.size(), slate.items.size());
  slate::Slate plain;
  engine->recommend({.visitor = "v", .now = kNow}, plain);
  EXPECT_EQ(plain.explanation, nullptr);
}

TEST(Explanations, HaveFeaturesWhosePartsSumToTheScorersScore) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3");
  const auto slate = explained(*engine, 20);
  const auto& told = *slate.explanation;
  for (std::size_t i = 0; i < slate.items.size(); ++i) {
    const auto& one = told.items[i];
    EXPECT_EQ(one.is_candidate, !slate.items[i].is_fallback);
    if (!one.is_candidate) continue;
    const double sum =
        std::inner_product(one.features.begin(), one.features.end(), told.weights.begin(), 0.0);
    EXPECT_NEAR(sum, one.standing.scored, 1e-5);
    EXPECT_EQ(one.standing.scored, one.standing.boosted);
    EXPECT_EQ(one.standing.boosted, slate.items[i].score);
    EXPECT_EQ(one.standing.scored_place, i + 1);
    EXPECT_EQ(one.standing.diversified_place, i + 1);
  }
}

TEST(Explanations, TellWhatEachRuleDid) {
  live::Strategy strategy;
  strategy.merchandising = {
      {.name = "up", .action = Action::boost, .where = "price > 5", .factor = 2.0},
      {.name = "more", .action = Action::add, .amount = "if(id == 'i8', 0.5, null)"},
      {.name = "never", .action = Action::boost, .when = "context.x == 1", .factor = 9.0}};
  const auto engine = shop::engine(strategy);
  see(*engine, "v", "i3");
  const auto slate = explained(*engine);
  const float best = std::ranges::max(slate.items, {}, &slate::SlateItem::score).score;
  for (std::size_t i = 0; i < slate.items.size(); ++i) {
    const auto& one = slate.explanation->items[i];
    const bool is_dear = std::stoi(std::string(slate.names[i].substr(1))) >= 5;
    const bool is_more = slate.names[i] == "i8";
    ASSERT_EQ(one.effects.size(), static_cast<std::size_t>(is_dear) + (is_more ? 1U : 0U));
    if (is_dear) {
      EXPECT_EQ(one.effects.front().rule, "up");
      EXPECT_NEAR(one.effects.front().factor, 2.0, 1e-6);
    }
    if (is_more) {
      EXPECT_EQ(one.effects.back().rule, "more");
      EXPECT_FLOAT_EQ(static_cast<float>(one.effects.back().added), 0.5F);
    } else {
      EXPECT_NEAR(one.standing.boosted - one.standing.scored, is_dear ? std::log(2.0) : 0.0, 1e-5);
    }
    EXPECT_LE(one.standing.boosted, best);
  }
  strategy.takes_largest_boost = true;
  strategy.merchandising = {{.name = "a", .action = Action::boost, .factor = 2.0},
                            {.name = "b", .action = Action::boost, .factor = 0.25}};
  const auto largest = shop::engine(strategy);
  see(*largest, "v", "i3");
  const auto effects = explained(*largest).explanation->items.front().effects;
  ASSERT_EQ(effects.size(), 2U);
  EXPECT_FALSE(effects[0].counts);
  EXPECT_TRUE(effects[1].counts);
}

TEST(Explanations, TellPlacesBeforeAndAfterDiversity) {
  const auto engine = shop::engine({.diversity = 0.8F, .diversity_on = "category"});
  for (const std::string item : {"i3", "i14", "i25"}) see(*engine, "v", item);
  const auto slate = explained(*engine);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < slate.items.size(); ++i) {
    const auto& standing = slate.explanation->items[i].standing;
    EXPECT_EQ(standing.diversified_place, i + 1);
    moved += standing.boosted_place != i + 1 ? 1U : 0U;
  }
  EXPECT_GT(moved, 0U);
}

TEST(Explanations, TellPinsLimitsAndTheStepOfTheFallbackChain) {
  live::Strategy strategy;
  strategy.at_most = {{"category", 5}};
  strategy.merchandising = {
      {.name = "ours", .action = Action::pin, .items = {"i50"}, .count = 2},
      {.name = "cheap", .action = Action::at_least, .where = "price < 3", .count = 1}};
  const auto engine = shop::engine(strategy);
  see(*engine, "v", "i3");
  see(*engine, "w", "a-new-one");
  const auto slate = explained(*engine, 26);
  const auto& pinned = slate.explanation->items[1];
  EXPECT_EQ(slate.names[1], "i50");
  EXPECT_EQ(pinned.pin, "ours");
  EXPECT_FALSE(pinned.is_candidate);
  std::size_t of_group = 0;
  std::set<slate::Fallback> steps;
  for (std::size_t i = 0; i < slate.items.size(); ++i) {
    const auto& one = slate.explanation->items[i];
    steps.insert(slate.items[i].step);
    if (slate.names[i] == "a-new-one") continue;  // it has no category
    ASSERT_FALSE(one.limits.empty());
    EXPECT_EQ(one.limits.front().column, "category");
    EXPECT_EQ(one.limits.front().slots, 5U);
    EXPECT_LE(one.limits.front().taken, 5U);
    of_group += one.limits.front().value == "c0" ? 1U : 0U;
    const bool is_cheap = slate.names[i] == "i0" || slate.names[i] == "i1";
    EXPECT_EQ(one.limits.size(), is_cheap ? 2U : 1U);
    EXPECT_EQ(one.group, one.limits.front().value);
  }
  EXPECT_EQ(of_group, 5U);
  EXPECT_TRUE(steps.contains(slate::Fallback::none));
  EXPECT_TRUE(steps.contains(slate::Fallback::trending) ||
              steps.contains(slate::Fallback::popular));
  const auto last = explained(*engine, 60);
  const auto there = std::ranges::find(last.names, "a-new-one");
  ASSERT_NE(there, last.names.end());
  EXPECT_NE(last.items[static_cast<std::size_t>(there - last.names.begin())].step,
            slate::Fallback::none);
}

TEST(Explanations, NameTheSessionsItemThatASourceLinksMost) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3");
  see(*engine, "v", "i44", kNow + 1);
  const auto slate = explained(*engine, 16);
  const auto pairs = static_cast<std::size_t>(Source::co_visitation);
  const auto knn = static_cast<std::size_t>(Source::knn);
  std::size_t named = 0;
  for (std::size_t i = 0; i < slate.items.size(); ++i) {
    const auto& links = slate.explanation->items[i].links;
    if (slate.names[i] == "i3" || slate.names[i] == "i44") continue;  // their session links them
    const auto group = value_of(slate.items[i].item) / kGroup;
    for (const std::size_t source : {pairs, knn}) {
      if (slate.items[i].rank[source] == 0 || !is_known(links[source])) continue;
      EXPECT_EQ(value_of(links[source]) / kGroup, group) << slate.names[i];
      EXPECT_NE(links[source], slate.items[i].item);
      ++named;
    }
  }
  EXPECT_GT(named, 10U);
}

TEST(Verdicts, NameTheStepThatKeptAnItemOut) {
  live::Strategy strategy;
  strategy.filter = "price < 55";
  strategy.at_most = {{"category", 3}};
  strategy.merchandising = {{.name = "gone", .action = Action::exclude, .where = "price == 12"}};
  const auto engine = shop::engine(strategy);
  see(*engine, "v", "i3");
  EXPECT_EQ(judged(*engine, "no such").outcome, Outcome::unknown);
  const auto here = judged(*engine, item_at(*engine, 2));
  EXPECT_EQ(here.outcome, Outcome::listed);
  EXPECT_EQ(here.place, 2U);
  const auto filtered = judged(*engine, "i57");
  EXPECT_EQ(filtered.outcome, Outcome::kept_out);
  EXPECT_EQ(filtered.reason, slate::Dropped::filtered);
  EXPECT_FALSE(filtered.is_by_request);
  EXPECT_TRUE(filtered.rule.empty());
  EXPECT_EQ(judged(*engine, "i11").rule, "gone");
  const auto slate = names(explained(*engine));
  for (const char* const item : {"i1", "i2", "i4", "i5", "i6", "i7", "i8", "i9"}) {
    if (has(slate, item)) continue;
    const auto verdict = judged(*engine, item);
    EXPECT_EQ(verdict.outcome, Outcome::capped) << item;
    EXPECT_EQ(verdict.limit.column, "category");
    EXPECT_EQ(verdict.limit.value, "c0");
    EXPECT_EQ(verdict.limit.slots, 3U);
  }
}

TEST(Verdicts, TellOfTheRequestsOwnFilter) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3");
  const auto verdict = engine->judge({.visitor = "v", .now = kNow, .where = "price < 5"}, "i9");
  EXPECT_EQ(verdict.reason, slate::Dropped::filtered);
  EXPECT_TRUE(verdict.is_by_request);
}

TEST(Verdicts, TellWhichStepMovedACandidateBehindTheEnd) {
  const auto plain = shop::engine();
  see(*plain, "v", "i3");
  const std::string third = item_at(*plain, 3);
  const std::string sixth = item_at(*plain, 6);
  const auto behind = judged(*plain, sixth, 4);
  EXPECT_EQ(behind.outcome, Outcome::ranked);
  EXPECT_EQ(behind.standing.diversified_place, 6U);

  live::Strategy buried;
  buried.merchandising = {
      {.name = "down", .action = Action::boost, .where = "id == '" + third + "'", .factor = 1e-3}};
  const auto sunk = shop::engine(buried);
  see(*sunk, "v", "i3");
  const auto verdict = judged(*sunk, third, 4);
  EXPECT_EQ(verdict.outcome, Outcome::ranked);
  EXPECT_EQ(verdict.standing.scored_place, 3U);
  EXPECT_GT(verdict.standing.boosted_place, 4U);
  ASSERT_EQ(verdict.effects.size(), 1U);
  EXPECT_EQ(verdict.effects.front().rule, "down");

  live::Strategy kept;
  kept.merchandising = {
      {.name = "dear", .action = Action::at_least, .where = "price > 30", .count = 3}};
  const auto keeping = shop::engine(kept);
  see(*keeping, "v", "i3");
  const auto others = judged(*keeping, third, 4);
  EXPECT_EQ(others.outcome, Outcome::kept_for_others);
  EXPECT_EQ(others.limit.rule, "dear");

  const auto too_many = shop::engine({.filter = "price < 7", .minimum = 10});
  see(*too_many, "v", "i3");
  EXPECT_EQ(judged(*too_many, "i4", 12).outcome, Outcome::below_minimum);
  EXPECT_EQ(judged(*too_many, "i9", 12).outcome, Outcome::kept_out);
}

TEST(Verdicts, AreOfTheRequestAsItWasWhereItWasExplained) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3");
  const auto slate = explained(*engine, 4);
  const std::string next = item_at(*engine, 5);
  const auto before = judged(*engine, next, 4, slate.explanation.get());
  EXPECT_EQ(before.outcome, Outcome::ranked);
  engine->observe({.visitor = "v", .item = next, .type = EventType::purchase, .time = kNow},
                  kNow + 1, false);
  EXPECT_EQ(judged(*engine, next, 4).reason, slate::Dropped::bought);
  const auto after = judged(*engine, next, 4, slate.explanation.get());
  EXPECT_EQ(after.outcome, Outcome::ranked);
  EXPECT_EQ(after.standing.diversified_place, before.standing.diversified_place);
  engine->swap(bundle({.first_item = 500}), live::Strategy{});
  EXPECT_EQ(judged(*engine, next, 4, slate.explanation.get()).outcome, Outcome::ranked);
}

}  // namespace
}  // namespace aisle::engine
