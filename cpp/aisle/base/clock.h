#pragma once

/// A clock that only goes on.
///
/// Data path   the system's clock -> [clock] -> the time of events that come without one
/// Threads     any; one atomic
/// Ownership   owns the newest time that it told
/// Cost        one exchange

#include <algorithm>
#include <atomic>

#include "aisle/base/ids.h"

namespace aisle {

/// Where the system's clock is set back, events would seem to be late and be refused. This one
/// counts on from the newest time that it told until the system's has caught up.
class ForwardClock {
 public:
  /// The time to tell when the system says `wall`: later than every one before.
  Timestamp tell(Timestamp wall) noexcept {
    Timestamp last = last_.load(std::memory_order_relaxed);
    Timestamp now = 0;
    do {
      now = std::max(wall, last + 1);
    } while (!last_.compare_exchange_weak(last, now, std::memory_order_relaxed));
    return now;
  }

  /// Goes on from a time that an earlier process told, where the system's clock is behind it by more
  /// than `least`: it was set back. By more than `most` it is that time that was wrong.
  void go_on_from(Timestamp told, Timestamp wall, Timestamp least, Timestamp most) noexcept {
    if (told > wall + least && told <= wall + most) tell(told);
  }

 private:
  std::atomic<Timestamp> last_{0};
};

}  // namespace aisle
