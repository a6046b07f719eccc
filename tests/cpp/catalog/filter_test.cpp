#include "aisle/catalog/filter.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>

#include "aisle/base/error.h"

namespace aisle::catalog {
namespace {

class FilterTest : public ::testing::Test {
 protected:
  FilterTest() : catalog_(std::make_shared<Dictionary>()) {
    std::mt19937 random(7);
    for (std::uint32_t i = 0; i < 1'000; ++i) {
      const ItemId made{catalog_.items()->insert("sku-" + std::to_string(i))};
      if (random() % 4 != 0)
        brand_.set_code(made, brand_.encode(std::string(1, static_cast<char>('a' + random() % 6))));
      if (random() % 4 != 0) price_.set_number(made, static_cast<double>(random() % 100));
      if (random() % 4 != 0) sale_.set_flag(made, random() % 2 == 0);
      if (random() % 4 != 0) from_.set_time(made, static_cast<Timestamp>(random() % 100) - 50);
    }
  }

  void expect_exactly(const Filter& filter, const std::function<bool(ItemId)>& wanted) const {
    const Bitmap bitmap = filter.to_bitmap(catalog_);
    ASSERT_EQ(bitmap.size(), catalog_.size());
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < catalog_.size(); ++i) {
      ASSERT_EQ(filter.matches(ItemId{i}), wanted(ItemId{i})) << i;
      ASSERT_EQ(bitmap.test(i), wanted(ItemId{i})) << i;
      count += wanted(ItemId{i}) ? 1U : 0U;
    }
    EXPECT_EQ(bitmap.count(), count);
  }

  Catalog catalog_;
  Column& brand_ = catalog_.add_column("brand", AttributeKind::category);
  Column& price_ = catalog_.add_column("price", AttributeKind::number);
  Column& sale_ = catalog_.add_column("sale", AttributeKind::flag);
  Column& from_ = catalog_.add_column("available_from", AttributeKind::time);
};

TEST_F(FilterTest, WithoutConditionsLetsEverythingThrough) {
  EXPECT_TRUE(Filter().empty());
  expect_exactly(Filter(), [](ItemId) { return true; });
}

TEST_F(FilterTest, ComparesEachKind) {
  const std::array<std::string_view, 3> some{"b", "d", "unknown"};
  expect_exactly(Filter().is_in(brand_, some),
                 [&](ItemId i) { return brand_.text(i) == "b" || brand_.text(i) == "d"; });
  expect_exactly(Filter().is_between(price_, 20, 50), [&](ItemId i) {
    return !price_.is_null(i) && price_.number(i) >= 20 && price_.number(i) <= 50;
  });
  expect_exactly(Filter().is_between(price_, -Filter::kOpen, 50),
                 [&](ItemId i) { return !price_.is_null(i) && price_.number(i) <= 50; });
  expect_exactly(Filter().is_flag(sale_, false), [&](ItemId i) { return sale_.flag(i) == 0; });
  expect_exactly(Filter().is_within(from_, -10, 10), [&](ItemId i) {
    return !from_.is_null(i) && from_.time(i) >= -10 && from_.time(i) <= 10;
  });
}

TEST_F(FilterTest, LetsNullThroughOnlyWhereItIsAskedFor) {
  expect_exactly(Filter().is_null(price_), [&](ItemId i) { return std::isnan(price_.number(i)); });
  expect_exactly(Filter().is_not_null(brand_), [&](ItemId i) { return !brand_.text(i).empty(); });
  expect_exactly(Filter().is_between(price_, -Filter::kOpen, Filter::kOpen),
                 [&](ItemId i) { return !price_.is_null(i); });
  constexpr auto kFirst = std::numeric_limits<Timestamp>::min();
  constexpr auto kLast = std::numeric_limits<Timestamp>::max();
  expect_exactly(Filter().is_within(from_, kFirst, kLast),
                 [&](ItemId i) { return !from_.is_null(i); });
}

TEST_F(FilterTest, IsAConjunction) {
  const std::array<std::string_view, 2> some{"a", "c"};
  expect_exactly(Filter().is_in(brand_, some).is_between(price_, 30, 90).is_flag(sale_, true),
                 [&](ItemId i) {
                   return (brand_.text(i) == "a" || brand_.text(i) == "c") &&
                          price_.number(i) >= 30 && price_.number(i) <= 90 && sale_.flag(i) == 1;
                 });
}

TEST_F(FilterTest, SeesTheCellsAsTheyAreNow) {
  const Filter cheap = Filter().is_between(price_, 0, 10);
  price_.set_number(ItemId{3}, 5);
  EXPECT_TRUE(cheap.matches(ItemId{3}));
  price_.set_number(ItemId{3}, 11);
  EXPECT_FALSE(cheap.matches(ItemId{3}));
  EXPECT_FALSE(cheap.matches(kNoItem));
  catalog_.items()->insert("new");
  EXPECT_EQ(cheap.to_bitmap(catalog_).size(), 1'001U);
}

TEST_F(FilterTest, RefusesComparisonsThatMakeNoSense) {
  EXPECT_THROW(Filter().is_in(price_, {}), ConfigError);
  EXPECT_THROW(Filter().is_between(brand_, 0, 1), ConfigError);
  EXPECT_THROW(Filter().is_flag(brand_, true), ConfigError);
  EXPECT_THROW(Filter().is_within(price_, 0, 1), ConfigError);
  EXPECT_THROW(Filter().is_between(price_, std::nan(""), 1), ConfigError);
}

TEST(Bitmap, HoldsOneBitEach) {
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 200U}) {
    Bitmap all(size, true);
    EXPECT_EQ(all.count(), size);
    EXPECT_FALSE(all.test(size));
    Bitmap some(size);
    EXPECT_EQ(some.count(), 0U);
    for (std::size_t i = 0; i < size; i += 3) some.set(i);
    for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(some.test(i), i % 3 == 0);
    for (std::size_t i = 0; i < size; i += 6) some.reset(i);
    for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(some.test(i), i % 3 == 0 && i % 6 != 0);
  }
}

}  // namespace
}  // namespace aisle::catalog
