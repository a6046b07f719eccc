// What the visitor did: events counted, items seen, the cart, and prices.

#include <algorithm>
#include <cmath>
#include <limits>

#include "aisle/expression/evaluation.h"

namespace aisle::expression {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Whether what the event put into the cart was neither taken out nor bought later.
bool lies_in_cart(std::span<const Event> events, std::size_t at) {
  return events[at].type == EventType::cart &&
         std::ranges::none_of(events.subspan(at + 1), [&](const Event& later) {
           return later.item == events[at].item &&
                  (later.type == EventType::remove_from_cart || later.type == EventType::purchase);
         });
}

}  // namespace

void Evaluation::count_events() {
  if (counted_.size() < program_->queries_.size()) counted_.resize(program_->queries_.size());
  for (std::size_t i = 0; i < program_->queries_.size(); ++i)
    count_query(program_->queries_[i], counted_[i]);
}

std::span<const Event> Evaluation::events_of(bool in_session) const {
  return scope_.events.subspan(in_session ? std::min(scope_.session_begin, scope_.events.size())
                                          : 0);
}

void Evaluation::count_query(const EventQuery& query, Counted& counted) {
  counted.number = query.what == EventQuery::What::last ? kNone : 0.0;
  counted.by_code.clear();
  const auto events = events_of(query.in_session);
  if (query.what == EventQuery::What::cart_value) {
    counted.number = cart_value(events);
    return;
  }
  if (query.what == EventQuery::What::price) {
    counted.number = price_quantile(query);
    return;
  }
  for (const Event& event : events) {
    if (query.what == EventQuery::What::length) {
      counted.number += shows_interest(event.type) ? 1.0 : 0.0;
      continue;
    }
    if (!query.any_type && event.type != query.type) continue;
    if (query.within > 0.0 && static_cast<double>(scope_.now - event.time) > query.within) continue;
    const bool is_last = query.what == EventQuery::What::last;
    if (query.column == nullptr && !query.by_id) {
      counted.number = is_last ? static_cast<double>(event.time) : counted.number + 1.0;
      continue;
    }
    if (!is_known(event.item)) continue;
    const std::uint32_t code = query.by_id ? value_of(event.item) : query.column->code(event.item);
    if (code == catalog::kNullCode) continue;
    const auto found =
        std::ranges::find(counted.by_code, code, &std::pair<std::uint32_t, double>::first);
    double& entry = found == counted.by_code.end() ? counted.by_code.emplace_back(code, 0.0).second
                                                   : found->second;
    entry = is_last ? static_cast<double>(event.time) : entry + 1.0;
  }
}

double Evaluation::counted(std::uint32_t table, ItemId item) const {
  const EventQuery& query = program_->queries_[table];
  const Counted& counted = counted_[table];
  if (query.column == nullptr && !query.by_id) return counted.number;
  const std::uint32_t code = query.by_id ? value_of(item) : query.column->code(item);
  const auto found =
      std::ranges::find(counted.by_code, code, &std::pair<std::uint32_t, double>::first);
  return found == counted.by_code.end() ? counted.number : found->second;
}

double Evaluation::cart_value(std::span<const Event> events) {
  double sum = 0.0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!std::isnan(events[i].value) && lies_in_cart(events, i)) sum += double{events[i].value};
  }
  return sum;
}

/// The items of the events for which `counts` holds, each once.
template <class Counts>
void Evaluation::find_items(bool in_session, const Counts& counts) {
  const auto events = events_of(in_session);
  visited_.clear();
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool is_there = value_of(events[i].item) < program_->catalog_->size();
    if (is_there && counts(events, i)) visited_.push_back(events[i].item);
  }
  std::ranges::sort(visited_);
  visited_.erase(std::unique(visited_.begin(), visited_.end()), visited_.end());
}

void Evaluation::resolve_visited(TextSource::From from, std::vector<std::string_view>& texts) {
  if (from == TextSource::From::cart) {
    find_items(true, lies_in_cart);
  } else {
    find_items(from == TextSource::From::session_seen,
               [](std::span<const Event>, std::size_t) { return true; });
  }
  for (const ItemId item : visited_)
    texts.push_back(program_->catalog_->items()->name(value_of(item)));
}

/// Between the two nearest prices in proportion, as NumPy's quantile(); null of no price.
double Evaluation::price_quantile(const EventQuery& query) {
  find_items(query.in_session, [](std::span<const Event> events, std::size_t at) {
    return shows_interest(events[at].type);
  });
  prices_.clear();
  for (const ItemId item : visited_) {
    const double price = query.prices->number(item);
    if (!std::isnan(price)) prices_.push_back(price);
  }
  if (prices_.empty()) return kNone;
  std::ranges::sort(prices_);
  const double place = query.quantile * static_cast<double>(prices_.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, prices_.size() - 1);
  const double part = place - std::floor(place);
  const double found = prices_[below] + (prices_[above] - prices_[below]) * part;
  return std::isfinite(found) ? found : kNone;
}

}  // namespace aisle::expression
