#include "aisle/slate/limits.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace aisle::slate {

using rules::Action;

namespace {

/// Each of the item's values, until `visit` says no.
template <class Visit>
bool for_each_value(const catalog::Column& column, ItemId item, const Visit& visit) {
  std::uint32_t single = 0;
  return std::ranges::all_of(column.codes(item, single), visit);
}

}  // namespace

Limits::Limits(const Asked& asked) : asked_(asked), book_(*asked.place.rules) {}

void Limits::begin() {
  RequestWorkspace& work = asked_.work;
  work.value_counts.clear();
  work.kept.clear();
  for (const std::uint32_t rule : work.rules.limits) {
    const bool keeps = book_.rules()[rule].action == Action::at_least;
    work.kept.push_back(keeps ? std::min(book_.slots(rule, asked_.request.k), asked_.request.k)
                              : 0);
  }
}

std::size_t& Limits::count_of(std::size_t limit, std::uint32_t code) {
  auto& counts = asked_.work.value_counts;
  const std::uint64_t key = (std::uint64_t{limit} << 32U) | code;
  const auto found = std::ranges::find(counts, key, &std::pair<std::uint64_t, std::size_t>::first);
  return found != counts.end() ? found->second : counts.emplace_back(key, 0).second;
}

/// Each cap that the item falls under: its number, the value it is counted by, the most there may
/// be. Stops at the first for which `visit` says no.
template <class Visit>
bool Limits::for_each_cap(ItemId item, const Visit& visit) {
  const auto& at_most = asked_.strategy().at_most;
  for (std::size_t limit = 0; limit < at_most.size(); ++limit) {
    const catalog::Column* const column = asked_.place.items.find_column(at_most[limit].column);
    if (column == nullptr) continue;
    const bool passes = for_each_value(*column, item, [&](std::uint32_t code) {
      return visit(limit, code, at_most[limit].count);
    });
    if (!passes) return false;
  }
  for (const std::uint32_t rule : asked_.work.rules.limits) {
    if (book_.rules()[rule].action != Action::at_most) continue;
    if (!book_.is_about(rule, item, asked_.work.rules)) continue;
    const catalog::Column* const column = book_.column(rule);
    const auto visit_value = [&](std::uint32_t code) {
      return visit(at_most.size() + rule, code, book_.slots(rule, asked_.request.k));
    };
    if (!(column == nullptr ? visit_value(0) : for_each_value(*column, item, visit_value)))
      return false;
  }
  return true;
}

bool Limits::is_below_caps(ItemId item) {
  return for_each_cap(item, [&](std::size_t limit, std::uint32_t code, std::size_t most) {
    return count_of(limit, code) < most;
  });
}

bool Limits::allows(ItemId item, std::size_t left) {
  return (left > kept() || is_awaited(item)) && is_below_caps(item);
}

bool Limits::take(ItemId item, std::size_t left) {
  if (left <= kept() && !is_awaited(item)) return false;
  if (!is_below_caps(item)) {
    asked_.work.drops.set(item, Dropped::capped);
    return false;
  }
  count(item);
  return true;
}

void Limits::count(ItemId item) {
  for_each_cap(item, [&](std::size_t limit, std::uint32_t code, std::size_t) {
    ++count_of(limit, code);
    return true;
  });
  RequestWorkspace& work = asked_.work;
  for (std::size_t i = 0; i < work.kept.size(); ++i) {
    if (work.kept[i] > 0 && book_.is_about(work.rules.limits[i], item, work.rules)) --work.kept[i];
  }
}

bool Limits::is_awaited(ItemId item) {
  RequestWorkspace& work = asked_.work;
  for (std::size_t i = 0; i < work.kept.size(); ++i) {
    if (work.kept[i] > 0 && book_.is_about(work.rules.limits[i], item, work.rules)) return true;
  }
  return false;
}

std::vector<HeldLimit> Limits::on(ItemId item) {
  const auto& at_most = asked_.strategy().at_most;
  std::vector<HeldLimit> all;
  for_each_cap(item, [&](std::size_t limit, std::uint32_t code, std::size_t most) {
    HeldLimit held{.slots = most, .taken = count_of(limit, code)};
    if (limit >= at_most.size()) held.rule = book_.rules()[limit - at_most.size()].name;
    const catalog::Column* const column =
        limit < at_most.size() ? asked_.place.items.find_column(at_most[limit].column)
                               : book_.column(limit - at_most.size());
    if (column != nullptr) {
      held.column = column->name();
      held.value = column->values()->name(code);
    }
    all.push_back(held);
    return true;
  });
  for (const std::uint32_t rule : asked_.work.rules.limits) {
    if (book_.rules()[rule].action != Action::at_least ||
        !book_.is_about(rule, item, asked_.work.rules))
      continue;
    all.push_back({.rule = book_.rules()[rule].name,
                   .slots = book_.slots(rule, asked_.request.k),
                   .keeps = true});
  }
  return all;
}

std::size_t Limits::kept() const noexcept {
  return std::reduce(asked_.work.kept.begin(), asked_.work.kept.end());
}

}  // namespace aisle::slate
