#include "aisle/session/hygiene.h"

#include <algorithm>
#include <cmath>

namespace aisle::session {
namespace {

constexpr std::size_t kPauses = Tail::kLength;
constexpr double kLeastMean = 50'000;  // shorter pauses are bursts; a clock may round them to one

void add(std::atomic<std::uint64_t>& counter) noexcept {
  counter.fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t read(const std::atomic<std::uint64_t>& counter) noexcept {
  return counter.load(std::memory_order_relaxed);
}

}  // namespace

void Hygiene::seen(const Event& event, const Tail& tail, bool is_new_session) noexcept {
  add(types_[static_cast<std::size_t>(event.type)]);
  if (is_new_session) add(sessions_);
  if (!is_new_session && tail.count == 1) add(second_events_);
  if (tail.count == kPauses) judge(event, tail);
}

void Hygiene::seen_late(const Event& event) noexcept {
  add(types_[static_cast<std::size_t>(event.type)]);
}

void Hygiene::judge(const Event& event, const Tail& tail) noexcept {
  std::array<Timestamp, kPauses> pauses{};
  for (std::size_t i = 0; i + 1 < kPauses; ++i)
    pauses[i] = tail.events[i + 1].time - tail.events[i].time;
  pauses[kPauses - 1] = event.time - tail.events[kPauses - 1].time;
  // The lines of an order come at one instant and are one act of a person.
  if (std::ranges::count(pauses, Timestamp{0}) > static_cast<std::ptrdiff_t>(kPauses / 2)) return;
  double sum = 0.0;
  double squares = 0.0;
  for (const Timestamp pause : pauses) {
    sum += static_cast<double>(pause);
    squares += static_cast<double>(pause) * static_cast<double>(pause);
  }
  const double mean = sum / kPauses;
  const double deviation = std::sqrt(std::max(squares / kPauses - mean * mean, 0.0));
  const auto quick = static_cast<std::size_t>(
      std::ranges::count_if(pauses, [&](Timestamp pause) { return pause < limits_.dwell; }));
  const bool is_burst = sum < static_cast<double>(limits_.burst);
  const bool has_no_dwell = quick > kPauses / 2;
  const bool is_regular = mean > kLeastMean && deviation < limits_.regularity * mean;
  if (is_burst) add(bursts_);
  if (has_no_dwell) add(no_dwell_);
  if (is_regular) add(regular_);
  if (is_burst || has_no_dwell || is_regular) add(bot_events_);
}

HygieneCounts Hygiene::counts() const noexcept {
  HygieneCounts found;
  for (std::size_t i = 0; i < kEventTypes; ++i) found.types[i] = read(types_[i]);
  found.sessions = read(sessions_);
  const std::uint64_t second = read(second_events_);
  found.one_event_sessions = found.sessions - std::min(second, found.sessions);
  found.bot_events = read(bot_events_);
  found.bursts = read(bursts_);
  found.no_dwell = read(no_dwell_);
  found.regular = read(regular_);
  found.unknown_items = read(unknown_items_);
  return found;
}

}  // namespace aisle::session
