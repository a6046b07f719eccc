#pragma once

// A log in columns of its own, for tests.

#include <cstdint>
#include <utility>
#include <vector>

#include "aisle/models/session_model.h"
#include "aisle/retrieve/session_index.h"

namespace aisle::models {

struct SmallLog {
  std::vector<std::uint32_t> session;
  std::vector<ItemId> item;
  std::vector<Timestamp> time;
  std::uint32_t sessions = 0;

  /// Each list is a session, a second a click, from second `begin` on.
  explicit SmallLog(const std::vector<std::vector<std::uint32_t>>& lists, Timestamp begin = 0) {
    for (const auto& list : lists) {
      for (const std::uint32_t i : list) {
        session.push_back(sessions);
        item.push_back(ItemId{i});
        time.push_back(kSecond * begin++);
      }
      ++sessions;
    }
  }
  [[nodiscard]] retrieve::SessionRows rows() const {
    return {.session = session,
            .item = item,
            .time = time,
            .type = {},
            .session_count = sessions,
            .session_rank = {}};
  }
};

/// The best items of a session with their scores, by their numbers.
inline std::vector<std::pair<std::uint32_t, double>> best(const SessionModel& model,
                                                          const std::vector<std::uint32_t>& list) {
  std::vector<ItemId> session;
  for (const std::uint32_t i : list) session.push_back(ItemId{i});
  Workspace work;
  model.score({.items = session}, work);
  work.scores().top(100, work.best);
  std::vector<std::pair<std::uint32_t, double>> found;
  for (const auto& one : work.best) found.emplace_back(value_of(one.item), one.score);
  return found;
}

}  // namespace aisle::models
