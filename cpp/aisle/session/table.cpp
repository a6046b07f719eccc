#include "aisle/session/table.h"

#include <algorithm>
#include <memory>

namespace aisle::session {

/// The place of the first record that has this tag or a greater one, or the empty place before it.
std::size_t Table::first_of(std::uint32_t tag) const noexcept {
  std::size_t place = home(tag);
  while (is_taken(place) && at(place).tag < tag) ++place;
  return place;
}

Record* Table::find(std::uint32_t tag, const InlineId& id) const noexcept {
  for (std::size_t place = first_of(tag); is_taken(place) && at(place).tag == tag; ++place) {
    if (at(place).id == id) return &at(place);
  }
  return nullptr;
}

Record* Table::idlest(std::uint32_t tag) const noexcept {
  Record* found = nullptr;
  for (std::size_t place = first_of(tag); is_taken(place) && at(place).tag == tag; ++place) {
    if (found == nullptr || at(place).last_time() < found->last_time()) found = &at(place);
  }
  return found;
}

void Table::prefetch(std::uint32_t tag) const noexcept {
  const std::size_t place = home(tag);
  if (place >= end() || pages_[place / kPage] == nullptr) return;
  const auto* const line = reinterpret_cast<const char*>(&at(place));
  __builtin_prefetch(line);
  __builtin_prefetch(line + 64);
  __builtin_prefetch(line + sizeof(Record));
}

Record& Table::insert(std::uint32_t tag, const InlineId& id) {
  begin_motion();
  go_on();
  Record record;
  record.tag = tag;
  record.id = id;
  const std::size_t place = put(record);
  ++live_;
  return at(place);
}

void Table::erase(const Record& record) {
  std::size_t place = first_of(record.tag);
  while (&at(place) != &record) ++place;
  take_out(place);
  --live_;
  begin_motion();
  go_on();
}

/// Memory for a place that is about to be taken.
Record& Table::make_place(std::size_t place) {
  if (place >= end()) pages_.resize(place / kPage + 1);
  Record*& page = pages_[place / kPage];
  if (page == nullptr) {
    page = static_cast<Record*>(pieces_.take());
    std::uninitialized_fill_n(page, kPage, Record{});
  }
  return at(place);
}

/// Behind all that have its tag or a smaller one; who lies there makes room by one place.
std::size_t Table::put(const Record& record) {
  std::size_t place = home(record.tag);
  while (is_taken(place) && at(place).tag <= record.tag) ++place;
  std::size_t hole = place;
  while (is_taken(hole)) ++hole;
  make_place(hole);
  for (std::size_t i = hole; i > place; --i) at(i) = at(i - 1);
  make_place(place) = record;
  // Who has not moved yet must stay before the cursor.
  const bool has_moved = (record.tag >= frontier_) == (motion_ == Motion::growing);
  if (motion_ == Motion::growing && !has_moved) cursor_ = std::max(cursor_, hole + 1);
  if (motion_ == Motion::shrinking && !has_moved) cursor_ = std::min(cursor_, place);
  return place;
}

/// Backward shift: no tombstones, so look-ups stay short for ever.
void Table::take_out(std::size_t place) {
  std::size_t hole = place;
  for (; is_taken(hole + 1) && home(at(hole + 1).tag) <= hole; ++hole) at(hole) = at(hole + 1);
  at(hole) = Record{};
  if (motion_ == Motion::shrinking && place < cursor_ && cursor_ <= hole) --cursor_;
}

/// Above four fifths full it grows to two thirds, below .62 it shrinks to three quarters: between
/// them is room to come and go.
void Table::begin_motion() {
  if (motion_ != Motion::none) return;
  if (live_ * 5 > high_ * 4) {
    motion_ = Motion::growing;
    high_ = live_ * 3 / 2 + kLeast;
    frontier_ = kAllTags;
    cursor_ = end();
  } else if (live_ * 100 < high_ * 62 && live_ * 4 / 3 + kLeast < high_) {
    motion_ = Motion::shrinking;
    low_ = live_ * 4 / 3 + kLeast;
    frontier_ = 0;
    cursor_ = 0;
  }
}

void Table::go_on() {
  for (std::size_t step = 0; step < kSteps && motion_ == Motion::growing; ++step) move_up();
  for (std::size_t step = 0; step < kSteps && motion_ == Motion::shrinking; ++step) move_down();
}

/// One place of growing. All with the last tag that has not moved go to their new home: they lie
/// side by side, and nobody between there and here is left behind.
void Table::move_up() {
  if (cursor_ == 0) return settle();
  --cursor_;
  if (!is_taken(cursor_) || at(cursor_).tag >= frontier_) return;
  const std::uint32_t tag = at(cursor_).tag;
  frontier_ = tag;
  for (std::size_t place = cursor_; is_taken(place) && at(place).tag == tag; --place) {
    if (home(tag) > place) {
      put(at(place));
      take_out(place);
    }
    if (place == 0) return;
  }
}

/// One place of shrinking: all with the first tag that has not moved.
void Table::move_down() {
  if (cursor_ >= end()) return settle();
  const std::size_t place = cursor_++;
  if (!is_taken(place) || at(place).tag < frontier_) return;
  const std::uint32_t tag = at(place).tag;
  frontier_ = std::uint64_t{tag} + 1;
  for (std::size_t from = place; is_taken(from) && at(from).tag == tag;) {
    if (home(tag) == from || is_taken(from - 1)) {
      ++from;
      continue;
    }
    const Record moved = at(from);
    take_out(from);
    put(moved);
  }
}

/// All have moved: one home for each tag again. Pages behind the last record go back.
void Table::settle() {
  if (motion_ == Motion::growing) low_ = high_;
  high_ = low_;
  motion_ = Motion::none;
  const auto is_unused = [](const Record* page) {
    return page == nullptr ||
           std::all_of(page, page + kPage, [](const Record& record) { return record.tag == 0; });
  };
  while (!pages_.empty() && is_unused(pages_.back())) {
    if (pages_.back() != nullptr) pieces_.give_back(pages_.back());
    pages_.pop_back();
  }
}

}  // namespace aisle::session
