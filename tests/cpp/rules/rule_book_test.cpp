#include "aisle/rules/rule_book.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "small_shop.h"

namespace aisle::rules {
namespace {

using expression::Given;
using Numbers = std::vector<std::size_t>;

class RuleBookTest : public SmallShop {
 protected:
  [[nodiscard]] Numbers of_brand(const char* brand) const {
    return which([&](ItemId one) { return brand_.text(one) == brand; });
  }
  [[nodiscard]] Numbers all_but(const Numbers& some) const {
    return which([&](ItemId one) { return std::ranges::count(some, value_of(one)) == 0; });
  }
  [[nodiscard]] static float odds(double factor) { return static_cast<float>(std::log(factor)); }

  const std::array<Given, 1> mobile_ = {
      Given{.name = "device", .kind = Given::Kind::text, .text = "mobile"}};
};

TEST_F(RuleBookTest, WithoutRulesAllowsEverything) {
  EXPECT_EQ(allowed("", {}).size(), catalog_.size());
  EXPECT_EQ(work_.allowed, nullptr);
  EXPECT_FALSE(work_.has_rest);
}

TEST_F(RuleBookTest, EveryFilterMustHold) {
  EXPECT_EQ(allowed("price < 12", {{.action = Action::include, .where = "brand == 'b1'"}}),
            (Numbers{1, 4, 7, 10}));
  const ItemTest where("price > 3", catalog_);
  const RuleBook book("price < 12", {{.action = Action::include, .where = "brand == 'b1'"}}, false,
                      catalog_);
  EXPECT_EQ(allowed(book, &where), (Numbers{4, 7, 10}));
}

TEST_F(RuleBookTest, AFilterThatIsNullForAnItemKeepsItOut) {
  EXPECT_EQ(allowed("price >= 0", {}), all_but({9, 19, 29, 39}));
}

TEST_F(RuleBookTest, AnExclusionThatIsNullForAnItemLetsItThrough) {
  EXPECT_EQ(allowed("", {{.action = Action::exclude, .where = "brand == 'b1'"}}),
            all_but(of_brand("b1")));
  EXPECT_EQ(allowed("", {{.action = Action::exclude, .where = "price >= 0"}}),
            (Numbers{9, 19, 29, 39}));
}

TEST_F(RuleBookTest, AnExclusionInTwoPartsForbidsWhereBothHold) {
  scope_.context = mobile_;
  const std::vector<Rule> rules = {
      {.action = Action::exclude, .where = "brand == 'b1' and context.device == 'mobile'"}};
  EXPECT_EQ(allowed("", rules), all_but(of_brand("b1")));
  scope_.context = {};
  EXPECT_EQ(allowed("", rules).size(), catalog_.size());
}

TEST_F(RuleBookTest, FiltersAndExclusionsOfBothKindsGoTogether) {
  scope_.context = mobile_;
  const std::vector<Rule> rules = {
      {.action = Action::include, .where = "price < 20 and context.device == 'mobile'"},
      {.action = Action::exclude, .where = "brand == 'b1'"},
      {.action = Action::exclude, .where = "brand == 'b2' and context.device == 'mobile'"},
      {.action = Action::hide, .items = {"i3", "i6"}}};
  EXPECT_EQ(allowed("price > 2", rules), (Numbers{12, 15, 18}));
}

TEST_F(RuleBookTest, HidesItemsByIdNewOnesToo) {
  const RuleBook book("", {{.action = Action::hide, .items = {"i3", "i40", "a \"b\" \\"}}}, false,
                      catalog_);
  EXPECT_EQ(allowed(book), all_but({3}));
  add();
  EXPECT_EQ(allowed(book), all_but({3, 40}));
  catalog_.items()->insert("a \"b\" \\");
  EXPECT_EQ(allowed(book), all_but({3, 40, 41})) << "a quoted id is that id";
  EXPECT_EQ(allowed("", {{.action = Action::hide}}).size(), catalog_.size()) << "none to hide";
}

TEST_F(RuleBookTest, AWindowIsClosedOnTheLeftAndOpenOnTheRight) {
  const RuleBook book(
      "", {{.action = Action::hide, .from = 10 * kDay, .until = 20 * kDay, .items = {"i0"}}}, false,
      catalog_);
  const auto hides = [&](Timestamp now) {
    scope_.now = now;
    return allowed(book).front() != 0;
  };
  EXPECT_FALSE(hides(10 * kDay - 1));
  EXPECT_TRUE(hides(10 * kDay));
  EXPECT_TRUE(hides(20 * kDay - 1));
  EXPECT_FALSE(hides(20 * kDay));
}

TEST_F(RuleBookTest, AConditionDecidesWhetherTheRuleHolds) {
  const RuleBook book(
      "", {{.action = Action::hide, .when = "context.device == 'mobile'", .items = {"i0"}}}, false,
      catalog_);
  EXPECT_EQ(allowed(book).front(), 0U) << "null is not true";
  scope_.context = mobile_;
  EXPECT_EQ(allowed(book).front(), 1U);
}

TEST_F(RuleBookTest, SaysWhichRuleKeepsAnItemOut) {
  const RuleBook book("price < 30",
                      {{.name = "own", .action = Action::include, .where = "brand != 'b1'"},
                       {.name = "gone", .action = Action::hide, .items = {"i2"}}},
                      false, catalog_);
  book.begin(scope_, nullptr, work_);
  EXPECT_EQ(book.forbidding(item(1), work_), 0U);
  EXPECT_EQ(book.forbidding(item(2), work_), 1U);
  EXPECT_EQ(book.forbidding(item(3), work_), kNoRule);
  EXPECT_EQ(book.forbidding(item(31), work_), kNoRule) << "the filter is no rule";
}

TEST_F(RuleBookTest, BoostsMultiplyOdds) {
  const std::vector<Rule> rules = {{.action = Action::boost, .where = "price >= 1", .factor = 3.0},
                                   {.action = Action::boost, .where = "price >= 2", .factor = 0.5}};
  const auto scores = boosted(rules, {0.0F, 1.0F, 2.0F});
  EXPECT_FLOAT_EQ(scores[0], 0.0F);
  EXPECT_FLOAT_EQ(scores[1], 1.0F + odds(3.0));
  EXPECT_FLOAT_EQ(scores[2], 2.0F + odds(1.5));
}

TEST_F(RuleBookTest, OrTheOneFarthestFromOneCounts) {
  const std::vector<Rule> rules = {
      {.action = Action::boost, .factor = 3.0},
      {.action = Action::boost, .where = "price >= 1", .factor = 0.1},
      {.action = Action::boost, .where = "price >= 2", .factor = 20.0}};
  const auto scores = boosted(rules, {0.0F, 0.0F, 0.0F}, true);
  EXPECT_FLOAT_EQ(scores[0], odds(3.0));
  EXPECT_FLOAT_EQ(scores[1], odds(0.1));
  EXPECT_FLOAT_EQ(scores[2], odds(20.0));
}

TEST_F(RuleBookTest, AddsToARelevanceWhoseLargestIsOne) {
  const auto scores =
      boosted({{.action = Action::add, .where = "price < 2", .factor = 0.5}}, {3.0F, 1.0F, -30.0F});
  EXPECT_FLOAT_EQ(scores[0], 3.0F + odds(1.5));
  EXPECT_FLOAT_EQ(scores[1], 3.0F + odds(std::exp(-2.0) + 0.5));
  EXPECT_FLOAT_EQ(scores[2], -30.0F) << "of what nothing is added to nothing is lost";
}

TEST_F(RuleBookTest, TakingAwayMoreThanThereIsLeavesANumber) {
  const auto scores = boosted({{.action = Action::add, .factor = -5.0}}, {3.0F, 1.0F});
  EXPECT_TRUE(std::isfinite(scores[0]));
  EXPECT_LT(scores[0], -10.0F);
}

TEST_F(RuleBookTest, AnAmountThatIsNullLeavesTheItemAlone) {
  std::vector<float> same(12, 1.0F);
  for (const Action action : {Action::boost, Action::add}) {
    const auto scores = boosted({{.action = action, .amount = "price"}}, same);
    EXPECT_EQ(scores[9], 1.0F) << "no price";
    EXPECT_GT(scores[8], 1.0F);
  }
}

TEST_F(RuleBookTest, ABoostThatIsNoFactorIsTheSmallest) {
  const auto scores = boosted({{.action = Action::boost, .amount = "price - 1"}}, {0.0F, 0.0F});
  EXPECT_FLOAT_EQ(scores[0], odds(1e-6)) << "negative";
  EXPECT_FLOAT_EQ(scores[1], odds(1e-6)) << "zero";
}

TEST_F(RuleBookTest, NoAmountMakesAScoreThatIsNoNumber) {
  for (const Action action : {Action::boost, Action::add}) {
    for (const char* amount : {"1e308 * 10", "-1e308 * 10", "1e300"}) {
      for (const float score : boosted({{.action = action, .amount = amount}}, {2.0F, 1.0F}))
        EXPECT_TRUE(std::isfinite(score)) << amount;
    }
  }
}

TEST_F(RuleBookTest, ABoostThatDoesNotHoldDoesNothing) {
  const auto scores =
      boosted({{.action = Action::boost, .until = kDay, .factor = 9.0},
               {.action = Action::boost, .when = "context.device == 'tv'", .factor = 9.0}},
              {1.0F, 2.0F});
  EXPECT_EQ(scores, (std::vector<float>{1.0F, 2.0F}));
}

TEST_F(RuleBookTest, CountsSlotsOrTheirShareOfTheSlate) {
  const RuleBook book("",
                      {{.action = Action::at_most, .column = "brand", .count = 2},
                       {.action = Action::at_least, .where = "price < 9", .share = 0.25},
                       {.action = Action::at_most, .where = "price < 9"}},
                      false, catalog_);
  EXPECT_EQ(book.slots(0, 10), 2U);
  EXPECT_EQ(book.column(0), &brand_);
  EXPECT_EQ(book.slots(1, 12), 3U);
  EXPECT_EQ(book.slots(1, 10), 3U) << "a part of a slot is one";
  EXPECT_EQ(book.slots(1, 0), 0U);
  EXPECT_EQ(book.slots(2, 10), 0U);
  EXPECT_EQ(book.column(2), nullptr);
}

TEST_F(RuleBookTest, AShareOfWholeSlotsIsThatMany) {
  for (const std::size_t percent : {1U, 7U, 10U, 29U, 55U, 70U, 100U}) {
    const RuleBook book("",
                        {{.action = Action::at_least,
                          .where = "price < 9",
                          .share = static_cast<double>(percent) / 100.0}},
                        false, catalog_);
    EXPECT_EQ(book.slots(0, 100), percent);
  }
}

TEST_F(RuleBookTest, ALimitIsAboutTheItemsOfItsWhere) {
  const RuleBook book("",
                      {{.action = Action::at_most, .where = "brand == 'b1'", .count = 2},
                       {.action = Action::at_most, .column = "brand", .count = 2}},
                      false, catalog_);
  book.begin(scope_, nullptr, work_);
  EXPECT_EQ(work_.limits, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(which([&](ItemId one) { return book.is_about(0, one, work_); }), of_brand("b1"));
  EXPECT_TRUE(book.is_about(1, item(2), work_)) << "without where every item";
}

TEST_F(RuleBookTest, AWorkspaceServesOneBookAfterAnother) {
  const RuleBook first("price < 5 and $x > 0",
                       {{.action = Action::hide, .items = {"i1"}},
                        {.action = Action::boost, .where = "price > 2", .factor = 2.0},
                        {.action = Action::pin, .items = {"i2"}, .count = 1}},
                       false, catalog_);
  const std::array given = {Given{"x", Given::Kind::number, 1.0}};
  scope_.parameters = given;
  EXPECT_EQ(allowed(first), (Numbers{0, 2, 3, 4}));
  EXPECT_EQ(work_.pins.size(), 1U);
  EXPECT_EQ(allowed("price < 3", {}), (Numbers{0, 1, 2}));
  EXPECT_TRUE(work_.pins.empty() && work_.boosts.empty() && !work_.has_rest);
}

TEST_F(RuleBookTest, AnErrorNamesTheRuleTheFieldAndThePlace) {
  const auto contains = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  const Rule fine{.name = "sale", .action = Action::boost};
  contains(refusal("prise < 3", fine), "filter:1:1: unknown attribute 'prise'");
  Rule wrong = fine;
  wrong.where = "price <";
  contains(refusal("", wrong), "rule 'sale', where:1:8");
  wrong = fine;
  wrong.when = "context.device = 'x'";
  contains(refusal("", wrong), "rule 'sale', when:1:");
  wrong.when = "price < 3";
  contains(refusal("", wrong), "rule 'sale', when: is asked once for a request");
  wrong = fine;
  wrong.amount = "brand";
  contains(refusal("", wrong), "rule 'sale', amount:1:1");
}

TEST_F(RuleBookTest, ARuleThatLacksItsItemsIsRefused) {
  const auto refused = [&](const Rule& rule, const std::string& start) {
    EXPECT_EQ(refusal("", rule).substr(0, start.size()), start);
  };
  refused({.name = "r", .action = Action::include}, "rule 'r', where: names no items");
  refused({.name = "r", .action = Action::exclude}, "rule 'r', where: names no items");
  refused({.name = "r", .action = Action::at_least}, "rule 'r', where: names no items");
  refused({.name = "r", .action = Action::at_most}, "rule 'r', where: names no items");
  refused({.name = "r", .action = Action::pin, .count = 1}, "rule 'r', pin: takes one item");
  refused({.name = "r", .action = Action::pin, .items = {"i1"}}, "rule 'r', pin: takes one item");
  refused({.name = "r", .action = Action::at_most, .column = "brnd"},
          "rule 'r', per: the catalogue has no column \"brnd\"");
  refused({.name = "r", .action = Action::at_most, .column = "price"},
          "rule 'r', per: 'price' is a number");
  EXPECT_EQ(refusal("", {.name = "r", .action = Action::at_most, .column = "tags"}), "accepted");
}

}  // namespace
}  // namespace aisle::rules
