#pragma once

/// A shop of any size with a price, a brand and a tag for each item, and short ways to ask of it.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aisle/catalog/catalog.h"
#include "aisle/rules/rule_book.h"

namespace aisle::rules {

constexpr ItemId item(std::size_t number) { return ItemId{static_cast<std::uint32_t>(number)}; }

/// Item n costs n and is of brand "b0", "b1" or "b2" in turn; every tenth has neither.
class SmallShop : public ::testing::Test {
 protected:
  explicit SmallShop(std::size_t items = 40)
      : catalog_(std::make_shared<catalog::Dictionary>()),
        price_(catalog_.add_column("price", catalog::AttributeKind::number)),
        brand_(catalog_.add_column("brand", catalog::AttributeKind::category)),
        tags_(catalog_.add_column("tags", catalog::AttributeKind::labels)) {
    scope_.now = 100 * kDay;
    for (std::size_t i = 0; i < items; ++i) add();
  }

  void add() {
    const std::uint32_t number = catalog_.items()->insert(numbered("i", catalog_.size()));
    if (number % 10 == 9) return;
    price_.set_number(ItemId{number}, number);
    brand_.set_code(ItemId{number}, brand_.encode(numbered("b", number % 3)));
  }
  static std::string numbered(const char* prefix, std::size_t number) {
    return std::string(prefix).append(std::to_string(number));
  }

  /// The numbers of the items for which something holds.
  template <class Holds>
  [[nodiscard]] std::vector<std::size_t> which(const Holds& holds) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < catalog_.size(); ++i) {
      if (holds(item(i))) found.push_back(i);
    }
    return found;
  }

  /// The items that a book allows, asked as a request does: the bitmap, then the rest.
  [[nodiscard]] std::vector<std::size_t> allowed(const RuleBook& book,
                                                 const ItemTest* where = nullptr) {
    book.begin(scope_, where, work_);
    return which([&](ItemId one) {
      const bool is_in = work_.allowed == nullptr || work_.allowed->test(value_of(one));
      return is_in && book.allows(one, work_);
    });
  }
  [[nodiscard]] std::vector<std::size_t> allowed(std::string_view filter, std::vector<Rule> rules) {
    return allowed(RuleBook(filter, std::move(rules), false, catalog_));
  }

  /// What the boosts make of scores.
  [[nodiscard]] std::vector<float> boosted(std::vector<Rule> rules, std::vector<float> scores,
                                           bool takes_largest = false) {
    const RuleBook book("", std::move(rules), takes_largest, catalog_);
    book.begin(scope_, nullptr, work_);
    std::vector<ItemId> items;
    for (std::size_t i = 0; i < scores.size(); ++i) items.push_back(item(i));
    book.boost(items, scores, work_);
    return scores;
  }

  [[nodiscard]] std::string refusal(const std::string& filter, const Rule& rule) const {
    try {
      const RuleBook book(filter, {rule}, false, catalog_);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "accepted";
  }

  catalog::Catalog catalog_;
  catalog::Column& price_;
  catalog::Column& brand_;
  catalog::Column& tags_;
  expression::Scope scope_;
  RuleWorkspace work_;
};

}  // namespace aisle::rules
