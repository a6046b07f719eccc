#pragma once

/// The rules of one placement, compiled, and which of them hold for a request.
///
/// Data path   strategy -> [rule book] -> candidates, boosts, slots
/// Threads     the book is shared by all requests; a RuleWorkspace belongs to one
/// Ownership   the book owns its tests and borrows the catalogue, which outlives it
/// Cost        begin() some 100 ns a rule; no allocation with a warm workspace

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "aisle/rules/item_test.h"
#include "aisle/rules/rule.h"

namespace aisle::rules {

inline constexpr std::size_t kNoRule = static_cast<std::size_t>(-1);
inline constexpr std::size_t kOwnFilter = static_cast<std::size_t>(-2);       ///< The strategy's.
inline constexpr std::size_t kRequestsFilter = static_cast<std::size_t>(-3);  ///< The request's.

/// One request's scratch memory.
struct RuleWorkspace {
  const expression::Scope* scope = nullptr;  ///< The request's; it outlives the request's work.
  std::vector<ActiveTest> tests;             ///< Of filters, then of boosts and limits, by place.
  std::size_t test_count = 0;
  std::vector<std::uint32_t> filters;  ///< Places in `tests`: all must hold, or none of those
  std::vector<std::uint32_t> forbids;  ///< that forbid.
  std::vector<std::size_t> rule_of;    ///< Of each test: its rule.
  std::vector<std::uint32_t> boosts;   ///< Rules that hold, in their order.
  std::vector<std::uint32_t> pins;
  std::vector<std::uint32_t> limits;
  std::vector<std::uint32_t> offers;
  std::vector<std::uint32_t> test_of;  ///< Of each rule that has one and holds.
  Bitmap merged;
  const Bitmap* allowed = nullptr;  ///< What the catalogue alone allows; null: every item.
  bool has_rest = false;            ///< allows() has more to ask than the bitmap.
  expression::Evaluation condition;
  expression::Evaluation amounts;
  std::vector<double> amount;
  std::vector<float> factor;
  std::vector<float> added;
};

class RuleBook {
 public:
  /// `filter` and the rules' texts are compiled against the catalogue.
  /// @throws ConfigError naming the rule, the field and, in a text, the place.
  RuleBook(std::string_view filter, std::vector<Rule> rules, bool takes_largest_boost,
           const catalog::View& catalog);

  /// Which rules hold now, and what the catalogue allows; `where` is the request's own filter.
  void begin(const expression::Scope& scope, const ItemTest* where, RuleWorkspace& work) const;

  /// Whether the filters that depend on the request let the item through; the bitmap has been
  /// asked.
  [[nodiscard]] bool allows(ItemId item, RuleWorkspace& work) const;
  /// The rule that keeps the item out, or kOwnFilter or kRequestsFilter; kNoRule: none does.
  [[nodiscard]] std::size_t forbidding(ItemId item, RuleWorkspace& work) const;

  /// Boosts the scores, which are logits: a factor multiplies an item's odds, what is added counts
  /// in parts of the best item's relevance.
  void boost(std::span<const ItemId> items, std::span<float> scores, RuleWorkspace& work) const;

  /// What one rule alone does to each item, into work.factor (logarithms) and work.added.
  void effect(std::size_t rule, std::span<const ItemId> items, RuleWorkspace& work) const;
  /// Of several boosts the one farthest from 1 counts, else their product.
  [[nodiscard]] bool takes_largest_boost() const noexcept { return takes_largest_boost_; }

  [[nodiscard]] const std::vector<Rule>& rules() const noexcept { return rules_; }
  /// Whether the item is one of those that the rule is about; the rule holds.
  [[nodiscard]] bool is_about(std::size_t rule, ItemId item, RuleWorkspace& work) const;
  /// Slots of a rule in a slate of that length.
  [[nodiscard]] std::size_t slots(std::size_t rule, std::size_t length) const;
  [[nodiscard]] const catalog::Column* column(std::size_t rule) const { return columns_[rule]; }

 private:
  [[nodiscard]] bool holds(std::size_t rule, const expression::Scope& scope,
                           RuleWorkspace& work) const;
  std::uint32_t begin_test(const ItemTest& test, std::size_t rule, const expression::Scope& scope,
                           RuleWorkspace& work) const;
  static void merge(RuleWorkspace& work);
  void gather(std::size_t rule, std::span<const ItemId> items, RuleWorkspace& work) const;

  std::vector<Rule> rules_;
  bool takes_largest_boost_;
  std::unique_ptr<ItemTest> filter_;
  std::vector<std::unique_ptr<ItemTest>> where_;                  // of each rule; null: every item
  std::vector<std::shared_ptr<const expression::Program>> when_;  // null: always
  std::vector<std::shared_ptr<const expression::Program>> amount_;  // null: the factor
  std::vector<const catalog::Column*> columns_;                     // of at_most; or null
};

}  // namespace aisle::rules
