#pragma once

/// Events with the shop's own ids: one, or a log of them in columns.
///
/// Data path   caller -> [log] -> observe, replay
/// Threads     values
/// Ownership   borrows ids and columns for the call
/// Cost        none

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "aisle/base/event.h"
#include "aisle/catalog/dictionary.h"

namespace aisle::engine {

/// One event with the shop's ids.
struct RawEvent {
  std::string_view visitor;
  std::string_view item;
  EventType type = EventType::view;
  Timestamp time = 0;
  float value = kNoValue;
  std::string_view event_id;  ///< Empty: none. The same id again is a duplicate.
  std::string_view session;   ///< Empty: sessions are cut at pauses.
  bool has_consent = true;    ///< Without it nothing is kept and nothing learned.
};

/// @throws DataError for an id that is empty, too long or not UTF-8.
void check_visitor(std::string_view id);

/// A log in columns, with the dictionaries of its ids.
struct LogColumns {
  std::span<const std::uint32_t> visitor;
  std::span<const std::uint32_t> item;
  std::span<const std::uint32_t> session;  ///< Empty: none.
  std::span<const Timestamp> time;
  std::span<const std::uint8_t> type;
  std::span<const float> value;             ///< Empty: none.
  std::span<const std::uint8_t> consent;    ///< 0: none was given. Empty: all gave it.
  std::span<const std::uint32_t> event_id;  ///< Number in `event_ids`, or kNoId. Empty: none.
  const catalog::Dictionary* visitors = nullptr;
  const catalog::Dictionary* items = nullptr;
  const catalog::Dictionary* sessions = nullptr;
  const catalog::Dictionary* event_ids = nullptr;

  static constexpr std::uint32_t kNoId = 0xffffffffU;

  [[nodiscard]] bool has_consent(std::size_t row) const noexcept {
    return consent.empty() || consent[row] != 0;
  }
  /// The id of a row's event; empty where it has none.
  [[nodiscard]] std::string_view event_id_of(std::size_t row) const {
    return event_id.empty() || event_id[row] == kNoId ? std::string_view{}
                                                      : event_ids->name(event_id[row]);
  }
  /// @throws ConfigError when columns differ in length or a number has no id.
  void validate() const;
  /// The event of a row; its views live as long as the dictionaries. False when it has no item.
  [[nodiscard]] bool event(std::size_t row, RawEvent& event) const;
};

}  // namespace aisle::engine
