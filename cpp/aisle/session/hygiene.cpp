#include "aisle/session/hygiene.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"

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

void HygieneLimits::validate() const {
  const auto refuse = [](const char* rule, const std::string& value) {
    throw ConfigError(std::string(rule) + ", got " + value);
  };
  if (burst <= 0) refuse("burst must be positive (microseconds)", std::to_string(burst));
  if (dwell <= 0) refuse("dwell must be positive (microseconds)", std::to_string(dwell));
  if (!(regularity > 0.0)) refuse("regularity must be above 0", std::to_string(regularity));
  if (session_acts < 2 || session_acts > kMostActs)
    refuse("session_acts must be between 2 and 1000000", std::to_string(session_acts));
}

void Hygiene::seen(const Event& event, const Tail& tail, const Appended& appended) noexcept {
  seen_late(event, appended);
  if (appended.is_new_session) add(sessions_);
  if (tail.count == kPauses) judge(event, tail);
}

void Hygiene::seen_late(const Event& event, const Appended& appended) noexcept {
  add(types_[static_cast<std::size_t>(event.type)]);
  if (appended.is_second) add(second_events_);
  if (appended.act == limits_.session_acts) add(huge_sessions_);
  if (appended.impression == Impression::none) add(lonely_clicks_);
  if (appended.impression == Impression::fresh) add(clicked_impressions_);
}

void Hygiene::seen_outcome(bool has_slate, bool is_first_click) noexcept {
  add(outcomes_);
  if (!has_slate) add(lonely_outcomes_);
  if (is_first_click) add(clicked_slates_);
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
  found.huge_sessions = read(huge_sessions_);
  found.bot_events = read(bot_events_);
  found.bursts = read(bursts_);
  found.no_dwell = read(no_dwell_);
  found.regular = read(regular_);
  found.unknown_items = read(unknown_items_);
  found.clicks_without_impressions = read(lonely_clicks_);
  found.clicked_impressions = read(clicked_impressions_);
  found.clicked_slates = read(clicked_slates_);
  found.slates = std::max(read(slates_), found.clicked_slates);
  found.outcomes_without_slates = read(lonely_outcomes_);
  found.outcomes = std::max(read(outcomes_), found.outcomes_without_slates);
  return found;
}

}  // namespace aisle::session
