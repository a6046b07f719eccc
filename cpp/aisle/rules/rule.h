#pragma once

/// One rule of a strategy, as it was written: an action, for which items, and when.
///
/// Data path   strategy -> [rule] -> rule book
/// Threads     values
/// Ownership   owns its texts
/// Cost        none on the request path: the rule book has it compiled

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "aisle/base/ids.h"

namespace aisle::rules {

inline constexpr Timestamp kBeginOfTime = std::numeric_limits<Timestamp>::min();
inline constexpr Timestamp kEndOfTime = std::numeric_limits<Timestamp>::max();

enum class Action : std::uint8_t {
  include,   ///< Only the items of `where` are allowed.
  exclude,   ///< They are not.
  boost,     ///< Their odds of being chosen are multiplied by the amount.
  add,       ///< The amount is added to their relevance, whose largest in the pool is 1.
  pin,       ///< The item stands in slot `count`, where it is allowed at all.
  hide,      ///< The items never come.
  at_most,   ///< At most `count` slots for them, or for each value of `column`.
  at_least,  ///< At least so many, as far as there are candidates.
  offer,     ///< They may carry the strategy's offer number `count`, from 0.
};

struct Rule {
  std::string name;
  Action action = Action::boost;
  std::string when;                ///< A condition on the request; empty: always.
  Timestamp from = kBeginOfTime;   ///< Holds from then on,
  Timestamp until = kEndOfTime;    ///< and before then.
  std::string where;               ///< A condition on the item; empty: every item.
  std::string amount;              ///< A number for each item; empty: `factor`.
  double factor = 1.0;             ///< Of boost and add.
  std::vector<std::string> items;  ///< Of pin and hide.
  std::string column;              ///< Of at_most; empty: the items of `where` together.
  std::size_t count = 0;           ///< Slots, or the slot, from 1.
  double share = 0.0;              ///< Of the slate's length, in place of `count`; 0: none.
};

}  // namespace aisle::rules
