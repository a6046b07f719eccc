#pragma once

/// One thing a visitor did.
///
/// Data path   hygiene -> [event] -> session -> learn
/// Threads     value
/// Ownership   value
/// Cost        24 bytes

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "aisle/base/ids.h"

namespace aisle {

/// The numbers are part of the bundle format: append, never reorder.
enum class EventType : std::uint8_t {
  view,
  cart,
  remove_from_cart,
  purchase,
  refund,
  search,
  impression,
  click,
  like,
  dislike,
  own,  ///< Has it already, bought elsewhere or as a gift.
};
inline constexpr std::size_t kEventTypes = 11;

inline constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();

struct Event {
  Timestamp time = 0;
  ItemId item = kNoItem;
  float value = kNoValue;  ///< price, rating or quantity, as the shop means it; NaN when absent
  EventType type = EventType::view;
};

/// Events that say "the visitor turned to this item" (and so continue the session's thread).
[[nodiscard]] constexpr bool shows_interest(EventType type) noexcept {
  return type == EventType::view || type == EventType::cart || type == EventType::purchase ||
         type == EventType::click || type == EventType::like;
}

}  // namespace aisle
