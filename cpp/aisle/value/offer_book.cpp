#include "aisle/value/offer_book.h"

#include <cmath>

#include "aisle/base/error.h"

namespace aisle::value {
namespace {

constexpr Timestamp kLongestHold = 30 * kDay;
constexpr double kMostDiscount = 0.9;
constexpr auto kMost = static_cast<Money>(kMostMoney * kMillionths);

bool is_amount(Money money) { return money >= 0 && money <= kMost; }

}  // namespace

void Offer::validate() const {
  const std::string field = "offer '" + name + "': ";
  if (name.empty()) throw ConfigError("an offer needs a name: its budget is kept by it");
  if (!(discount > 0.0 && discount <= kMostDiscount)) {
    throw ConfigError(field + "discount must be above 0 and at most 0.9, got " +
                      std::to_string(discount));
  }
  if (!(round_to >= 0.0 && std::isfinite(round_to)))
    throw ConfigError(field + "round_to must not be below 0");
  if (!is_amount(budget)) throw ConfigError(field + "budget must be between 0 and 1e12");
  if (hold < kSecond || hold > kLongestHold) {
    throw ConfigError(field + "hold must be between a second and 30 days, got " +
                      std::to_string(hold / kSecond) + " seconds");
  }
}

Money Offer::amount_of(double price) const {
  double discounted = price * (1.0 - discount);
  if (round_to > 0.0) discounted = std::round(discounted / round_to) * round_to;
  if (discounted < (1.0 - kMostDiscount) * price - 1e-9) return 0;  // rounded away: no offer
  // To the whole millionth below, and by a hair up first: 10 - 9.95 is no .0499999999.
  return static_cast<Money>(std::floor((price - discounted) * kMillionths + 1e-3));
}

void OfferBook::declare(std::span<const Offer> offers) {
  std::map<std::string_view, Money> budgets;
  for (const Offer& offer : offers) {
    offer.validate();
    const auto [known, is_new] = budgets.emplace(offer.name, offer.budget);
    if (!is_new && known->second != offer.budget) {
      throw ConfigError("offer '" + offer.name +
                        "' has two budgets; placements that share an offer share its budget");
    }
  }
  const std::scoped_lock lock(mutex_);
  for (auto& [name, account] : accounts_) account.is_live = false;
  for (const auto& [name, budget] : budgets) {
    Account& account = accounts_[std::string(name)];
    account.budget = budget;
    account.is_live = true;
  }
}

void OfferBook::drop(Holds::iterator hold) {
  const Hold& one = hold->second;
  accounts_.find(one.offer)->second.reserved -= one.amount;
  ends_.erase({one.expires, one.slate, one.item});
  holds_.erase(hold);
}

void OfferBook::add(Hold hold) {
  ends_.emplace(hold.expires, hold.slate, hold.item);
  Key key(hold.slate, hold.item);
  holds_.emplace(std::move(key), std::move(hold));
}

void OfferBook::expire(Timestamp now) {
  while (!ends_.empty() && std::get<0>(*ends_.begin()) <= now) {
    const auto& [time, slate, item] = *ends_.begin();
    drop(holds_.find(KeyView(slate, item)));
  }
}

bool OfferBook::reserve(const Offer& offer, std::string_view slate, std::string_view item,
                        Money amount, Timestamp now) {
  if (!is_amount(amount)) return false;
  const std::scoped_lock lock(mutex_);
  expire(now);
  const auto account = accounts_.find(offer.name);
  if (account == accounts_.end() || !account->second.is_live) return false;
  if (const auto held = holds_.find(KeyView(slate, item)); held != holds_.end()) {
    if (held->second.offer == offer.name && held->second.amount == amount) return true;
    drop(held);
  }
  if (account->second.left() < amount || holds_.size() >= kMostHolds) return false;
  account->second.reserved += amount;
  ++account->second.shown;
  add({.slate = std::string(slate),
       .item = std::string(item),
       .offer = offer.name,
       .amount = amount,
       .expires = now + offer.hold});
  return true;
}

bool OfferBook::redeem(std::string_view slate, std::string_view item, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  expire(now);
  const auto held = holds_.find(KeyView(slate, item));
  if (held == holds_.end()) return false;
  Account& account = accounts_.find(held->second.offer)->second;
  account.spent += held->second.amount;
  ++account.redeemed;
  drop(held);
  return true;
}

void OfferBook::release(std::string_view slate) {
  const std::scoped_lock lock(mutex_);
  for (auto hold = holds_.lower_bound(KeyView(slate, {}));
       hold != holds_.end() && hold->second.slate == slate;) {
    drop(hold++);
  }
}

OfferState OfferBook::state(Timestamp now) {
  const std::scoped_lock lock(mutex_);
  expire(now);
  OfferState state;
  state.accounts.assign(accounts_.begin(), accounts_.end());
  for (const auto& [key, hold] : holds_) state.holds.push_back(hold);
  return state;
}

void OfferBook::restore(const OfferState& state) {
  OfferBook made;
  for (const auto& [name, account] : state.accounts) {
    if (name.empty() || !is_amount(account.budget) || !is_amount(account.spent))
      throw DataError("the offer '" + name + "' has a budget or a sum spent that is no amount");
    Account& kept = made.accounts_[name] = account;
    kept.reserved = 0;  // what the holds say
    kept.is_live = false;
  }
  for (const Hold& hold : state.holds) {
    const auto account = made.accounts_.find(hold.offer);
    if (account == made.accounts_.end() || !is_amount(hold.amount) ||
        made.holds_.contains(KeyView(hold.slate, hold.item))) {
      throw DataError("the hold of item '" + hold.item + "' in slate '" + hold.slate +
                      "' has no such offer, no amount, or comes twice");
    }
    account->second.reserved += hold.amount;
    if (!is_amount(account->second.reserved))
      throw DataError("the holds of offer '" + hold.offer + "' are more than a budget can be");
    made.add(hold);
  }
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, account] : accounts_) {
    if (!account.is_live) continue;
    Account& kept = made.accounts_[name];
    kept.budget = account.budget;
    kept.is_live = true;
  }
  accounts_.swap(made.accounts_);
  holds_.swap(made.holds_);
  ends_.swap(made.ends_);
}

}  // namespace aisle::value
