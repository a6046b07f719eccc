#pragma once

/// Four items with every kind of attribute, and short ways to ask an expression about them.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/catalog/catalog.h"
#include "aisle/expression/evaluation.h"
#include "aisle/expression/program.h"

namespace aisle::expression {

/// Nulls are where nothing is set: the last item has but an id.
class SmallShop : public ::testing::Test {
 protected:
  SmallShop() : catalog_(std::make_shared<catalog::Dictionary>()) {
    for (const char* id : {"tea", "pot", "cup", "new"}) catalog_.items()->insert(id);
    using catalog::AttributeKind;
    auto& price = catalog_.add_column("price", AttributeKind::number);
    auto& brand = catalog_.add_column("brand", AttributeKind::category);
    auto& maker = catalog_.add_column("maker", AttributeKind::text);
    auto& sale = catalog_.add_column("sale", AttributeKind::flag);
    auto& added = catalog_.add_column("added", AttributeKind::time);
    auto& tags = catalog_.add_column("tags", AttributeKind::labels);
    constexpr std::array kBrands = {"acme", "bolt", "acme"};
    constexpr std::array kMakers = {"acme", "acme", "cara"};
    const std::uint32_t red = tags.values()->insert("red");
    const std::uint32_t summer = tags.values()->insert("summer");
    const std::array<std::vector<std::uint32_t>, 3> sets = {
        std::vector{red}, std::vector{red, summer}, std::vector<std::uint32_t>{}};
    for (std::uint32_t i = 0; i < 3; ++i) {
      price.set_number(ItemId{i}, 10.0 * (i + 1));
      brand.set_code(ItemId{i}, brand.encode(kBrands[i]));
      maker.set_code(ItemId{i}, maker.encode(kMakers[i]));
      sale.set_flag(ItemId{i}, i == 1 ? 1 : 0);
      added.set_time(ItemId{i}, Timestamp{i} * kDay);
      tags.set_code(ItemId{i}, tags.sets()->insert(sets[i]));
    }
    scope_.now = 10 * kDay;
  }

  /// One letter an item: + true, - false, ? null.
  std::string holds(std::string_view text) {
    const auto program = compile(text, catalog_, Type::boolean);
    Evaluation evaluation;
    evaluation.begin(*program, scope_);
    std::array<std::uint8_t, 4> found{};
    evaluation.tests(kAll, found);
    std::string letters;
    for (std::size_t i = 0; i < found.size(); ++i) {
      letters += found[i] == kNullFlag ? '?' : found[i] == 1 ? '+' : '-';
      EXPECT_EQ(evaluation.test(kAll[i]), found[i] == 1) << text << ", item " << i;
    }
    Bitmap bits(kAll.size());
    evaluation.to_bitmap(kAll.size(), bits);
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(bits.test(i), found[i] == 1) << text;
    return letters;
  }

  std::vector<double> numbers(std::string_view text) {
    const auto program = compile(text, catalog_, Type::number);
    Evaluation evaluation;
    evaluation.begin(*program, scope_);
    std::vector<double> found(kAll.size());
    evaluation.numbers(kAll, found);
    return found;
  }
  /// Of the first item.
  double number(std::string_view text) { return numbers(text).front(); }
  bool is_null(std::string_view text) { return std::isnan(number(text)); }

  std::string refusal(std::string_view text, Type wanted = Type::boolean) {
    try {
      (void)compile(text, catalog_, wanted);
    } catch (const ExpressionError& error) {
      return error.what();
    }
    return "accepted";
  }

  static constexpr std::array kAll = {ItemId{0}, ItemId{1}, ItemId{2}, ItemId{3}};
  catalog::Catalog catalog_;
  Scope scope_;
};

}  // namespace aisle::expression
