#pragma once

/// A log as NumPy columns, on its way into a model.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "aisle/base/error.h"
#include "aisle/base/event.h"
#include "aisle/retrieve/session_index.h"
#include "bindings.h"
#include "numpy_views.h"

namespace aisle::bindings {

inline std::span<const EventType> event_types_of(const In<std::uint8_t>& types) {
  const auto codes = view(types);
  if (std::ranges::any_of(codes, [](std::uint8_t code) { return code >= kEventTypes; }))
    throw ConfigError("there is no such type of event");
  return {reinterpret_cast<const EventType*>(codes.data()), codes.size()};
}

/// Keeps the columns; a session has a rank (which of two is newer) and may have a visitor.
struct LogColumns {
  In<std::uint32_t> session;
  In<std::uint32_t> item;
  In<std::int64_t> time;
  In<std::uint32_t> rank;
  std::size_t item_count = 0;
  std::optional<In<std::uint8_t>> types;
  std::optional<In<std::uint32_t>> visitors;

  [[nodiscard]] retrieve::SessionRows rows() const {
    retrieve::SessionRows rows{.session = view(session),
                               .item = items_of(item),
                               .time = view(time),
                               .type = {},
                               .session_count = static_cast<std::size_t>(rank.size()),
                               .session_rank = view(rank)};
    if (types) rows.type = event_types_of(*types);
    if (visitors) rows.session_visitor = view(*visitors);
    return rows;
  }
};

}  // namespace aisle::bindings
