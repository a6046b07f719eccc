#include "aisle/catalog/view.h"

#include <gtest/gtest.h>

#include <memory>

#include "aisle/base/error.h"

namespace aisle::catalog {
namespace {

class ViewTest : public ::testing::Test {
 protected:
  ViewTest() : catalog_(std::make_shared<Dictionary>()) {
    for (const char* const id : {"tea", "pot"}) catalog_.items()->insert(id);
    set("price", {5.0, 20.0});
    set("price_ch", {6.0, 24.0});
    set("stock_ch", {0.0, 3.0});
    catalog_.add_column("title", AttributeKind::text);
  }
  void set(const char* name, std::array<double, 2> cells) {
    Column& column = catalog_.add_column(name, AttributeKind::number);
    for (std::uint32_t i = 0; i < cells.size(); ++i) column.set_number(ItemId{i}, cells[i]);
  }
  Catalog catalog_;
};

TEST_F(ViewTest, WithoutNamesIsTheCatalogue) {
  const View view = catalog_;
  EXPECT_EQ(view.find_column("price"), catalog_.find_column("price"));
  EXPECT_EQ(view.role(Role::price), catalog_.role(Role::price));
  EXPECT_EQ(view.role(Role::stock), nullptr);
  EXPECT_TRUE(view.key().empty());
  set("stock", {0.0, 1.0});  // a column that comes later
  EXPECT_EQ(view.role(Role::stock), catalog_.find_column("stock"));
  EXPECT_FALSE(view.available(ItemId{0}, 0));
  EXPECT_TRUE(view.available(ItemId{1}, 0));
}

TEST_F(ViewTest, ReadsTheMarketsOwnColumns) {
  const View view(catalog_, {{"price", "price_ch"}, {"stock", "stock_ch"}});
  EXPECT_EQ(view.column("price").number(ItemId{1}), 24.0);
  EXPECT_EQ(view.role(Role::price), catalog_.find_column("price_ch"));
  EXPECT_EQ(view.find_column("title"), catalog_.find_column("title"));
  EXPECT_FALSE(view.available(ItemId{0}, 0)) << "none is left in this market";
  EXPECT_TRUE(catalog_.available(ItemId{0}, 0));
  EXPECT_NE(view.key(), View(catalog_, {{"price", "price_ch"}}).key());
  EXPECT_EQ(view.key(), View(view).key());
  EXPECT_TRUE(view.concerns("2 * price < 3"));
  EXPECT_FALSE(view.concerns("title == 'price' or brand is null") ==
               view.concerns("brand is null"));
}

TEST_F(ViewTest, RefusesWhatCantStandForAName) {
  EXPECT_THROW(View(catalog_, {{"price", "price_de"}}), UnknownNameError);
  EXPECT_THROW(View(catalog_, {{"prise", "price_ch"}}), UnknownNameError) << "of neither side";
  EXPECT_THROW(View(catalog_, {{"id", "title"}}), ConfigError);
  EXPECT_THROW(View(catalog_, {{"price", "title"}}), ConfigError);
  EXPECT_THROW(View(catalog_, {{"available_from", "price"}}), ConfigError)
      << "there is no such column, but the name has a role";
  EXPECT_THROW((void)View(catalog_).column("prize"), UnknownNameError);
}

}  // namespace
}  // namespace aisle::catalog
