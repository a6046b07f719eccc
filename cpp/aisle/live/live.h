#pragma once

/// What answers requests now: a model, and for each placement the strategy that was made for it.
///
/// Data path   swap -> [live] -> recommend
/// Threads     immutable once published; one is never seen without the other
/// Ownership   shares the model; owns the strategies
/// Cost        at() compares a few names

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/live/model.h"
#include "aisle/live/strategy.h"
#include "aisle/rules/rule_book.h"

namespace aisle::live {

struct Placement {
  std::string name;
  Strategy strategy;
  std::shared_ptr<const retrieve::SessionKnn> knn;  ///< Shared by placements with equal options.
  std::shared_ptr<const rules::RuleBook> rules;
  value::Utility utility;
};

/// The offers of all placements.
[[nodiscard]] std::vector<value::Offer> offers_of(const Strategies& strategies);

struct Live {
  /// @throws ConfigError when a strategy does not hold.
  Live(std::shared_ptr<Model> learned, const Strategies& strategies);

  /// The placement of that name; the first one for the empty name.
  /// @throws UnknownNameError that lists the placements there are.
  [[nodiscard]] const Placement& at(std::string_view placement) const;

  std::shared_ptr<Model> model;
  std::vector<Placement> placements;
};

}  // namespace aisle::live
