#include "aisle/value/objectives.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>

#include "aisle/base/error.h"

namespace aisle::value {
namespace {

using Doubles = std::vector<double>;
using Floats = std::vector<float>;

constexpr double kNone = catalog::kNullNumber;

/// Items 0, 1, ... with a price, a cost and a stock.
class Aims : public ::testing::Test {
 protected:
  Aims() : catalog_(std::make_shared<catalog::Dictionary>()) {}

  void column(std::string_view name, const Doubles& cells) {
    auto& made = catalog_.add_column(name, catalog::AttributeKind::number);
    for (std::uint32_t i = 0; i < cells.size(); ++i) {
      if (catalog_.size() <= i)
        catalog_.items()->insert(std::string("i").append(std::to_string(i)));
      made.set_number(ItemId{i}, cells[i]);
    }
  }
  Floats weigh(const Objectives& objectives, Floats scores) const {
    const Utility utility(objectives, catalog_);
    std::vector<ItemId> items;
    for (std::uint32_t i = 0; i < scores.size(); ++i) items.push_back(ItemId{i});
    UtilityWorkspace work;
    utility.weigh(items, scores, work);
    return scores;
  }
  static Objectives of(Aim aim, float weight, std::string column = {}) {
    Objectives made;
    made.aims[static_cast<std::size_t>(aim)] = {weight, std::move(column)};
    return made;
  }

  catalog::Catalog catalog_;
};

TEST_F(Aims, MultiplyTheOddsByTheWorth) {
  column("price", {10.0, 40.0});
  const Floats scores = weigh(of(Aim::revenue, 2.0F), {1.0F, 0.0F});
  EXPECT_FLOAT_EQ(scores[0], 1.0F + std::log(1.0F + 2.0F * 0.25F));
  EXPECT_FLOAT_EQ(scores[1], 0.0F + std::log(1.0F + 2.0F));
}

TEST_F(Aims, WithRelevanceAloneAreOff) {
  EXPECT_FALSE(Objectives{.relevance = 3.0F}.is_on());
  EXPECT_EQ(weigh({.relevance = 3.0F}, {1.0F, -2.0F}), (Floats{1.0F, -2.0F}));
}

TEST_F(Aims, TakeTheMeanForWhatIsUnknown) {
  column("price", {10.0, kNone, 30.0});
  const Floats scores = weigh(of(Aim::revenue, 1.0F), {0.0F, 0.0F, 0.0F});
  EXPECT_FLOAT_EQ(scores[1], std::log(1.0F + 20.0F / 30.0F));
}

TEST_F(Aims, SayNothingWhereNothingIsKnown) {
  column("price", {kNone, kNone});
  EXPECT_EQ(weigh(of(Aim::revenue, 5.0F), {2.0F, 1.0F}), (Floats{2.0F, 1.0F}));
}

TEST_F(Aims, PutWhatIsWorthNothingBehindAllOthersInOrder) {
  column("margin", {5.0, -5.0, -10.0, 10.0});
  Objectives only = of(Aim::margin, 1.0F);
  only.relevance = 0.0F;
  const Floats scores = weigh(only, {-50.0F, 3.0F, 4.0F, -60.0F});
  EXPECT_GT(scores[0], scores[2]);
  EXPECT_GT(scores[3], scores[2]);
  EXPECT_GT(scores[2], scores[1]) << "both lose money: relevance decides";
  EXPECT_FLOAT_EQ(scores[2] - scores[1], 1.0F);
}

TEST_F(Aims, KeepTheOrderWhereAllAreWorthNothing) {
  column("return_rate", {1.0, 1.0});
  EXPECT_EQ(weigh(of(Aim::returns, 1.0F), {2.0F, 1.0F}), (Floats{2.0F, 1.0F}));
}

TEST_F(Aims, TakeAReturnRateAsTheShareThatItIs) {
  column("return_rate", {0.1, 0.5, 7.0, -1.0});
  const Floats scores = weigh(of(Aim::returns, 0.5F), {0.0F, 0.0F, 0.0F, 0.0F});
  EXPECT_FLOAT_EQ(scores[0], std::log(0.95F));
  EXPECT_FLOAT_EQ(scores[1], std::log(0.75F));
  EXPECT_FLOAT_EQ(scores[2], std::log(0.5F));
  EXPECT_FLOAT_EQ(scores[3], 0.0F);
}

TEST_F(Aims, MakeTheMarginOfPriceAndCost) {
  column("price", {10.0, 10.0});
  column("cost", {8.0, 2.0});
  const Floats scores = weigh(of(Aim::margin, 1.0F), {0.0F, 0.0F});
  EXPECT_FLOAT_EQ(scores[0], std::log(1.25F));
  EXPECT_FLOAT_EQ(scores[1], std::log(2.0F));
  column("margin", {1.0, 1.0});
  EXPECT_EQ(weigh(of(Aim::margin, 1.0F), {0.0F, 0.0F})[0], std::log(2.0F)) << "its own column wins";
}

TEST_F(Aims, CountNoStockBelowNone) {
  column("stock", {-5.0, 10.0});
  const Floats scores = weigh(of(Aim::stock, 1.0F), {0.0F, 0.0F});
  EXPECT_FLOAT_EQ(scores[0], 0.0F);
  EXPECT_FLOAT_EQ(scores[1], std::log(2.0F));
}

TEST_F(Aims, NameTheColumnThatIsNotThere) {
  column("price", {1.0});
  catalog_.add_column("kind", catalog::AttributeKind::category);
  EXPECT_THROW(Utility(of(Aim::margin, 1.0F), catalog_), UnknownNameError);
  EXPECT_THROW(Utility(of(Aim::margin, 1.0F, "profit"), catalog_), UnknownNameError);
  EXPECT_THROW(Utility(of(Aim::margin, 1.0F, "kind"), catalog_), ConfigError);
  EXPECT_NO_THROW(Utility(of(Aim::margin, 1.0F, "price"), catalog_));
}

TEST_F(Aims, RefuseWeightsOutsideTheirRange) {
  EXPECT_THROW(of(Aim::stock, -1.0F).validate(), ConfigError);
  EXPECT_THROW(of(Aim::stock, NAN).validate(), ConfigError);
  EXPECT_THROW((Objectives{.relevance = 0.0F}.validate()), ConfigError);
}

}  // namespace
}  // namespace aisle::value
