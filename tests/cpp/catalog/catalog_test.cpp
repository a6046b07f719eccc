#include "aisle/catalog/catalog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/tensors.h"

namespace aisle::catalog {
namespace {

constexpr ItemId item(std::uint32_t number) { return ItemId{number}; }

std::string named(std::string name, std::size_t number) { return name += std::to_string(number); }

std::shared_ptr<Dictionary> items(std::size_t count) {
  auto dictionary = std::make_shared<Dictionary>();
  for (std::size_t i = 0; i < count; ++i) dictionary->insert(named("sku-", i));
  return dictionary;
}

TEST(Column, IsNullUntilItIsSet) {
  for (std::size_t k = 0; k < kAttributeKinds; ++k) {
    Column column("c", static_cast<AttributeKind>(k));
    for (const std::uint32_t i : {0U, 5'000U, 0xfffffffeU, 0xffffffffU}) {
      EXPECT_TRUE(column.is_null(item(i))) << name_of(column.kind());
      EXPECT_EQ(column.code(item(i)), kNullCode);
      EXPECT_TRUE(std::isnan(column.number(item(i))));
      EXPECT_EQ(column.flag(item(i)), kNullFlag);
      EXPECT_EQ(column.time(item(i)), kNullTime);
      EXPECT_EQ(column.text(item(i)), "");
    }
  }
}

TEST(Column, GivesBackWhatWasSet) {
  Column number("n", AttributeKind::number);
  for (const double value : {0.0, -0.0, 1e308, std::numeric_limits<double>::infinity(), -3.5}) {
    number.set_number(item(9'000), value);
    EXPECT_EQ(number.number(item(9'000)), value);
    EXPECT_FALSE(number.is_null(item(9'000)));
  }
  number.set_number(item(9'000), -std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(number.is_null(item(9'000)));

  Column time("t", AttributeKind::time);
  for (const Timestamp value :
       {Timestamp{0}, Timestamp{-1}, std::numeric_limits<Timestamp>::max()}) {
    time.set_time(item(3), value);
    EXPECT_EQ(time.time(item(3)), value);
  }
  Column flag("f", AttributeKind::flag);
  flag.set_flag(item(1), 0);
  flag.set_flag(item(2), 1);
  EXPECT_EQ(flag.flag(item(1)), 0);
  EXPECT_EQ(flag.flag(item(2)), 1);
  flag.set_null(item(2));
  EXPECT_EQ(flag.flag(item(2)), kNullFlag);

  Column brand("b", AttributeKind::category);
  brand.set_code(item(1), brand.encode("Größe"));
  EXPECT_EQ(brand.text(item(1)), "Größe");
  EXPECT_EQ(brand.encode(""), kNullCode);
  EXPECT_THROW((void)brand.encode(std::string(5'000, 'x')), DataError);
}

TEST(Column, CutsALongTextBetweenCharacters) {
  Column title("title", AttributeKind::text);
  std::string text("x");
  for (int i = 0; i < 3'000; ++i) text += "ß";
  title.set_code(item(0), title.encode(text));
  EXPECT_EQ(title.text(item(0)), text.substr(0, 4'095));
}

TEST(Catalog, FindsColumnsByNameAndRole) {
  Catalog catalog(items(3));
  EXPECT_EQ(catalog.role(Role::price), nullptr);
  Column& price = catalog.add_column("price", AttributeKind::number);
  Column& colour = catalog.add_column("colour", AttributeKind::category);
  EXPECT_EQ(&catalog.add_column("price", AttributeKind::number), &price);
  EXPECT_EQ(catalog.role(Role::price), &price);
  EXPECT_EQ(catalog.find_column("colour"), &colour);
  EXPECT_EQ(catalog.find_column("color"), nullptr);
  EXPECT_EQ(&catalog.column_at(1), &colour);
  try {
    (void)catalog.column("color");
    FAIL() << "no exception";
  } catch (const UnknownNameError& error) {
    EXPECT_STREQ(error.what(), "the catalogue has no column \"color\"; it has price, colour");
  }
}

TEST(Catalog, RefusesColumnsThatItCannotUse) {
  Catalog catalog(items(1));
  EXPECT_THROW(catalog.add_column("", AttributeKind::number), ConfigError);
  EXPECT_THROW(catalog.add_column("\xff", AttributeKind::number), ConfigError);
  EXPECT_THROW(catalog.add_column("price", AttributeKind::category), ConfigError);
  catalog.add_column("stock", AttributeKind::flag);
  EXPECT_THROW(catalog.add_column("stock", AttributeKind::number), ConfigError);
  for (std::size_t i = catalog.column_count(); i < Catalog::kMaxColumns; ++i) {
    catalog.add_column(std::to_string(i), AttributeKind::flag);
  }
  EXPECT_THROW(catalog.add_column("one more", AttributeKind::flag), ConfigError);
  EXPECT_THROW(Catalog(nullptr), ConfigError);
}

TEST(Catalog, KnowsWhatIsAvailable) {
  Catalog catalog(items(8));
  EXPECT_TRUE(catalog.available(item(0), 0)) << "without columns everything is";
  Column& stock = catalog.add_column("stock", AttributeKind::number);
  stock.set_number(item(0), 0);
  stock.set_number(item(1), 3);
  stock.set_number(item(2), -1);
  EXPECT_FALSE(catalog.available(item(0), 0));
  EXPECT_TRUE(catalog.available(item(1), 0));
  EXPECT_FALSE(catalog.available(item(2), 0));
  EXPECT_TRUE(catalog.available(item(3), 0)) << "stock is unknown";

  Column& from = catalog.add_column("available_from", AttributeKind::time);
  Column& until = catalog.add_column("available_until", AttributeKind::time);
  from.set_time(item(4), 10);
  until.set_time(item(4), 20);
  EXPECT_FALSE(catalog.available(item(4), 9));
  EXPECT_TRUE(catalog.available(item(4), 10));
  EXPECT_TRUE(catalog.available(item(4), 19));
  EXPECT_FALSE(catalog.available(item(4), 20));
  EXPECT_TRUE(catalog.available(item(5), std::numeric_limits<Timestamp>::min()));

  const Bitmap now = catalog.available_items(15);
  EXPECT_EQ(now.size(), 8U);
  for (std::uint32_t i = 0; i < 8; ++i) EXPECT_EQ(now.test(i), catalog.available(item(i), 15)) << i;
}

TEST(Catalog, AFlagMayBeTheStock) {
  Catalog catalog(items(3));
  Column& stock = catalog.add_column("stock", AttributeKind::flag);
  stock.set_flag(item(0), 0);
  stock.set_flag(item(1), 1);
  EXPECT_FALSE(catalog.available(item(0), 0));
  EXPECT_TRUE(catalog.available(item(1), 0));
  EXPECT_TRUE(catalog.available(item(2), 0));
}

TEST(Catalog, IsReadWhileItGrows) {
  Catalog catalog(std::make_shared<Dictionary>());
  Column& brand = catalog.add_column("brand", AttributeKind::category);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      const ItemId made{catalog.items()->insert(std::to_string(i))};
      brand.set_code(made, brand.encode(named("brand-", i % 1'000)));
      if (i % 1'000 == 0) {
        catalog.add_column(named("c", i), AttributeKind::number).set_number(made, i);
      }
      if (i == 5'000) catalog.add_column("stock", AttributeKind::number);
    }
    done = true;
  });
  const auto read = [&] {
    std::size_t wrong = 0;
    do {
      const std::size_t size = catalog.size();
      for (std::size_t i = size < 100 ? 0 : size - 100; i < size; ++i) {
        const ItemId each{static_cast<std::uint32_t>(i)};
        const std::string_view text = brand.text(each);
        if (!text.empty() && text != named("brand-", i % 1'000)) ++wrong;
        if (!catalog.available(each, 0)) ++wrong;
      }
      if (catalog.find_column("c0") == nullptr && size > 1) ++wrong;
    } while (!done);
    EXPECT_EQ(wrong, 0U);
  };
  std::thread reader(read);
  read();
  reader.join();
  writer.join();
  EXPECT_EQ(catalog.column_count(), 22U);
  EXPECT_EQ(brand.values()->size(), 1'000U);
}

std::shared_ptr<Catalog> small_catalog() {
  auto catalog = std::make_shared<Catalog>(items(5'000));
  catalog->items()->set_integer_ids(true);
  Column& brand = catalog->add_column("brand", AttributeKind::category);
  Column& price = catalog->add_column("price", AttributeKind::number);
  Column& sale = catalog->add_column("sale", AttributeKind::flag);
  Column& title = catalog->add_column("title", AttributeKind::text);
  Column& from = catalog->add_column("available_from", AttributeKind::time);
  for (std::uint32_t i = 0; i < 5'000; i += 3) {
    brand.set_code(item(i), brand.encode(named("brand ", i % 7)));
    price.set_number(item(i), i / 100.0);
    sale.set_flag(item(i), i % 2 == 0);
    title.set_code(item(i), title.encode(named("Größe ", i)));
    from.set_time(item(i), Timestamp{i} - 100);
  }
  return catalog;
}

std::shared_ptr<const Bundle> bundle_of(const Catalog& catalog) {
  BundleBuilder builder;
  write_catalog(builder, catalog);
  return builder.build();
}

void expect_same(const Catalog& a, const Catalog& b) {
  ASSERT_EQ(a.size(), b.size());
  ASSERT_EQ(a.column_count(), b.column_count());
  EXPECT_EQ(a.items()->integer_ids(), b.items()->integer_ids());
  for (std::size_t c = 0; c < a.column_count(); ++c) {
    const Column& left = a.column_at(c);
    const Column& right = b.column(left.name());
    ASSERT_EQ(left.kind(), right.kind());
    for (std::uint32_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(a.items()->name(i), b.items()->name(i));
      ASSERT_EQ(left.is_null(item(i)), right.is_null(item(i))) << left.name() << i;
      ASSERT_EQ(left.text(item(i)), right.text(item(i)));
      ASSERT_EQ(left.flag(item(i)), right.flag(item(i)));
      ASSERT_EQ(left.time(item(i)), right.time(item(i)));
      if (!left.is_null(item(i)) && left.kind() == AttributeKind::number) {
        ASSERT_EQ(left.number(item(i)), right.number(item(i)));
      }
    }
  }
}

TEST(CatalogTensors, ComeBackAsTheyWere) {
  const auto before = small_catalog();
  const auto after = read_catalog(bundle_of(*before));
  expect_same(*before, *after);
  EXPECT_NE(after->role(Role::brand), nullptr);
  expect_same(Catalog(items(0)), *read_catalog(bundle_of(Catalog(items(0)))));
}

TEST(CatalogTensors, GrowOnFromWhatTheBundleHad) {
  auto catalog = read_catalog(bundle_of(*small_catalog()));  // nothing else keeps the bundle
  EXPECT_EQ(catalog->items()->find("sku-4999"), 4'999U);
  EXPECT_EQ(catalog->items()->find("sku-5000"), std::nullopt);
  for (std::size_t i = 5'000; i < 30'000; ++i) catalog->items()->insert(named("sku-", i));
  Column& brand = catalog->column("brand");
  EXPECT_EQ(brand.encode("brand 3"), brand.code(item(3)));
  brand.set_code(item(29'999), brand.encode("new"));
  EXPECT_EQ(catalog->items()->name(29'999), "sku-29999");
  EXPECT_EQ(catalog->items()->find("sku-1"), 1U);
  EXPECT_EQ(brand.text(item(29'999)), "new");
  EXPECT_EQ(brand.text(item(3)), "brand 3");
}

/// The bundle of a small catalogue with one tensor replaced.
template <class T>
std::string refusal(const std::string& name, std::vector<T> values) {
  const auto good = bundle_of(*small_catalog());
  BundleBuilder builder;
  for (const Tensor& tensor : good->tensors()) {
    if (tensor.name != name) builder.add(tensor, good);
  }
  builder.add(name, std::move(values));
  try {
    (void)read_catalog(builder.build());
  } catch (const BundleError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CatalogTensors, AreCheckedBeforeTheyAreUsed) {
  const auto expect = [](const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect(refusal("catalog.kinds", std::vector<std::uint8_t>{0, 1, 2, 3, 9}), "the unknown kind 9");
  expect(refusal("catalog.kinds", std::vector<std::uint8_t>{0}), "has 1 kinds for 5 columns");
  expect(refusal("catalog.kinds", std::vector<std::uint8_t>{1, 1, 2, 3, 4}),
         "\"brand\" must be a category");
  expect(refusal("catalog.cells.brand", std::vector<std::uint32_t>(5'000, 7)),
         "item number 0 has 7");
  expect(refusal("catalog.cells.sale", std::vector<std::uint8_t>(5'000, 3)), "item number 0 has 3");
  expect(refusal("catalog.cells.price", std::vector<double>(4)), "has 4 cells for 5000 items");
  expect(refusal("catalog.cells.price", std::vector<float>(5'000)), "is F32 [5000], wanted is F64");
  expect(refusal("catalog.items.offsets", std::vector<std::uint64_t>{0, 1}), "do not fit");
  expect(refusal("catalog.items.offsets", std::vector<std::uint64_t>{}), "do not fit");
  expect(refusal("catalog.items.integers", std::vector<std::uint8_t>{2}), "one 0 or 1");
  expect(refusal("catalog.values.brand.text", std::vector<std::uint8_t>(49, 0xff)), "UTF-8");
}

}  // namespace
}  // namespace aisle::catalog
