#include "aisle/rules/item_test.h"

#include <array>

#include "small_shop.h"

namespace aisle::rules {
namespace {

using expression::Given;

class ItemTestTest : public SmallShop {
 protected:
  [[nodiscard]] std::vector<std::size_t> holding(const ItemTest& test) {
    ActiveTest active;
    test.begin(scope_, active);
    return which([&](ItemId one) { return active.test(one); });
  }
  [[nodiscard]] std::vector<std::size_t> below(double most) const {
    return which([&](ItemId one) { return price_.number(one) < most; });
  }

  const std::array<Given, 1> limit_ = {Given{"limit", Given::Kind::number, 12.0}};
};

TEST_F(ItemTestTest, KeepsABitmapOfWhatTheCatalogueDecides) {
  const ItemTest test("price < 12", catalog_);
  ActiveTest active;
  test.begin(scope_, active);
  ASSERT_NE(active.bitmap, nullptr);
  EXPECT_FALSE(active.has_rest);
  EXPECT_EQ(holding(test), below(12));
}

TEST_F(ItemTestTest, LeavesToTheRequestWhatHangsOnIt) {
  const ItemTest test("price < $limit", catalog_);
  scope_.parameters = limit_;
  ActiveTest active;
  test.begin(scope_, active);
  EXPECT_EQ(active.bitmap, nullptr) << "the catalogue alone forbids nothing";
  EXPECT_TRUE(active.has_rest);
  EXPECT_EQ(holding(test), below(12));
}

TEST_F(ItemTestTest, SplitsAConditionAtItsOutermostAnd) {
  const ItemTest test("brand == 'b1' and price < $limit", catalog_);
  scope_.parameters = limit_;
  ActiveTest active;
  test.begin(scope_, active);
  ASSERT_NE(active.bitmap, nullptr);
  EXPECT_TRUE(active.has_rest);
  EXPECT_EQ(which([&](ItemId one) { return active.bitmap->test(value_of(one)); }),
            which([&](ItemId one) { return brand_.text(one) == "b1"; }));
  EXPECT_EQ(holding(test), (std::vector<std::size_t>{1, 4, 7, 10}));
}

TEST_F(ItemTestTest, DoesNotSplitAnOr) {
  const ItemTest test("brand == 'b1' or price < $limit", catalog_);
  scope_.parameters = limit_;
  EXPECT_EQ(holding(test),
            which([&](ItemId one) { return brand_.text(one) == "b1" || price_.number(one) < 12; }));
}

TEST_F(ItemTestTest, AsksAParameterOfEachRequest) {
  const ItemTest test("price < $limit", catalog_);
  ActiveTest active;
  EXPECT_THROW(test.begin(scope_, active), ConfigError) << "it is missing";
  for (const double most : {3.0, 20.0, 0.0}) {
    const std::array given = {Given{"limit", Given::Kind::number, most}};
    scope_.parameters = given;
    EXPECT_EQ(holding(test), below(most));
  }
}

TEST_F(ItemTestTest, TakesAnActiveTestThatWasAnothers) {
  const ItemTest split("brand == 'b1' and price < $limit", catalog_);
  const ItemTest fixed("price < 3", catalog_);
  scope_.parameters = limit_;
  ActiveTest active;
  split.begin(scope_, active);
  fixed.begin(scope_, active);
  EXPECT_EQ(which([&](ItemId one) { return active.test(one); }), below(3));
}

}  // namespace
}  // namespace aisle::rules
