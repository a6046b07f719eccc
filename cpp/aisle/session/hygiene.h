#pragma once

/// What a stream of events looks like while it is served: the counters of `aisle.check`.
///
/// Data path   observe -> session -> [hygiene]
/// Threads     counters are atomics; seen() and counts() from any thread
/// Ownership   owns its counters; keeps nothing of a visitor
/// Cost        seen() a few nanoseconds, after ten events of a session a look at their times

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "aisle/base/event.h"
#include "aisle/session/session_store.h"

namespace aisle::session {

/// A session's newest events that no person makes, judged over Tail::kLength of them and the new
/// one. The rates are those of Python's aisle.hygiene.Limits, which gives them their names.
struct HygieneLimits {
  Timestamp burst = 2'500'000;       ///< Eleven events within less: forty in ten seconds.
  Timestamp dwell = 1'000'000;       ///< A median pause below this: nobody reads.
  double regularity = 0.1;           ///< Deviation of the pauses over their mean: a machine's.
  std::uint32_t session_acts = 500;  ///< A session with as many is no person's. 2 to kMostActs.

  static constexpr std::uint32_t kMostActs = 1'000'000;

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

struct HygieneCounts {
  std::array<std::uint64_t, kEventTypes> types{};  ///< Events that were taken in, by type.
  std::uint64_t sessions = 0;                      ///< Sessions that began.
  std::uint64_t one_event_sessions = 0;            ///< Of these, without a second event so far.
  std::uint64_t huge_sessions = 0;                 ///< That came to `session_acts`.
  std::uint64_t bot_events = 0;                    ///< Events of a machine, by any rule.
  std::uint64_t bursts = 0, no_dwell = 0, regular = 0;  ///< The same by the rule; they overlap.
  std::uint64_t unknown_items = 0;                      ///< Items that an event named first.
  std::uint64_t clicks_without_impressions = 0;         ///< On what neither event nor slate showed.
  std::uint64_t clicked_impressions = 0;                ///< Impressions that got a click.
  std::uint64_t slates = 0, clicked_slates = 0;         ///< That were kept; that got an outcome.
  std::uint64_t outcomes = 0, outcomes_without_slates = 0;  ///< Told; of a slate not kept.
};

class Hygiene {
 public:
  Hygiene() = default;
  /// @throws ConfigError when a limit does not hold.
  explicit Hygiene(const HygieneLimits& limits) : limits_(limits) { limits_.validate(); }

  /// Counts an event that was taken in; `tail` holds those of its session before it.
  void seen(const Event& event, const Tail& tail, const Appended& appended) noexcept;
  /// The same of one that came late: its pauses were judged without it.
  void seen_late(const Event& event, const Appended& appended) noexcept;
  /// A slate that was kept for outcomes, and what was told of one. `is_first_click`: of its slate.
  void seen_slate() noexcept { slates_.fetch_add(1, std::memory_order_relaxed); }
  void seen_outcome(bool has_slate, bool is_first_click) noexcept;
  void seen_new_item() noexcept { unknown_items_.fetch_add(1, std::memory_order_relaxed); }

  [[nodiscard]] HygieneCounts counts() const noexcept;

 private:
  using Counter = std::atomic<std::uint64_t>;
  void judge(const Event& event, const Tail& tail) noexcept;

  HygieneLimits limits_;
  std::array<Counter, kEventTypes> types_{};
  Counter sessions_{0}, second_events_{0}, bot_events_{0};
  Counter bursts_{0}, no_dwell_{0}, regular_{0}, unknown_items_{0}, huge_sessions_{0};
  Counter lonely_clicks_{0}, clicked_impressions_{0};
  Counter slates_{0}, clicked_slates_{0}, outcomes_{0}, lonely_outcomes_{0};
};

}  // namespace aisle::session
