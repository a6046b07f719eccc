#pragma once

/// What is counted in one row: counters side by side, each kind of them once.
///
/// Data path   definition -> [layout] -> tables
/// Threads     immutable once made; whoever has a row holds its lock
/// Ownership   owns the list of counters, borrows rows
/// Cost        count() a few ns for each counter of the event's type

#include <cstddef>
#include <cstdint>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/features/cells.h"
#include "aisle/features/definition.h"

namespace aisle::features {

struct Counter {
  enum class Kind : std::uint8_t {
    window,
    decay,
    last,
    session,   ///< Events of the running session.
    sessions,  ///< How many sessions began.
    moments,   ///< Weight, sum and sum of squares of a number, fading.
  };
  Kind kind = Kind::window;
  TypeMask types = 0;
  Timestamp span = 0;
  std::size_t place = 0;  ///< Its first word in the row.
};

class Layout {
 public:
  /// The place of such a counter, made where there is none yet.
  std::size_t add(Counter::Kind kind, TypeMask types, Timestamp span = 0);
  /// The place of a sum that count() leaves to the caller.
  std::size_t add_sum(Timestamp half_life);

  /// Takes an event in. `is_running`: it belongs to the running session. `amount` goes into moments
  /// where it is a number.
  void count(Word* row, EventType type, Timestamp time, bool is_running = false,
             double amount = kNoAmount) const noexcept;
  void begin_session(Word* row) const noexcept;
  /// The running session is over: its counts are none.
  void end_session(Word* row) const noexcept;
  /// Counter by counter the greater: both saw a part of the same events.
  void take_greater(Word* row, const Word* other) const noexcept;
  /// Counter by counter the sum: the two saw no event together.
  void join(Word* row, const Word* other) const noexcept;
  /// Whether the words can be a row.
  [[nodiscard]] bool holds(const Word* row) const noexcept;

  [[nodiscard]] std::size_t words() const noexcept { return words_; }
  [[nodiscard]] bool counts(EventType type) const noexcept { return (types_ & mask_of(type)) != 0; }

  static constexpr double kNoAmount = std::numeric_limits<double>::quiet_NaN();

 private:
  std::vector<Counter> counters_;
  std::size_t words_ = 0;
  TypeMask types_ = 0;
};

}  // namespace aisle::features
