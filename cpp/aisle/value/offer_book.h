#pragma once

/// Discounts out of budgets: what was shown is set aside, what was redeemed is spent.
///
/// Data path   strategy -> [offer book] <- recommend, redeem
/// Threads     any method from any thread; one lock, held for a few look-ups, taken only where a
///             strategy has offers
/// Ownership   owns accounts and holds by name, so that they outlive strategies
/// Cost        a look-up in a tree for each offer made; the oldest holds end on the way

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "aisle/base/ids.h"

namespace aisle::value {

/// Millionths of the catalogue's currency: sums of them come out even.
using Money = std::int64_t;
inline constexpr double kMillionths = 1e6;
inline constexpr double kMostMoney = 1e12;  ///< Of a budget, in whole units.

/// One offer of a strategy; which items and requests it is for says the rule beside it.
struct Offer {
  std::string name;
  double discount = 0.1;  ///< Share of the price, above 0 and at most 0.9.
  Money budget = 0;
  Timestamp hold = 30 * kMinute;  ///< What was shown and not redeemed comes back after this.
  std::size_t at_most = 0;        ///< Items of one slate; 0: no limit.
  double round_to = 0.0;  ///< Of the price with the discount: a multiple of this; 0: as it is.

  /// @throws ConfigError naming the offer, the field and the value it had.
  void validate() const;
  /// What it takes from a price; 0 where rounding leaves no discount, or more than nine tenths.
  [[nodiscard]] Money amount_of(double price) const;
};

/// An item of a slate at a lower price than the catalogue's.
struct Granted {
  std::size_t place = 0;  ///< In the slate, from 0.
  std::string_view name;  ///< Lives as long as the slate's model is held.
  double discount = 0.0;
  double before = 0.0;
  double after = 0.0;
};

/// What is known of one budget.
struct Account {
  Money budget = 0;
  Money reserved = 0;  ///< Shown and still held.
  Money spent = 0;     ///< Redeemed.
  std::uint64_t shown = 0;
  std::uint64_t redeemed = 0;
  bool is_live = false;  ///< Some placement's strategy has it.

  [[nodiscard]] Money left() const noexcept {
    return budget - spent - reserved > 0 ? budget - spent - reserved : 0;
  }
};

/// An offer that was shown and waits.
struct Hold {
  std::string slate;
  std::string item;
  std::string offer;
  Money amount = 0;
  Timestamp expires = 0;
};

/// All of a book as plain values.
struct OfferState {
  std::vector<std::pair<std::string, Account>> accounts;
  std::vector<Hold> holds;
};

class OfferBook {
 public:
  static constexpr std::size_t kMostHolds = 1'000'000;  ///< Beyond it nothing is offered.

  /// The offers that are live from now on: their accounts get these budgets. Others keep what they
  /// know, and what they show can still be redeemed.
  /// @throws ConfigError for one name with two budgets; nothing changes then.
  void declare(std::span<const Offer> offers);

  /// Sets the amount aside until now + hold; false where the budget has not got it. What the slate
  /// holds for that item already is replaced, an equal one goes on.
  bool reserve(const Offer& offer, std::string_view slate, std::string_view item, Money amount,
               Timestamp now);
  /// Spends what is held for that item of that slate; false where nothing is.
  bool redeem(std::string_view slate, std::string_view item, Timestamp now);
  /// Gives back all that a slate holds.
  void release(std::string_view slate);

  /// After the holds that end by `now` have come back.
  [[nodiscard]] OfferState state(Timestamp now);
  /// Takes over a state; live offers keep the budgets that they were declared with.
  /// @throws DataError naming what does not hold; nothing changes then.
  void restore(const OfferState& state);

 private:
  using Key = std::pair<std::string, std::string>;                 // slate, item
  using KeyView = std::pair<std::string_view, std::string_view>;   // to look one up
  using Expiry = std::tuple<Timestamp, std::string, std::string>;  // in order of time
  struct Less {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
    bool operator()(const auto& a, const auto& b) const noexcept {
      return KeyView(a.first, a.second) < KeyView(b.first, b.second);
    }
  };
  using Holds = std::map<Key, Hold, Less>;

  void expire(Timestamp now);
  void drop(Holds::iterator hold);
  void add(Hold hold);

  std::mutex mutex_;
  std::map<std::string, Account, std::less<>> accounts_;
  Holds holds_;
  std::set<Expiry> ends_;
};

}  // namespace aisle::value
