#include "aisle/slate/balance.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace aisle::slate {
namespace {

/// The groups of an exposure that an item is in.
class Groups {
 public:
  explicit Groups(const live::Exposed& one)
      : one_(one), members_(one.where == nullptr ? nullptr : one.where->get()) {}

  template <class Visit>
  void for_each(ItemId item, const Visit& visit) const {
    if (one_.column != nullptr) {
      std::uint32_t single = 0;
      for (const std::uint32_t code : one_.column->codes(item, single)) visit(code);
    } else if (members_ != nullptr) {
      if (value_of(item) < members_->size() && members_->test(value_of(item))) visit(0U);
    } else if (value_of(item) >= one_.popular->size() || !one_.popular->test(value_of(item))) {
      visit(0U);
    }
  }

 private:
  const live::Exposed& one_;
  std::shared_ptr<const Bitmap> members_;
};

}  // namespace

void balance(const Asked& asked, const live::Exposed& one) {
  constexpr auto kMost = static_cast<float>(shown::Shares::kMostLift);
  const Groups groups(one);
  for (PoolEntry& entry : asked.work.pool.entries()) {
    float lift = 0.0F;
    groups.for_each(entry.item, [&](std::uint32_t group) { lift += one.shares->lift(group); });
    entry.score += std::clamp(lift, -kMost, kMost);  // an item may have several labels
  }
}

void tell_shares(const live::Placement& place, const Slate& slate, RequestWorkspace& work) {
  if (slate.items.empty()) return;
  for (const live::Exposed& one : place.exposure) {
    const Groups groups(one);
    work.shown.clear();
    double attention = 0.0;
    for (std::size_t i = 0; i < slate.items.size(); ++i) {
      const double weight = 1.0 / std::log2(2.0 + static_cast<double>(i));
      attention += weight;
      groups.for_each(slate.items[i].item,
                      [&](std::uint32_t group) { work.shown.emplace_back(group, weight); });
    }
    one.shares->tell(work.shown, attention);
  }
}

}  // namespace aisle::slate
