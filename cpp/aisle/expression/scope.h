#pragma once

/// What an expression may ask of a request beside the item.
///
/// Data path   request -> [scope] -> evaluation
/// Threads     values
/// Ownership   borrows everything for the request
/// Cost        none

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "aisle/base/event.h"

namespace aisle::expression {

/// A value with a name that the caller gives: context.store, or $limit.
struct Given {
  enum class Kind : std::uint8_t { null, number, flag, text, texts };
  std::string_view name;
  Kind kind = Kind::null;
  double number = std::numeric_limits<double>::quiet_NaN();  ///< Also of flags, 0 or 1.
  std::string_view text;
  std::span<const std::string_view> texts;
};

struct Scope {
  Timestamp now = 0;
  ItemId anchor = kNoItem;
  std::span<const Event> events;  ///< All that is kept of the visitor, oldest first.
  std::size_t session_begin = 0;  ///< The running session begins there.
  std::span<const Given> context;
  std::span<const Given> parameters;
};

}  // namespace aisle::expression
