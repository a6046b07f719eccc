// Sessions of two logs as one, and sessions that were saved: what the index of them is made of anew.

#include <algorithm>
#include <functional>
#include <limits>
#include <string>

#include "aisle/base/error.h"
#include "aisle/retrieve/session_index.h"

namespace aisle::retrieve {

SessionIndexData merge_session_indexes(const SessionIndexData& earlier,
                                       const SessionIndexData& later, std::size_t item_count,
                                       const SessionIndexOptions& options) {
  const auto alike = [](bool has_it, bool other_has_it, const char* column) {
    if (has_it != other_has_it)
      throw ConfigError(std::string("one of the two logs has no ") + column);
  };
  const bool both_full = !earlier.items.empty() && !later.items.empty();
  if (both_full) {
    alike(earlier.types.empty(), later.types.empty(), "types of events");
    alike(earlier.seconds.empty(), later.seconds.empty(), "times of events");
    alike(earlier.visitor.empty(), later.visitor.empty(), "visitors of sessions");
  }
  if (item_count < earlier.item_rows.size())
    throw ConfigError("item_count must not be smaller than that of the earlier index");
  if (earlier.items.size() + later.items.size() >= std::numeric_limits<std::uint32_t>::max())
    throw ConfigError("a session index holds at most 4,294,967,294 events");
  std::uint32_t first_order = 0;
  for (const std::uint32_t order : earlier.order) first_order = std::max(first_order, order + 1);
  SessionIndexData index;
  index.offsets.push_back(0);
  const auto take = [&](const SessionIndexData& from, std::size_t z, std::uint32_t order) {
    const auto copy = [&](const auto& column, auto& to) {
      if (!column.empty())
        to.insert(to.end(), column.begin() + from.offsets[z], column.begin() + from.offsets[z + 1]);
    };
    copy(from.items, index.items);
    copy(from.types, index.types);
    copy(from.seconds, index.seconds);
    index.offsets.push_back(static_cast<std::uint32_t>(index.items.size()));
    index.last_time.push_back(from.last_time[z]);
    index.order.push_back(from.order[z] + order);
    if (!from.visitor.empty()) index.visitor.push_back(from.visitor[z]);
  };
  std::size_t a = 0;
  std::size_t b = 0;
  while (a < earlier.last_time.size() || b < later.last_time.size()) {
    const bool takes_earlier =
        b == later.last_time.size() ||
        (a < earlier.last_time.size() && earlier.last_time[a] <= later.last_time[b]);
    if (takes_earlier) {
      take(earlier, a++, 0);
    } else {
      take(later, b++, first_order);
    }
  }
  complete_session_index(index, item_count, options);
  return index;
}

SessionIndexData restore_session_index(SessionIndexData sessions, std::size_t item_count,
                                       const SessionIndexOptions& options) {
  const auto require = [](bool holds, const char* array) {
    if (!holds)
      throw BundleError(std::string("the sessions are damaged: array ") + array + " does not hold");
  };
  const std::size_t rows = sessions.items.size();
  const auto& offsets = sessions.offsets;
  require(!offsets.empty() && offsets.front() == 0 && offsets.back() == rows &&
              std::ranges::adjacent_find(offsets, std::greater_equal{}) == offsets.end(),
          "offsets");
  const std::size_t count = offsets.size() - 1;
  require(
      std::ranges::all_of(sessions.items, [&](ItemId item) { return value_of(item) < item_count; }),
      "items");
  require(sessions.last_time.size() == count && std::ranges::is_sorted(sessions.last_time),
          "last_time");
  constexpr Timestamp kFarthest = Timestamp{1} << 61;  // ages are differences: they must not wrap
  require(count == 0 ||
              (sessions.last_time.front() > -kFarthest && sessions.last_time.back() < kFarthest),
          "last_time");
  require(sessions.order.size() == count, "order");
  require(sessions.visitor.empty() || sessions.visitor.size() == count, "visitor");
  require(sessions.types.empty() ||
              (sessions.types.size() == rows &&
               std::ranges::all_of(
                   sessions.types,
                   [](EventType type) { return static_cast<std::size_t>(type) < kEventTypes; })),
          "types");
  require(sessions.seconds.empty() ||
              (sessions.seconds.size() == rows &&
               std::ranges::all_of(sessions.seconds, [](float s) { return s >= 0.0F; })),
          "seconds");
  complete_session_index(sessions, item_count, options);
  return sessions;
}

}  // namespace aisle::retrieve
