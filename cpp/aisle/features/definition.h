#pragma once

/// Which features there are: one list for training and for serving.
///
/// Data path   fit -> [definition] -> store, table
/// Threads     values
/// Ownership   owns its texts
/// Cost        read once, when a store is made of it

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/base/event.h"

namespace aisle::features {

/// The numbers are part of the bundle format: append, never reorder.
enum class Kind : std::uint8_t {
  count,           ///< Events within a window.
  decayed,         ///< Events, each half as much after every half-life.
  rate,            ///< Events for each other event, with a prior.
  affinity,        ///< The share of the visitor's events that are of the item's value.
  price_affinity,  ///< How far the item's price lies from those the visitor turned to.
  recency,         ///< Seconds since the last event.
  session_count,   ///< Events of the running session.
  sessions,        ///< Sessions of the visitor.
  hour,            ///< Of the day, 0 to 23.
  weekday,         ///< Monday 0 to Sunday 6.
};
inline constexpr std::size_t kKinds = 10;

/// Whose events are counted. The numbers are part of the bundle format.
enum class Of : std::uint8_t {
  item,
  value,  ///< Of the items that share the item's value of a column.
  visitor,
  visitor_item,  ///< The visitor's with this item; for recency alone.
};
inline constexpr std::size_t kOfs = 4;

/// Event types as bits: type t is bit t.
using TypeMask = std::uint16_t;
[[nodiscard]] constexpr TypeMask mask_of(EventType type) noexcept {
  return static_cast<TypeMask>(1U << static_cast<unsigned>(type));
}
inline constexpr TypeMask kAllTypes = (1U << kEventTypes) - 1;
/// The types that show interest.
inline constexpr TypeMask kInterest = mask_of(EventType::view) | mask_of(EventType::cart) |
                                      mask_of(EventType::purchase) | mask_of(EventType::click) |
                                      mask_of(EventType::like);

struct Feature {
  std::string name{};
  Kind kind = Kind::count;
  Of of = Of::item;
  std::string column{};        ///< Of a value or an affinity.
  TypeMask types = kInterest;  ///< What is counted.
  TypeMask per = 0;            ///< Of a rate: for each of these.
  Timestamp window = 0;        ///< Counts have one, a rate has this or the next.
  Timestamp half_life = 0;
  double prior_mean = 0.0;      ///< Of rates and affinities; the spread of price_affinity.
  double prior_weight = 0.0;    ///< So many events are believed before the first comes.
  std::int32_t utc_offset = 0;  ///< Minutes east of UTC, of hour and weekday.

  bool operator==(const Feature&) const = default;
};

/// What lasts of a visitor beside the running session, and how far each of the two is believed.
struct ProfileOptions {
  std::vector<std::string> columns{};  ///< Empty: no profile.
  TypeMask types = kInterest;
  Timestamp half_life = 28 * kDay;  ///< Of what lasts.
  double intent_events = 3.0;       ///< So many events of a session weigh as much as the past.
  Timestamp intent_half_life = 30 * kMinute;  ///< Of the session's weight, since its last event.

  bool operator==(const ProfileOptions&) const = default;
};

struct Definition {
  std::vector<Feature> features{};
  ProfileOptions profile{};
  Timestamp session_gap = 30 * kMinute;              ///< A longer pause begins a new session.
  Timestamp time_to_live = 180 * kDay;               ///< A visitor idle for longer begins anew.
  std::size_t memory_limit = std::size_t{1} << 30U;  ///< Bytes of visitors; the idlest go first.
  std::size_t max_values = 64;  ///< A visitor's values of one column; 1 to 4096.
  std::size_t max_items = 64;   ///< A visitor's items for recency; 1 to 4096.

  /// @throws ConfigError naming the feature, the field and the value it had.
  void validate() const;
  /// All columns that features and profile name, each once, in the order of their first mention.
  [[nodiscard]] std::vector<std::string> columns() const;
  /// Whether both count the same: `memory_limit` may differ.
  [[nodiscard]] bool counts_as(const Definition& other) const;

  bool operator==(const Definition&) const = default;
};

[[nodiscard]] std::string_view name_of(Kind kind) noexcept;

}  // namespace aisle::features
