#pragma once

/// Strong ids and time.
///
/// Data path   everywhere
/// Threads     values
/// Ownership   values
/// Cost        none: each compiles to its integer

#include <cstdint>
#include <functional>
#include <limits>

namespace aisle {

/// A dense item number: the row of the item in every table of the core.
enum class ItemId : std::uint32_t {};
inline constexpr ItemId kNoItem{std::numeric_limits<std::uint32_t>::max()};

/// Microseconds since 1970-01-01 UTC.
using Timestamp = std::int64_t;
inline constexpr Timestamp kSecond = 1'000'000;
inline constexpr Timestamp kMinute = 60 * kSecond;
inline constexpr Timestamp kHour = 60 * kMinute;
inline constexpr Timestamp kDay = 24 * kHour;

[[nodiscard]] constexpr std::uint32_t value_of(ItemId item) noexcept {
  return static_cast<std::uint32_t>(item);
}
[[nodiscard]] constexpr bool is_known(ItemId item) noexcept { return item != kNoItem; }

}  // namespace aisle
