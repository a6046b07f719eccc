#include "aisle/retrieve/pair_visitors.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::retrieve {
namespace {

// Steps within a session that still make a pair here. What a robot's endless session would count
// beyond it is not counted, so the session is cut there.
constexpr std::size_t kReach = 64;

/// The pairs that enough visitors met, as sorted rows: those of i with greater numbers.
struct Met {
  std::vector<std::size_t> offsets{0};
  std::vector<ItemId> items;

  [[nodiscard]] bool has(ItemId a, ItemId b) const {
    if (value_of(b) < value_of(a)) std::swap(a, b);
    const auto row = std::span(items).subspan(offsets[value_of(a)],
                                              offsets[value_of(a) + 1] - offsets[value_of(a)]);
    return std::ranges::binary_search(row, b);
  }
};

Met pairs_met(const SessionIndexData& index, std::size_t k_anonymity) {
  const SessionIndexView view = index.view();
  ItemScores visitors;
  Met met;
  for (std::uint32_t i = 0; i < view.item_count(); ++i) {
    count_visitors(index, ItemId{i}, view.sessions_of(ItemId{i}), kReach, visitors);
    for (const ItemId other : visitors.touched()) {
      if (value_of(other) > i && visitors.score(other) >= static_cast<double>(k_anonymity))
        met.items.push_back(other);
    }
    std::sort(met.items.begin() + static_cast<std::ptrdiff_t>(met.offsets.back()), met.items.end());
    met.offsets.push_back(met.items.size());
  }
  return met;
}

}  // namespace

void check_visitors(std::size_t visitors, std::size_t sessions, std::size_t k_anonymity) {
  if (visitors == sessions) return;
  throw ConfigError("k_anonymity=" + std::to_string(k_anonymity) +
                    " needs the visitor of each of " + std::to_string(sessions) +
                    " sessions, got " + std::to_string(visitors));
}

void count_visitors(const SessionIndexData& index, ItemId item,
                    std::span<const std::uint32_t> sessions, std::size_t distance,
                    ItemScores& visitors) {
  const SessionIndexView view = index.view();
  std::vector<std::uint32_t> order(sessions.begin(), sessions.end());
  std::ranges::sort(order, {}, [&](std::uint32_t z) { return index.visitor[z]; });
  visitors.begin(view.item_count());
  std::uint32_t mark = 0;
  for (std::size_t s = 0; s < order.size(); ++s) {
    if (s == 0 || index.visitor[order[s]] != index.visitor[order[s - 1]]) ++mark;
    const auto items = view.session(order[s]);
    for (std::size_t at = 0; at < items.size(); ++at) {
      if (items[at] != item) continue;
      const std::size_t from = at >= distance ? at - distance : 0;
      const std::size_t to = std::min(items.size(), at + distance + 1);
      for (std::size_t other = from; other < to; ++other) {
        if (items[other] != item) visitors.add_once(items[other], mark, 1.0);
      }
    }
  }
}

CutSessions cut_sessions(const SessionRows& rows, std::size_t item_count, std::size_t k_anonymity) {
  check_visitors(rows.session_visitor.size(), rows.session_count, k_anonymity);
  const Met met =
      pairs_met(build_session_index(rows, item_count, {.distinct_items = true}), k_anonymity);
  constexpr std::uint32_t kNone = 0xffffffff;
  std::vector<std::uint32_t> part_of(rows.session_count, kNone);  // the newest part of each session
  std::vector<std::vector<ItemId>> items;                         // of each such part
  std::vector<std::uint32_t> whole;  // of each part: the session it is of
  items.resize(rows.session_count);
  CutSessions cut;
  cut.session.reserve(rows.session.size());
  for (std::size_t row = 0; row < rows.session.size(); ++row) {
    const std::uint32_t session = rows.session[row];
    const ItemId item = rows.item[row];
    auto& before = items[session];
    const bool is_in = std::ranges::find(before, item) != before.end();
    const bool fits =
        part_of[session] != kNone &&
        (is_in || std::ranges::all_of(before, [&](ItemId other) { return met.has(item, other); }));
    if (!fits) {
      part_of[session] = static_cast<std::uint32_t>(whole.size());
      whole.push_back(session);
      before.clear();
    }
    if (!is_in || !fits) before.push_back(item);
    cut.session.push_back(part_of[session]);
  }
  // Parts of one session stand in their order, where the session stood.
  std::vector<std::uint32_t> order(whole.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t part) {
    return rows.session_rank.empty() ? whole[part] : rows.session_rank[whole[part]];
  });
  cut.rank.resize(whole.size());
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) cut.rank[order[rank]] = rank;
  return cut;
}

}  // namespace aisle::retrieve
