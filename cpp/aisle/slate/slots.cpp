#include "aisle/slate/slots.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "aisle/score/choice.h"

namespace aisle::slate {

void sort_pool(std::size_t count, RequestWorkspace& work) {
  const auto pool = work.pool.entries();
  work.order.clear();
  for (std::uint32_t i = 0; i < pool.size(); ++i) {
    if (work.drops.of(pool[i].item) == Dropped::none) work.order.push_back(i);
  }
  // A score that is no number has no place in the order: it stands behind all others.
  for (PoolEntry& entry : pool) {
    if (std::isnan(entry.score)) entry.score = std::numeric_limits<float>::lowest();
  }
  const auto better = [&](std::uint32_t a, std::uint32_t b) {
    return pool[a].score != pool[b].score ? pool[a].score > pool[b].score
                                          : pool[a].item < pool[b].item;
  };
  const auto middle =
      work.order.begin() + static_cast<std::ptrdiff_t>(std::min(work.order.size(), count));
  // Its heap costs more than it spares unless it leaves most of the pool out.
  if (2 * count >= work.order.size()) {
    std::sort(work.order.begin(), work.order.end(), better);
  } else {
    std::partial_sort(work.order.begin(), middle, work.order.end(), better);
  }
}

Slots::Slots(const Asked& asked, Slate& slate)
    : asked_(asked),
      model_(asked.model),
      strategy_(asked.strategy()),
      work_(asked.work),
      slate_(slate),
      limits_(asked) {
  limits_.begin();
  slate_.items.clear();
  slate_.names.clear();
  slate_.explanation.reset();
  slate_.dropped.fill(0);
  slate_.pool_size = work_.pool.entries().size();
  slate_.generation = model_.generation();
  slate_.propensity = 1.0;
  for (const auto& [slot, item] : work_.pins) limits_.count(item);
  plan_explored();
}

/// Slots that are free: those of pins that are still to come are not.
std::size_t Slots::left() const {
  const std::size_t taken = slate_.items.size() + work_.pins.size() - next_pin_;
  return taken < asked_.request.k ? asked_.request.k - taken : 0;
}

/// Pins whose slot has come.
void Slots::take_pins() {
  while (next_pin_ < work_.pins.size() && work_.pins[next_pin_].first <= slate_.items.size() + 1) {
    slate_.items.push_back(
        {.item = work_.pins[next_pin_].second, .score = last_score(), .is_pinned = true});
    ++next_pin_;
  }
}

void Slots::put(const SlateItem& item) {
  take_pins();
  slate_.items.push_back(item);
  slate_.items.back().step = item.is_fallback ? step_ : Fallback::none;
  work_.drops.set(item.item, Dropped::placed);  // the fallback chain must not bring it again
}

void Slots::take_pool() {
  const auto pool = work_.pool.entries();
  for (const std::uint32_t place : work_.order) {
    take_explored();
    if (is_full()) return;
    const PoolEntry& entry = pool[place];
    if (work_.drops.of(entry.item) != Dropped::none || !limits_.take(entry.item, left())) continue;
    put({.item = entry.item, .score = entry.score, .share = entry.share, .rank = entry.rank});
  }
}

void Slots::take_fallback(ItemId item) {
  take_explored();
  if (is_full() || !is_allowed(asked_, item) || !limits_.take(item, left())) return;
  // Below everything before it, so that scores still fall along the slate.
  put({.item = item, .score = std::min(last_score(), 0.0F) - 1e-3F, .is_fallback = true});
}

void Slots::take_members() {
  if (is_full() || !limits_.is_waiting()) return;
  step_ = Fallback::kept_for;
  for (const ItemId item : model_.by_popularity()) {
    if (is_full() || !limits_.is_waiting()) break;
    if (limits_.is_awaited(item)) take_fallback(item);
  }
  for (std::size_t i = work_.item_count; i-- > model_.by_popularity().size();) {
    if (is_full() || !limits_.is_waiting()) break;
    const ItemId item{static_cast<std::uint32_t>(i)};
    if (limits_.is_awaited(item)) take_fallback(item);
  }
  limits_.release();  // there are no more of them: the slots are anybody's
  take_pool();
}

void Slots::take_trending_alike() {
  retrieve::AttributeValue value;
  if (is_full() || work_.session.empty() || !is_known(work_.session.back()) ||
      !model_.alike(work_.session.back(), value))
    return;
  step_ = Fallback::trending_alike;
  model_.trending().top_of(value, model_.trending().options().top_of_value, asked_.request.now,
                           work_.top);
  for (const auto& entry : work_.top) take_fallback(entry.item);
}

void Slots::take_trending() {
  if (is_full()) return;
  step_ = Fallback::trending;
  model_.trending().top(model_.trending().options().top, asked_.request.now, work_.top);
  for (const auto& entry : work_.top) take_fallback(entry.item);
}

void Slots::take_by_popularity() {
  step_ = Fallback::popular;
  for (const ItemId item : model_.by_popularity()) {
    if (is_full()) return;
    take_fallback(item);
  }
}

/// Items that the model was not fitted with, the newest first.
void Slots::take_new() {
  step_ = Fallback::fresh;
  for (std::size_t i = work_.item_count; i-- > model_.by_popularity().size() && !is_full();) {
    take_fallback(ItemId{static_cast<std::uint32_t>(i)});
  }
}

/// Where the request has a filter of its own it asks for those items: what can't be bought now
/// then stands behind the others, and does not stay away.
void Slots::take_sold_out() {
  if (asked_.request.where.empty()) return;
  step_ = Fallback::sold_out;
  for (std::size_t i = 0; i < work_.sold_out.size() && !is_full(); ++i) {
    const ItemId item = work_.sold_out[i];
    if (work_.drops.of(item) != Dropped::unavailable) continue;
    work_.drops.clear(item);
    work_.takes_unavailable = true;
    take_fallback(item);
    work_.takes_unavailable = false;
  }
}

/// Session items that visitors here rarely come back to: better than an empty slot.
void Slots::take_soft() {
  step_ = Fallback::soft;
  for (const ItemId item : work_.soft) {
    if (is_full()) return;
    if (work_.drops.of(item) != Dropped::not_returned_to) continue;
    work_.drops.clear(item);
    take_fallback(item);
  }
}

/// A place is seen with probability 1 / log2(1 + place).
double Slots::expected() const {
  const auto pool = work_.pool.entries();
  if (pool.empty()) return 0.0;
  const auto change_sides = [&] {  // what is owed to a group makes nothing more probable
    for (std::size_t i = 0; i < work_.fair.size(); ++i) std::swap(pool[i].score, work_.fair[i]);
  };
  change_sides();
  const score::Choice choice(pool);
  double seen = 0.0;
  for (std::size_t i = 0; i < slate_.items.size(); ++i) {
    const SlateItem& one = slate_.items[i];
    if (one.is_fallback || !work_.pool.has(one.item)) continue;
    seen += choice.of(work_.pool.at(one.item)) / std::log2(static_cast<double>(i) + 2.0);
  }
  change_sides();
  return seen;
}

void Slots::finish() {
  for (; next_pin_ < work_.pins.size(); ++next_pin_) {  // the slate ends before their slots
    slate_.items.push_back(
        {.item = work_.pins[next_pin_].second, .score = last_score(), .is_pinned = true});
  }
  // The last page of a list is as long as what is left.
  const bool is_first_page = asked_.request.after == 0;
  if (is_first_page && slate_.items.size() < strategy_.minimum) slate_.items.clear();
  slate_.expected = asked_.request.wants_value ? expected() : 0.0;
  for (const SlateItem& one : slate_.items)
    slate_.names.push_back(model_.catalog().items()->name(value_of(one.item)));
  for (const ItemId item : work_.drops.marked()) {
    const Dropped reason = work_.drops.of(item);
    if (reason == Dropped::none) continue;
    ++slate_.dropped[static_cast<std::size_t>(reason)];
    work_.drops.clear(item);  // marked twice, counted once
  }
  slate_.dropped[static_cast<std::size_t>(Dropped::placed)] = 0;
  slate_.dropped[static_cast<std::size_t>(Dropped::pinned)] = 0;
}

}  // namespace aisle::slate
