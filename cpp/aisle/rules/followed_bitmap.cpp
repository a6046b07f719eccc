#include "aisle/rules/followed_bitmap.h"

#include <utility>

namespace aisle::rules {
namespace {

constexpr std::size_t kHeadroom = 4096;  // items that may come before the bitmap must grow

}  // namespace

FollowedBitmap::FollowedBitmap(std::shared_ptr<const expression::Program> program,
                               const catalog::Catalog& catalog)
    : program_(std::move(program)), catalog_(catalog), columns_(program_->columns()) {
  seen_.resize(columns_.size());
}

std::shared_ptr<const Bitmap> FollowedBitmap::get() {
  const std::scoped_lock lock(mutex_);
  const std::size_t items = catalog_.size();
  if (bitmap_ == nullptr || items > bitmap_->size() || !mend()) make(items);
  if (items > covered_) add_items(items);
  return bitmap_;
}

/// All items anew. Counters are read first: a change that comes meanwhile is looked at twice.
void FollowedBitmap::make(std::size_t items) {
  for (std::size_t c = 0; c < columns_.size(); ++c) seen_[c] = columns_[c]->changes();
  bitmap_ = std::make_shared<Bitmap>(items + kHeadroom);
  evaluation_.begin(*program_, {});
  evaluation_.to_bitmap(items, *bitmap_);
  covered_ = items;
}

void FollowedBitmap::add_items(std::size_t items) {
  evaluation_.begin(*program_, {});
  for (; covered_ < items; ++covered_) {
    if (evaluation_.test(ItemId{static_cast<std::uint32_t>(covered_)})) {
      bitmap_->set_shared(covered_);
    }
  }
}

/// Judges the items again whose cells changed; false when there were more than a column remembers.
bool FollowedBitmap::mend() {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const std::uint64_t now = columns_[c]->changes();
    if (now == seen_[c]) continue;
    evaluation_.begin(*program_, {});
    for (; seen_[c] < now; ++seen_[c]) {
      const auto item = columns_[c]->changed(seen_[c]);
      if (!item) return false;
      if (value_of(*item) >= covered_) continue;
      if (evaluation_.test(*item)) {
        bitmap_->set_shared(value_of(*item));
      } else {
        bitmap_->reset_shared(value_of(*item));
      }
    }
  }
  return true;
}

}  // namespace aisle::rules
