#include "aisle/retrieve/live_sessions.h"

#include <algorithm>
#include <bit>
#include <string>

#include "aisle/base/error.h"

namespace aisle::retrieve {

void LiveSessionsOptions::validate() const {
  if (!std::has_single_bit(sessions) || sessions < 16) {
    throw ConfigError("live_sessions must be a power of two of at least 16, got " +
                      std::to_string(sessions));
  }
  if (max_postings < 8) {
    throw ConfigError("max_postings must be at least 8, got " + std::to_string(max_postings));
  }
}

LiveSessions::LiveSessions(const LiveSessionsOptions& options) : options_(options) {
  options_.validate();
  slots_ = std::make_unique<Slot[]>(options_.sessions);
  visitors_ = std::make_unique<std::uint64_t[]>(options_.sessions);
  writers_ = std::make_unique<Writer[]>(kWriters);
  forgotten_ = std::make_unique<std::atomic<std::uint32_t>[]>(kForgotten);
  stripes_ = std::make_unique<Stripe[]>(kStripes);
}

LiveSessions::~LiveSessions() = default;

void LiveSessions::append(std::uint64_t number, ItemId item, const Owner& owner) {
  if (number != 0 && click(number, item, owner)) post(number, item);
}

/// Writers of a slot take turns: two sessions that a lap lies between never mix.
bool LiveSessions::click(std::uint64_t number, ItemId item, const Owner& owner) {
  const std::size_t place = number & (options_.sessions - 1);
  Slot& slot = slots_[place];
  const std::scoped_lock lock(writers_of(place));
  if (this->owner(owner.visitor).forgotten != owner.forgotten) return false;
  const std::uint64_t there = slot.number.load(std::memory_order_relaxed);
  if (there > number) return false;  // an old session, its slot long given to a newer one
  if (there < number) {
    // 0 first: a reader inside sees that the number changed and drops what it read.
    slot.number.store(0, std::memory_order_release);
    slot.count.store(0, std::memory_order_release);
    slot.number.store(number, std::memory_order_release);
    visitors_[place] = owner.visitor;
  }
  const std::uint32_t at = slot.count.load(std::memory_order_relaxed);
  if (at >= kMaxItems) return false;
  slot.items[at].store(item, std::memory_order_release);
  slot.count.store(at + 1, std::memory_order_release);
  return true;
}

void LiveSessions::post(std::uint64_t number, ItemId item) {
  Stripe& stripe = stripes_[value_of(item) % kStripes];
  const std::size_t row = value_of(item) / kStripes;
  const std::scoped_lock lock(stripe.mutex);
  if (stripe.of_item.size() <= row) {
    const std::size_t had = stripe.of_item.capacity();
    stripe.of_item.resize(std::max(row + 1, stripe.of_item.size() * 3 / 2));
    posting_bytes_.fetch_add((stripe.of_item.capacity() - had) * sizeof(Postings),
                             std::memory_order_relaxed);
  }
  Postings& postings = stripe.of_item[row];
  if (postings.next == postings.ring.size() && postings.ring.size() < options_.max_postings) {
    const std::size_t bigger =
        std::min(options_.max_postings, std::max<std::size_t>(8, 2 * postings.ring.size()));
    posting_bytes_.fetch_add((bigger - postings.ring.size()) * sizeof(std::uint64_t),
                             std::memory_order_relaxed);
    postings.ring.resize(bigger);  // zeros: no session
  }
  if (postings.next == postings.ring.size()) postings.next = 0;
  postings.ring[postings.next++] = number;
}

// The count is raised first: a click that still found the old one was written before its slot is
// looked at here, since both hold the lock of the slot.
void LiveSessions::forget(std::uint64_t visitor) {
  forgotten_[visitor % kForgotten].fetch_add(1, std::memory_order_release);
  for (std::size_t line = 0; line < options_.sessions; line += kLine) {
    const std::scoped_lock lock(writers_of(line));
    for (std::size_t place = line; place < line + kLine; ++place) {
      if (visitors_[place] == visitor) wipe(place);
    }
  }
}

void LiveSessions::wipe(std::size_t place) {
  visitors_[place] = 0;
  Slot& slot = slots_[place];
  slot.number.store(0, std::memory_order_release);
  slot.count.store(0, std::memory_order_release);
  for (auto& item : slot.items) item.store(kNoItem, std::memory_order_release);
}

std::size_t LiveSessions::sessions_of(ItemId item, std::span<std::uint64_t> out) const {
  const Stripe& stripe = stripes_[value_of(item) % kStripes];
  const std::size_t row = value_of(item) / kStripes;
  const std::scoped_lock lock(stripe.mutex);
  if (row >= stripe.of_item.size()) return 0;
  const Postings& postings = stripe.of_item[row];
  std::size_t found = 0;
  const std::size_t size = postings.ring.size();
  for (std::size_t step = 1; step <= size && found < out.size(); ++step) {
    const std::uint64_t number = postings.ring[(postings.next + size - step) % size];
    if (number == 0) break;  // not filled yet
    if (found == 0 || out[found - 1] != number) out[found++] = number;
  }
  return found;
}

std::size_t LiveSessions::session(std::uint64_t number,
                                  std::span<ItemId, kMaxItems> out) const noexcept {
  const Slot& slot = slots_[number & (options_.sessions - 1)];
  if (slot.number.load(std::memory_order_acquire) != number) return 0;
  const std::size_t count =
      std::min<std::size_t>(slot.count.load(std::memory_order_acquire), kMaxItems);
  for (std::size_t i = 0; i < count; ++i) out[i] = slot.items[i].load(std::memory_order_acquire);
  return slot.number.load(std::memory_order_relaxed) == number ? count : 0;
}

std::size_t LiveSessions::memory_bytes() const noexcept {
  return options_.sessions * (sizeof(Slot) + sizeof(visitors_[0])) + kWriters * sizeof(Writer) +
         kForgotten * sizeof(forgotten_[0]) + kStripes * sizeof(Stripe) +
         posting_bytes_.load(std::memory_order_relaxed);
}

}  // namespace aisle::retrieve
