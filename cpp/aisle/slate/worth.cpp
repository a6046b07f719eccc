#include "aisle/slate/worth.h"

#include <algorithm>

#include "aisle/value/price_order.h"

namespace aisle::slate {

void weigh(const Asked& asked) {
  const value::Utility& utility = asked.place.utility;
  if (!utility.is_on()) return;
  RequestWorkspace& work = asked.work;
  const auto pool = work.pool.entries();
  work.boosted_items.clear();
  work.boosted.clear();
  for (const PoolEntry& entry : pool) {
    work.boosted_items.push_back(entry.item);
    work.boosted.push_back(entry.score);
  }
  utility.weigh(work.boosted_items, work.boosted, work.utility);
  for (std::size_t i = 0; i < pool.size(); ++i) pool[i].score = work.boosted[i];
}

void rerank_by_price(const Asked& asked) {
  const catalog::Column* const price = asked.model.catalog().role(catalog::Role::price);
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

}  // namespace aisle::slate
