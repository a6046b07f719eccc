#include "aisle/slate/worth.h"

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

}  // namespace aisle::slate
