#include "aisle/retrieve/session_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "aisle/base/error.h"

namespace aisle::retrieve {
namespace {

/// Rows by session, and inside a session by time; rows of equal time keep their order.
struct Grouped {
  std::vector<std::uint32_t> begin;  // of each session in `row`; one more than sessions
  std::vector<std::uint32_t> row;
};

Grouped group(const SessionRows& rows) {
  Grouped grouped;
  grouped.begin.assign(rows.session_count + 1, 0);
  for (std::size_t i = 0; i < rows.session.size(); ++i) {
    if (is_known(rows.item[i])) ++grouped.begin[rows.session[i] + 1];
  }
  std::partial_sum(grouped.begin.begin(), grouped.begin.end(), grouped.begin.begin());
  grouped.row.resize(grouped.begin.back());
  std::vector<std::uint32_t> next(grouped.begin.begin(), grouped.begin.end() - 1);
  for (std::uint32_t i = 0; i < rows.session.size(); ++i) {
    if (is_known(rows.item[i])) grouped.row[next[rows.session[i]]++] = i;
  }
  for (std::size_t s = 0; s < rows.session_count; ++s) {
    const auto first = grouped.row.begin() + grouped.begin[s];
    const auto last = grouped.row.begin() + grouped.begin[s + 1];
    std::stable_sort(first, last,
                     [&](std::uint32_t a, std::uint32_t b) { return rows.time[a] < rows.time[b]; });
  }
  return grouped;
}

void check(const SessionRows& rows, std::size_t item_count) {
  const std::size_t n = rows.session.size();
  if (rows.item.size() != n || rows.time.size() != n ||
      (!rows.type.empty() && rows.type.size() != n)) {
    throw ConfigError("session, item, time and type must have one length, got " +
                      std::to_string(n) + ", " + std::to_string(rows.item.size()) + " and " +
                      std::to_string(rows.time.size()));
  }
  if (n >= std::numeric_limits<std::uint32_t>::max()) {
    throw ConfigError("a session index holds at most 4,294,967,294 events, got " +
                      std::to_string(n));
  }
  if (!rows.session_rank.empty() && rows.session_rank.size() != rows.session_count) {
    throw ConfigError("session_rank must have one entry for each session");
  }
  if (!rows.session_visitor.empty() && rows.session_visitor.size() != rows.session_count) {
    throw ConfigError("session_visitor must have one entry for each session");
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (rows.session[i] >= rows.session_count ||
        (is_known(rows.item[i]) && value_of(rows.item[i]) >= item_count)) {
      throw ConfigError("row " + std::to_string(i) + " has a session or item number out of range");
    }
  }
}

/// Where repeats do not count, a session ends with the last item that was new to it.
std::vector<Timestamp> ends_of(const SessionRows& rows, const Grouped& grouped, bool distinct_items,
                               std::size_t item_count) {
  std::vector<Timestamp> ends(rows.session_count, 0);
  std::vector<std::uint32_t> seen_in(item_count, 0);  // session + 1
  for (std::uint32_t s = 0; s < rows.session_count; ++s) {
    for (std::uint32_t at = grouped.begin[s]; at < grouped.begin[s + 1]; ++at) {
      std::uint32_t& seen = seen_in[value_of(rows.item[grouped.row[at]])];
      if (!distinct_items || seen != s + 1) ends[s] = rows.time[grouped.row[at]];
      seen = s + 1;
    }
  }
  return ends;
}

/// Non-empty sessions from the one that ended first to the one that ended last.
std::vector<std::uint32_t> by_end(const SessionRows& rows, const Grouped& grouped,
                                  std::span<const Timestamp> ends) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t s = 0; s < rows.session_count; ++s) {
    if (grouped.begin[s] != grouped.begin[s + 1]) order.push_back(s);
  }
  const auto rank = [&](std::uint32_t s) {
    return rows.session_rank.empty() ? s : rows.session_rank[s];
  };
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return ends[a] != ends[b] ? ends[a] < ends[b] : rank(a) < rank(b);
  });
  return order;
}

void fill_sessions(const SessionRows& rows, const Grouped& grouped,
                   const SessionIndexOptions& options, std::size_t item_count,
                   SessionIndexData& index) {
  std::vector<std::uint32_t> seen_in(item_count, 0);  // session + 1
  index.offsets.push_back(0);
  const auto ends = ends_of(rows, grouped, options.distinct_items, item_count);
  for (const std::uint32_t s : by_end(rows, grouped, ends)) {
    const Timestamp first = rows.time[grouped.row[grouped.begin[s]]];
    std::uint32_t first_row = grouped.row[grouped.begin[s]];
    for (std::uint32_t at = grouped.begin[s]; at < grouped.begin[s + 1]; ++at) {
      const std::uint32_t row = grouped.row[at];
      first_row = std::min(first_row, row);
      std::uint32_t& seen = seen_in[value_of(rows.item[row])];
      if (options.distinct_items && seen == s + 1) continue;
      seen = s + 1;
      index.items.push_back(rows.item[row]);
      if (!rows.type.empty()) index.types.push_back(rows.type[row]);
      if (options.keep_times)
        index.seconds.push_back(
            static_cast<float>(static_cast<double>(rows.time[row] - first) / kSecond));
    }
    index.offsets.push_back(static_cast<std::uint32_t>(index.items.size()));
    index.last_time.push_back(ends[s]);
    index.order.push_back(first_row);
    if (!rows.session_visitor.empty()) index.visitor.push_back(rows.session_visitor[s]);
  }
}

/// How many rows and sessions each item has, and how many items each session.
void count_items(std::size_t item_count, SessionIndexData& index) {
  index.item_rows.assign(item_count, 0);
  index.item_sessions.assign(item_count, 0);
  index.distinct.clear();
  std::vector<std::uint32_t> seen_in(item_count, 0);  // session + 1
  for (std::uint32_t z = 0; z + 1 < index.offsets.size(); ++z) {
    std::uint32_t distinct = 0;
    for (std::uint32_t at = index.offsets[z]; at < index.offsets[z + 1]; ++at) {
      const std::size_t i = value_of(index.items[at]);
      const bool is_first = seen_in[i] != z + 1;
      seen_in[i] = z + 1;
      distinct += is_first ? 1 : 0;
      index.item_sessions[i] += is_first ? 1 : 0;
      ++index.item_rows[i];
    }
    index.distinct.push_back(static_cast<std::uint16_t>(std::min<std::uint32_t>(distinct, 0xffff)));
  }
  index.row_count = index.items.size();
}

/// The longest session that still gets postings.
std::size_t length_limit(const SessionIndexData& index, double quantile) {
  if (quantile >= 1.0 || index.distinct.empty()) return std::numeric_limits<std::size_t>::max();
  std::vector<std::uint32_t> lengths(index.distinct.size());
  for (std::size_t z = 0; z < lengths.size(); ++z)
    lengths[z] = index.offsets[z + 1] - index.offsets[z];
  const auto at = static_cast<std::ptrdiff_t>(quantile * static_cast<double>(lengths.size() - 1));
  std::ranges::nth_element(lengths, lengths.begin() + at);
  return lengths[static_cast<std::size_t>(at)];
}

/// Walks the sessions from the newest, so that a full posting list holds the newest sessions.
void fill_postings(const SessionIndexOptions& options, SessionIndexData& index) {
  const std::size_t item_count = index.item_rows.size();
  const std::size_t cap =
      options.max_postings == 0 ? std::numeric_limits<std::size_t>::max() : options.max_postings;
  const std::size_t longest = length_limit(index, options.longest_quantile);
  index.posting_offsets.assign(item_count + 1, 0);
  for (std::size_t i = 0; i < item_count; ++i) {
    index.posting_offsets[i + 1] =
        index.posting_offsets[i] +
        static_cast<std::uint32_t>(std::min<std::size_t>(index.item_sessions[i], cap));
  }
  index.postings.assign(index.posting_offsets.back(), 0);
  std::vector<std::uint32_t> used(item_count, 0);
  const auto session_count = static_cast<std::uint32_t>(index.distinct.size());
  for (std::uint32_t z = session_count; z-- > 0;) {
    const auto items =
        std::span(index.items).subspan(index.offsets[z], index.offsets[z + 1] - index.offsets[z]);
    if (items.size() > longest) continue;
    for (const ItemId item : items) {
      const std::size_t i = value_of(item);
      const std::uint32_t first = index.posting_offsets[i];
      if (used[i] == index.posting_offsets[i + 1] - first) continue;
      if (used[i] > 0 && index.postings[first + used[i] - 1] == z) continue;  // repeated item
      index.postings[first + used[i]++] = z;
    }
  }
  // Sessions over the limit left holes at the ends of some lists: close them up.
  std::uint32_t to = 0;
  for (std::size_t i = 0; i < item_count; ++i) {
    const std::uint32_t from = index.posting_offsets[i];
    index.posting_offsets[i] = to;
    for (std::uint32_t j = 0; j < used[i]; ++j) index.postings[to++] = index.postings[from + j];
  }
  index.posting_offsets[item_count] = to;
  index.postings.resize(to);
}

}  // namespace

SessionIndexView SessionIndexData::view() const noexcept {
  return {offsets,   items,         distinct,  posting_offsets, postings,
          item_rows, item_sessions, row_count, last_time};
}

void SessionIndexView::validate() const {
  const auto require = [](bool holds, const char* array) {
    if (!holds)
      throw BundleError(std::string("the session index is damaged: array ") + array +
                        " is out of range");
  };
  const auto is_offsets = [](std::span<const std::uint32_t> array, std::size_t end) {
    return !array.empty() && array.front() == 0 && array.back() == end &&
           std::ranges::is_sorted(array);
  };
  require(is_offsets(offsets, items.size()), "offsets");
  require(is_offsets(posting_offsets, postings.size()), "posting_offsets");
  require(distinct.size() == session_count() &&
              std::ranges::all_of(distinct, [](std::uint16_t count) { return count > 0; }),
          "distinct");
  require(item_rows.size() == item_count(), "item_rows");
  require(item_sessions.size() == item_count(), "item_sessions");
  require(std::ranges::all_of(items, [&](ItemId item) { return value_of(item) < item_count(); }),
          "items");
  require(std::ranges::all_of(postings, [&](std::uint32_t z) { return z < session_count(); }),
          "postings");
}

SessionIndexData build_session_index(const SessionRows& rows, std::size_t item_count,
                                     const SessionIndexOptions& options) {
  check(rows, item_count);
  SessionIndexData index;
  fill_sessions(rows, group(rows), options, item_count, index);
  complete_session_index(index, item_count, options);
  return index;
}

void complete_session_index(SessionIndexData& index, std::size_t item_count,
                            const SessionIndexOptions& options) {
  count_items(item_count, index);
  fill_postings(options, index);
}

}  // namespace aisle::retrieve
