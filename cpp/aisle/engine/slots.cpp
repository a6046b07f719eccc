#include "aisle/engine/slots.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "aisle/rerank/mmr.h"

namespace aisle::engine {

void sort_pool(std::size_t count, RequestWorkspace& work) {
  const auto pool = work.pool.entries();
  work.order.resize(pool.size());
  std::iota(work.order.begin(), work.order.end(), 0U);
  const auto better = [&](std::uint32_t a, std::uint32_t b) {
    return pool[a].score != pool[b].score ? pool[a].score > pool[b].score
                                          : pool[a].item < pool[b].item;
  };
  const auto middle =
      work.order.begin() + static_cast<std::ptrdiff_t>(std::min(pool.size(), count));
  // Its heap costs more than it spares unless it leaves most of the pool out.
  if (2 * count >= pool.size()) {
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
      slate_(slate) {
  slate_.items.clear();
  slate_.names.clear();
  slate_.dropped.fill(0);
  slate_.pool_size = work_.pool.entries().size();
  slate_.generation = model_.generation();
  work_.value_counts.clear();
}

/// Counts the item against every cap, or says which it would break.
bool Slots::passes_caps(ItemId item) {
  const auto count_of = [&](std::size_t rule, std::uint32_t code) -> std::size_t& {
    const std::uint64_t key = (std::uint64_t{rule} << 32U) | code;
    const auto found =
        std::ranges::find(work_.value_counts, key, &std::pair<std::uint64_t, std::size_t>::first);
    return found != work_.value_counts.end() ? found->second
                                             : work_.value_counts.emplace_back(key, 0).second;
  };
  const auto for_each_rule = [&](const auto& visit) {
    for (std::size_t rule = 0; rule < strategy_.at_most.size(); ++rule) {
      const catalog::Column* const column =
          model_.catalog().find_column(strategy_.at_most[rule].column);
      if (column == nullptr) continue;
      const std::uint32_t code = column->code(item);
      if (code != 0xffffffff && !visit(rule, code)) return false;
    }
    return true;
  };
  const bool passes = for_each_rule([&](std::size_t rule, std::uint32_t code) {
    return count_of(rule, code) < strategy_.at_most[rule].count;
  });
  if (!passes) {
    work_.drops.set(item, Dropped::capped);
    return false;
  }
  return for_each_rule([&](std::size_t rule, std::uint32_t code) {
    ++count_of(rule, code);
    return true;
  });
}

void Slots::take_pool() {
  const auto pool = work_.pool.entries();
  for (const std::uint32_t place : work_.order) {
    if (is_full()) return;
    const PoolEntry& entry = pool[place];
    if (!passes_caps(entry.item)) continue;
    slate_.items.push_back({entry.item, entry.score, false, entry.share, entry.rank});
    work_.drops.set(entry.item, Dropped::seen);  // the fallback chain must not bring it again
  }
}

void Slots::take_fallback(ItemId item) {
  if (is_full() || !is_allowed(asked_, item) || !passes_caps(item)) return;
  // Below everything before it, so that scores still fall along the slate.
  const float last = slate_.items.empty() ? 0.0F : slate_.items.back().score;
  slate_.items.push_back({.item = item,
                          .score = std::min(last, 0.0F) - 1e-3F,
                          .is_fallback = true,
                          .share = {},
                          .rank = {}});
  work_.drops.set(item, Dropped::seen);
}

void Slots::take_trending_alike() {
  retrieve::AttributeValue value;
  if (is_full() || work_.session.empty() || !is_known(work_.session.back()) ||
      !model_.alike(work_.session.back(), value))
    return;
  model_.trending().top_of(value, model_.trending().options().top_of_value, asked_.request.now,
                           work_.top);
  for (const auto& entry : work_.top) take_fallback(entry.item);
}

void Slots::take_trending() {
  if (is_full()) return;
  model_.trending().top(model_.trending().options().top, asked_.request.now, work_.top);
  for (const auto& entry : work_.top) take_fallback(entry.item);
}

void Slots::take_by_popularity() {
  for (const ItemId item : model_.by_popularity()) {
    if (is_full()) return;
    take_fallback(item);
  }
}

/// Items that the model was not fitted with, the newest first.
void Slots::take_new() {
  for (std::size_t i = work_.item_count; i-- > model_.by_popularity().size() && !is_full();) {
    take_fallback(ItemId{static_cast<std::uint32_t>(i)});
  }
}

/// Session items that visitors here rarely come back to: better than an empty slot.
void Slots::take_soft() {
  for (const ItemId item : work_.soft) {
    if (is_full()) return;
    if (work_.drops.of(item) != Dropped::not_returned_to) continue;
    work_.drops.clear(item);
    take_fallback(item);
  }
}

void Slots::name() {
  for (const SlateItem& one : slate_.items)
    slate_.names.push_back(model_.catalog().items()->name(value_of(one.item)));
  for (const PoolEntry& entry : work_.pool.entries()) {
    const Dropped reason = work_.drops.of(entry.item);
    if (reason == Dropped::capped) ++slate_.dropped[static_cast<std::size_t>(reason)];
  }
  for (const Event& event : work_.recent.events) {
    if (!is_known(event.item)) continue;
    const Dropped reason = work_.drops.of(event.item);
    if (reason != Dropped::capped) ++slate_.dropped[static_cast<std::size_t>(reason)];
  }
}

void diversify(const Asked& asked) {
  RequestWorkspace& work = asked.work;
  const Model& model = asked.model;
  const Strategy& strategy = asked.strategy();
  const std::size_t size = std::min(strategy.diversity_pool, work.order.size());
  if (strategy.diversity <= 0.0F || size < 2) return;
  const auto pool = work.pool.entries();
  const auto best = std::span(work.order).first(size);
  work.relevance.clear();
  work.mmr_items.clear();
  for (const std::uint32_t place : best) {
    work.relevance.push_back(pool[place].score);
    work.mmr_items.push_back(pool[place].item);
  }
  work.chosen.resize(std::min(asked.request.k, size));
  const rerank::MmrOptions options{.lambda = 1.0F - strategy.diversity};
  std::size_t picked = 0;
  if (const vectors::VectorIndex* const vectors = model.vectors()) {
    work.rows.resize(size * vectors->dim());
    vectors->copy_vectors(work.mmr_items, work.rows);
    picked = rerank::mmr_by_vectors(work.relevance, work.rows.data(), vectors->dim(), options,
                                    work.mmr, work.chosen);
  } else {
    work.codes.clear();
    for (const ItemId item : work.mmr_items) {
      retrieve::AttributeValue value;
      work.codes.push_back(model.alike(item, value) ? value.code : rerank::kNoValue);
    }
    const std::array columns = {std::span<const std::uint32_t>(work.codes)};
    picked = rerank::mmr_by_attributes(work.relevance, columns, options, work.mmr, work.chosen);
  }
  // The picked ones first, in their order; the others behind them, in theirs.
  work.picked_order.clear();
  for (std::size_t i = 0; i < picked; ++i) work.picked_order.push_back(best[work.chosen[i]]);
  for (std::size_t i = 0; i < size; ++i) {
    if (work.mmr.is_picked[i] == 0) work.picked_order.push_back(best[i]);
  }
  std::ranges::copy(work.picked_order, work.order.begin());
}

}  // namespace aisle::engine
