#include "aisle/rules/where_cache.h"

#include <algorithm>

namespace aisle::rules {

std::shared_ptr<const ItemTest> WhereCache::get(std::string_view text,
                                                const catalog::View& catalog) {
  // A text that names nothing of a market's is the same everywhere: one test, and one bitmap.
  const catalog::View seen = catalog.concerns(text) ? catalog : catalog::View(catalog.whole());
  // With the length of the first part, else a text could be mistaken for a market and a text.
  const std::string key =
      std::to_string(seen.key().size()).append(":").append(seen.key()).append(text);
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = tests_.find(key); found != tests_.end()) {
      found->second.used = ++now_;
      return found->second.test;
    }
  }
  auto test = std::make_shared<const ItemTest>(text, seen);
  const std::scoped_lock lock(mutex_);
  if (tests_.size() >= kMost) drop_oldest();
  const auto [entry, is_new] = tests_.try_emplace(key, Entry{std::move(test), ++now_});
  return entry->second.test;  // another thread may have been faster: one bitmap for both
}

void WhereCache::drop_oldest() {
  const auto oldest =
      std::ranges::min_element(tests_, {}, [](const auto& one) { return one.second.used; });
  tests_.erase(oldest);
}

}  // namespace aisle::rules
