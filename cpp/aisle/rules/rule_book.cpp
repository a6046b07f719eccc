#include "aisle/rules/rule_book.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::rules {
namespace {

constexpr std::uint32_t kNoTest = 0xffffffff;
constexpr double kLeastFactor = 1e-6;     // of a boost that is zero or negative
constexpr double kMostAmount = 1e6;       // of either sign: beyond it a score is no number any more
constexpr double kLeastRelevance = 1e-9;  // of an item from which more is taken than it has

/// Rejoins a text's own message with the rule and field that it stands in.
template <class Make>
auto in_field(const std::string& rule, const char* field, const Make& make) {
  try {
    return make();
  } catch (const expression::ExpressionError& error) {
    throw error.within(rule.empty() ? std::string(field) : "rule '" + rule + "', " + field);
  }
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// What hide says, as a condition on the id: it follows a catalogue that grows.
std::string is_one_of(const std::vector<std::string>& items) {
  if (items.empty()) return "false";
  std::string text = "id in [";
  for (std::size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "" : ", ") + quoted(items[i]);
  return text + "]";
}

bool is_filter(Action action) {
  return action == Action::include || action == Action::exclude || action == Action::hide;
}

[[noreturn]] void refuse(const Rule& rule, const char* field, const std::string& problem) {
  throw ConfigError("rule '" + rule.name + "', " + field + ": " + problem);
}

/// What the rule's action needs besides texts that compile.
void check_fields(const Rule& rule) {
  const Action action = rule.action;
  const bool needs_where = action == Action::include || action == Action::exclude ||
                           action == Action::at_least ||
                           (action == Action::at_most && rule.column.empty());
  if (needs_where && rule.where.empty()) refuse(rule, "where", "names no items; say which");
  if (action == Action::pin && (rule.items.size() != 1 || rule.count == 0))
    refuse(rule, "pin", "takes one item and a slot from 1");
}

std::unique_ptr<ItemTest> compiled_where(const Rule& rule, const catalog::View& catalog) {
  const std::string text = rule.action == Action::hide ? is_one_of(rule.items) : rule.where;
  if (text.empty()) return nullptr;
  return in_field(rule.name, "where", [&] { return std::make_unique<ItemTest>(text, catalog); });
}

std::shared_ptr<const expression::Program> compiled_when(const Rule& rule,
                                                         const catalog::View& catalog) {
  if (rule.when.empty()) return nullptr;
  auto program = in_field(rule.name, "when", [&] {
    return expression::compile(rule.when, catalog, expression::Type::boolean);
  });
  if (program->needs().item)  // it would never hold
    refuse(rule, "when", "is asked once for a request, of no item; what items have goes to where");
  return program;
}

std::shared_ptr<const expression::Program> compiled_amount(const Rule& rule,
                                                           const catalog::View& catalog) {
  if (rule.amount.empty()) return nullptr;
  return in_field(rule.name, "amount", [&] {
    return expression::compile(rule.amount, catalog, expression::Type::number);
  });
}

/// The column whose values an at_most counts apart.
const catalog::Column* counted_column(const Rule& rule, const catalog::View& catalog) {
  if (rule.column.empty()) return nullptr;
  const catalog::Column* column = nullptr;
  try {
    column = &catalog.column(rule.column);
  } catch (const UnknownNameError& error) {
    refuse(rule, "per", error.what());
  }
  if (column->values() == nullptr) {
    refuse(rule, "per",
           "'" + rule.column + "' is " + catalog::described(column->kind()) +
               "; only a category, a text or labels have values to count");
  }
  return column;
}

}  // namespace

RuleBook::RuleBook(std::string_view filter, std::vector<Rule> rules, bool takes_largest_boost,
                   const catalog::View& catalog)
    : rules_(std::move(rules)), takes_largest_boost_(takes_largest_boost) {
  if (!filter.empty()) {
    filter_ = in_field("", "filter", [&] { return std::make_unique<ItemTest>(filter, catalog); });
  }
  for (const Rule& rule : rules_) {
    check_fields(rule);
    where_.push_back(compiled_where(rule, catalog));
    when_.push_back(compiled_when(rule, catalog));
    amount_.push_back(compiled_amount(rule, catalog));
    columns_.push_back(counted_column(rule, catalog));
  }
}

void RuleBook::begin(const expression::Scope& scope, const ItemTest* where,
                     RuleWorkspace& work) const {
  work.scope = &scope;
  work.test_count = 0;
  work.filters.clear();
  work.forbids.clear();
  work.rule_of.clear();
  work.boosts.clear();
  work.pins.clear();
  work.limits.clear();
  work.offers.clear();
  work.test_of.assign(rules_.size(), kNoTest);
  if (filter_) work.filters.push_back(begin_test(*filter_, kOwnFilter, scope, work));
  if (where != nullptr) work.filters.push_back(begin_test(*where, kRequestsFilter, scope, work));
  for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
    if (!holds(rule, scope, work)) continue;
    if (where_[rule]) work.test_of[rule] = begin_test(*where_[rule], rule, scope, work);
    const Action action = rules_[rule].action;
    if (is_filter(action)) {
      (action == Action::include ? work.filters : work.forbids).push_back(work.test_of[rule]);
    } else if (action == Action::boost || action == Action::add) {
      work.boosts.push_back(rule);
    } else if (action == Action::pin) {
      work.pins.push_back(rule);
    } else if (action == Action::offer) {
      work.offers.push_back(rule);
    } else {
      work.limits.push_back(rule);
    }
  }
  merge(work);
}

std::uint32_t RuleBook::begin_test(const ItemTest& test, std::size_t rule,
                                   const expression::Scope& scope, RuleWorkspace& work) const {
  if (work.tests.size() == work.test_count) work.tests.emplace_back();
  test.begin(scope, work.tests[work.test_count]);
  work.rule_of.push_back(rule);
  return static_cast<std::uint32_t>(work.test_count++);
}

bool RuleBook::holds(std::size_t rule, const expression::Scope& scope, RuleWorkspace& work) const {
  if (scope.now < rules_[rule].from || scope.now >= rules_[rule].until) return false;
  if (!when_[rule]) return true;
  work.condition.begin(*when_[rule], scope);
  return work.condition.test(kNoItem);
}

/// One bitmap of what the catalogue alone decides: sources take one.
void RuleBook::merge(RuleWorkspace& work) {
  work.allowed = nullptr;
  work.has_rest = false;
  std::size_t bitmaps = 0;
  const Bitmap* only = nullptr;
  for (const std::uint32_t place : work.filters) {
    const ActiveTest& test = work.tests[place];
    work.has_rest = work.has_rest || test.has_rest;
    if (test.bitmap == nullptr) continue;
    ++bitmaps;
    only = test.bitmap.get();
  }
  for (const std::uint32_t place : work.forbids) {
    const ActiveTest& test = work.tests[place];
    // A condition of two parts forbids where both hold: no single bitmap says that.
    work.has_rest = work.has_rest || test.has_rest;
    if (!test.has_rest) bitmaps += 2;
  }
  if (bitmaps == 0) return;
  if (bitmaps == 1) {
    work.allowed = only;
    return;
  }
  bool is_first = true;
  for (const std::uint32_t place : work.filters) {
    if (work.tests[place].bitmap == nullptr) continue;
    if (is_first) {
      work.merged.copy(*work.tests[place].bitmap);
    } else {
      work.merged.keep_common(*work.tests[place].bitmap);
    }
    is_first = false;
  }
  for (const std::uint32_t place : work.forbids) {
    if (work.tests[place].has_rest) continue;
    if (is_first) work.merged.fill(work.tests[place].bitmap->size());
    work.merged.remove(*work.tests[place].bitmap);
    is_first = false;
  }
  work.allowed = &work.merged;
}

bool RuleBook::allows(ItemId item, RuleWorkspace& work) const {
  if (!work.has_rest) return true;
  return std::ranges::all_of(work.filters,
                             [&](std::uint32_t at) { return work.tests[at].test(item); }) &&
         std::ranges::none_of(work.forbids,
                              [&](std::uint32_t at) { return work.tests[at].test(item); });
}

std::size_t RuleBook::forbidding(ItemId item, RuleWorkspace& work) const {
  for (const std::uint32_t at : work.filters) {
    if (!work.tests[at].test(item)) return work.rule_of[at];
  }
  for (const std::uint32_t at : work.forbids) {
    if (work.tests[at].test(item)) return work.rule_of[at];
  }
  return kNoRule;
}

bool RuleBook::is_about(std::size_t rule, ItemId item, RuleWorkspace& work) const {
  return work.test_of[rule] == kNoTest || work.tests[work.test_of[rule]].test(item);
}

std::size_t RuleBook::slots(std::size_t rule, std::size_t length) const {
  const Rule& one = rules_[rule];
  if (one.share <= 0.0) return one.count;
  return static_cast<std::size_t>(std::ceil(one.share * static_cast<double>(length) - 1e-9));
}

void RuleBook::boost(std::span<const ItemId> items, std::span<float> scores,
                     RuleWorkspace& work) const {
  if (work.boosts.empty() || items.empty()) return;
  work.factor.assign(items.size(), 0.0F);  // logarithms
  work.added.assign(items.size(), 0.0F);
  for (const std::uint32_t rule : work.boosts) gather(rule, items, work);
  const float best = std::ranges::max(scores);
  for (std::size_t i = 0; i < items.size(); ++i) {
    scores[i] += work.factor[i];
    if (work.added[i] == 0.0F) continue;
    const double relevance = std::exp(double{scores[i]} - double{best}) + double{work.added[i]};
    scores[i] = best + static_cast<float>(std::log(std::max(relevance, kLeastRelevance)));
  }
}

void RuleBook::effect(std::size_t rule, std::span<const ItemId> items, RuleWorkspace& work) const {
  work.factor.assign(items.size(), 0.0F);
  work.added.assign(items.size(), 0.0F);
  gather(rule, items, work);
}

/// What one rule multiplies and adds. An amount that is null leaves its item alone.
void RuleBook::gather(std::size_t rule, std::span<const ItemId> items, RuleWorkspace& work) const {
  work.amount.assign(items.size(), rules_[rule].factor);
  if (amount_[rule]) {
    work.amounts.begin(*amount_[rule], *work.scope);
    work.amounts.numbers(items, work.amount);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (std::isnan(work.amount[i]) || !is_about(rule, items[i], work)) continue;
    const double amount = std::clamp(work.amount[i], -kMostAmount, kMostAmount);
    if (rules_[rule].action == Action::add) {
      work.added[i] += static_cast<float>(amount);
      continue;
    }
    const auto factor = static_cast<float>(std::log(std::max(amount, kLeastFactor)));
    if (!takes_largest_boost_) {
      work.factor[i] += factor;
    } else if (std::abs(factor) > std::abs(work.factor[i])) {
      work.factor[i] = factor;
    }
  }
}

}  // namespace aisle::rules
