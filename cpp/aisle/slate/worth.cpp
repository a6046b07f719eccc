#include "aisle/slate/worth.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "aisle/slate/rescore.h"
#include "aisle/value/price_order.h"

namespace aisle::slate {

void weigh(const Asked& asked) {
  const value::Utility& utility = asked.place.utility;
  if (!utility.is_on()) return;
  rescore(asked.work, [&](std::span<const ItemId> items, std::span<float> scores) {
    utility.weigh(items, scores, asked.work.utility);
  });
}

void rerank_by_price(const Asked& asked) {
  const catalog::Column* const price = asked.place.items.role(catalog::Role::price);
  if (asked.strategy().price_reranking <= 0.0F || price == nullptr) return;
  RequestWorkspace& work = asked.work;
  const auto pool = work.pool.entries();
  work.boosted.clear();
  work.utility.cells.clear();
  for (const std::uint32_t place : work.order) {
    work.boosted.push_back(pool[place].score);
    work.utility.cells.push_back(price->number(pool[place].item));
  }
  work.dearer.resize(work.order.size());
  value::dearer_first(work.boosted, work.utility.cells, asked.strategy().price_reranking,
                      work.dearer);
  for (std::uint32_t& place : work.dearer) place = work.order[place];
  std::ranges::copy(work.dearer, work.order.begin());
  for (std::size_t i = 0; i < work.order.size(); ++i) pool[work.order[i]].score = work.boosted[i];
}

/// The first of the rules that holds and whose budget has the amount.
void make_offers(const Asked& asked, Slate& slate) {
  const live::Placement& place = asked.place;
  const Request& request = asked.request;
  RequestWorkspace& work = asked.work;
  const catalog::Column* const price = asked.place.items.role(catalog::Role::price);
  slate.offers.clear();
  if (request.offers == nullptr || work.rules.offers.empty() || price == nullptr) return;
  std::array<char, 16> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), work.slate_number, 16);
  const std::string slate_id =
      std::string(request.slate_prefix).append("-").append(digits.data(), end.ptr);
  work.offered.assign(place.strategy.offers.size(), 0);
  const auto grant = [&](std::size_t at, double before, std::uint32_t rule) {
    const std::size_t number = place.rules->rules()[rule].count;
    const value::Offer& offer = place.strategy.offers[number];
    if (offer.at_most != 0 && work.offered[number] >= offer.at_most) return false;
    const ItemId item = slate.items[at].item;
    const value::Money amount = offer.amount_of(before);
    if (amount < 1 || !place.rules->is_about(rule, item, work.rules) ||
        !request.offers->reserve(offer, slate_id, slate.names[at], amount, request.now))
      return false;
    ++work.offered[number];
    slate.offers.push_back({.place = at,
                            .name = offer.name,
                            .discount = offer.round_to > 0.0 ? static_cast<double>(amount) /
                                                                   value::kMillionths / before
                                                             : offer.discount,
                            .before = before,
                            .after = before - static_cast<double>(amount) / value::kMillionths});
    return true;
  };
  for (std::size_t at = 0; at < slate.items.size(); ++at) {
    const double before = price->number(slate.items[at].item);
    if (!(before > 0.0 && before <= value::kMostMoney)) continue;  // unknown, or no price
    std::ranges::any_of(work.rules.offers,
                        [&](std::uint32_t rule) { return grant(at, before, rule); });
  }
}

}  // namespace aisle::slate
